/** The adapter through the protocol (DAP) on its stdio, as an editor would drive it. */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import path from "node:path";
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { CheckpointList, CheckpointResponseBody } from "../../adapter/protocol";
import { repository } from "../helpers/compile";
import type { Breakpoint, Program, Subject } from "./debuggers";
import { bounded } from "./lines";

const HEADER_END = "\r\n\r\n";

type Message = DebugProtocol.Response | DebugProtocol.Event;

/** The base protocol and nothing more, so that little of what is measured is the client. */
class Wire {
  readonly child: ChildProcessWithoutNullStreams;
  private bytes: Buffer = Buffer.alloc(0);
  private sequence = 0;
  private readonly answers = new Map<number, (response: DebugProtocol.Response) => void>();
  private readonly listeners = new Map<string, () => void>();

  constructor(env: NodeJS.ProcessEnv) {
    this.child = spawn(process.execPath, [path.join(repository, "dist/adapter.js")], { stdio: "pipe", env });
    this.child.stdin.on("error", () => undefined);
    this.child.stderr.pipe(process.stderr);
    this.child.stdout.on("data", (bytes: Buffer) => {
      this.bytes = this.bytes.length === 0 ? bytes : Buffer.concat([this.bytes, bytes]);
      for (let message = this.take(); message !== undefined; message = this.take()) this.deliver(message);
    });
  }

  private take(): Message | undefined {
    const end = this.bytes.indexOf(HEADER_END);
    if (end < 0) return undefined;
    const length = Number(/Content-Length: (\d+)/.exec(this.bytes.toString("latin1", 0, end))?.[1]);
    const start = end + HEADER_END.length;
    if (this.bytes.length < start + length) return undefined;
    const text = this.bytes.toString("utf8", start, start + length);
    this.bytes = this.bytes.subarray(start + length);
    return JSON.parse(text) as Message;
  }

  private deliver(message: Message): void {
    if (message.type === "event") {
      const { event } = message as DebugProtocol.Event;
      this.listeners.get(event)?.();
      this.listeners.delete(event);
    } else {
      const response = message as DebugProtocol.Response;
      this.answers.get(response.request_seq)?.(response);
      this.answers.delete(response.request_seq);
    }
  }

  /** Settles with the next event of a kind: ask before what causes it. */
  event(kind: string): Promise<void> {
    return bounded(`Forkpoint's '${kind}'`, new Promise((resolve) => this.listeners.set(kind, resolve)));
  }

  async request<Body>(command: string, args: unknown = {}): Promise<Body> {
    const seq = ++this.sequence;
    const text = JSON.stringify({ seq, type: "request", command, arguments: args });
    const answer = new Promise<DebugProtocol.Response>((resolve) => this.answers.set(seq, resolve));
    this.child.stdin.write(`Content-Length: ${Buffer.byteLength(text)}${HEADER_END}${text}`);
    const response = await bounded(`Forkpoint's '${command}'`, answer);
    if (!response.success) throw new Error(`Forkpoint: ${command}: ${response.message ?? ""}`);
    return response.body as Body;
  }
}

export class Forkpoint implements Subject {
  private readonly wire: Wire;
  private newest = 0;

  private constructor(private readonly program: Program) {
    this.wire = new Wire(program.env);
  }

  /** Starts the adapter and the program, up to a line. */
  static async launch(program: Program, line: number): Promise<Forkpoint> {
    const forkpoint = new Forkpoint(program);
    const { wire } = forkpoint;
    await wire.request("initialize", { adapterID: "forkpoint" });
    const initialized = wire.event("initialized");
    const launched = wire.request("launch", { program: program.path, args: program.args });
    await Promise.race([initialized, launched]);
    await forkpoint.setBreakpoints([{ line }]);
    const stopped = wire.event("stopped");
    await Promise.all([wire.request("configurationDone"), launched, stopped]);
    return forkpoint;
  }

  private async resume(command: string, args: object): Promise<void> {
    const stopped = this.wire.event("stopped");
    await Promise.all([this.wire.request(command, args), stopped]);
  }

  async create(): Promise<void> {
    const { checkpoint } = await this.wire.request<CheckpointResponseBody>("createCheckpoint");
    this.newest = checkpoint.id;
  }

  restart(): Promise<void> {
    return this.resume("restartCheckpoint", { checkpointId: this.newest });
  }

  /** Of a restart, the state that was left is in the list as well. */
  async clear(): Promise<void> {
    const { checkpoints } = await this.wire.request<CheckpointList>("checkpoints");
    for (const { id } of checkpoints) await this.wire.request("deleteCheckpoint", { checkpointId: id });
  }

  next(): Promise<void> {
    return this.resume("next", { threadId: 1 });
  }

  stepInstruction(): Promise<void> {
    return this.resume("stepIn", { threadId: 1, granularity: "instruction" });
  }

  goOn(): Promise<void> {
    return this.resume("continue", { threadId: 1 });
  }

  /** The innermost frame, which GDB tells with every stop. */
  async topFrame(): Promise<void> {
    await this.wire.request("stackTrace", { threadId: 1, startFrame: 0, levels: 1 });
  }

  /** A request that asks for nothing of the program: what the wire itself costs. */
  async nothing(): Promise<void> {
    await this.wire.request("checkpoints");
  }

  async setBreakpoints(breakpoints: readonly Breakpoint[]): Promise<void> {
    await this.wire.request("setBreakpoints", { source: { path: this.program.source }, breakpoints });
  }

  async end(): Promise<void> {
    const { child } = this.wire;
    if (child.exitCode !== null) return;
    child.stdin.end();
    await bounded("The adapter's end", new Promise((resolve) => child.once("close", resolve)));
  }
}
