/** A DAP client on the real adapter over stdio, for tests: every event is kept, none can be missed. */
import assert from "node:assert/strict";
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import path from "node:path";
import { DebugClient } from "@vscode/debugadapter-testsupport";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { repository } from "./compile";
import { markProcesses, type ProcessMark } from "./processes";

export interface AdapterOptions {
  /** Words before `node`, such as `["prlimit", "--nproc=20"]`. */
  wrapper?: readonly string[];
  /** Run the adapter as this user and group. */
  userId?: number;
  env?: Record<string, string>;
  /** Milliseconds to wait for one event, default 10,000. */
  patience?: number;
}

/** The built bundle; `FORKPOINT_ADAPTER` names another script that stands for it, for developing. */
export function adapterCommand(): string[] {
  return ["node", process.env["FORKPOINT_ADAPTER"] ?? path.join(repository, "dist/adapter.js")];
}

/** The events of a session in the order they came, and requests with the answers a test wants. */
export class AdapterClient extends DebugClient {
  readonly log: DebugProtocol.Event[] = [];
  readonly process: ChildProcessWithoutNullStreams;
  /** What the adapter wrote to its stderr. */
  stderr = "";
  private readonly taken = new Set<DebugProtocol.Event>();
  private readonly arrivals = new Set<() => void>();
  private readonly patience: number;
  private closed = false;

  constructor(mark: ProcessMark, options: AdapterOptions = {}) {
    super("node", "", "forkpoint");
    this.patience = options.patience ?? 10_000;
    const [command = "", ...args] = [...(options.wrapper ?? []), ...adapterCommand()];
    const user = options.userId === undefined ? {} : { uid: options.userId, gid: options.userId };
    const env = { ...process.env, ...options.env, ...mark.environment };
    this.process = spawn(command, args, { stdio: "pipe", env, ...user });
    this.process.stderr.on("data", (data: Buffer) => (this.stderr += data.toString()));
    this.process.stdin.on("error", () => undefined);
    this.process.on("close", () => {
      this.closed = true;
      this.wake();
    });
    this.connect(this.process.stdout, this.process.stdin);
  }

  /** Called by the protocol client for every event. */
  override emit(name: string, ...args: unknown[]): boolean {
    const [event] = args;
    if (isEvent(event)) {
      this.log.push(event);
      this.wake();
    }
    return super.emit(name, ...args);
  }

  private wake(): void {
    for (const arrive of [...this.arrivals]) arrive();
  }

  /** The next event of a kind (or of several) that this method has not yet given, and that `wanted` accepts. */
  async event<E extends DebugProtocol.Event>(
    kind: E["event"] | readonly E["event"][],
    wanted?: (event: E) => boolean,
  ): Promise<E> {
    const kinds = typeof kind === "string" ? [kind] : kind;
    const find = () =>
      this.log.find(
        (e): e is E => kinds.includes(e.event) && !this.taken.has(e) && (wanted?.(e as E) ?? true),
      );
    const deadline = Date.now() + this.patience;
    for (let found = find(); ; found = find()) {
      if (found !== undefined) {
        this.taken.add(found);
        return found;
      }
      const left = deadline - Date.now();
      if (left <= 0 || this.closed)
        throw new Error(`No '${kinds.join()}' event came. The log:\n${this.story()}\n${this.stderr}`);
      await this.arrival(left);
    }
  }

  private arrival(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const arrive = () => {
        clearTimeout(timer);
        this.arrivals.delete(arrive);
        resolve();
      };
      const timer = setTimeout(arrive, milliseconds);
      this.arrivals.add(arrive);
    });
  }

  /** The next `stopped` event's body. */
  async nextStop(): Promise<DebugProtocol.StoppedEvent["body"]> {
    return (await this.event<DebugProtocol.StoppedEvent>("stopped")).body;
  }

  /** Everything the program (or, for `console`, the adapter) has written so far. */
  output(category: "stdout" | "stderr" | "console" | "important" = "stdout"): string {
    return this.log
      .filter((event): event is DebugProtocol.OutputEvent => event.event === "output")
      .filter((event) => (event.body.category ?? "console") === category)
      .map((event) => event.body.output)
      .join("");
  }

  /** Waits until the program's output contains `text`. */
  async outputHas(text: string, category: Parameters<AdapterClient["output"]>[0] = "stdout"): Promise<void> {
    const deadline = Date.now() + this.patience;
    while (!this.output(category).includes(text)) {
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`The output '${text}' did not come. The log:\n${this.story()}`);
      await this.arrival(left);
    }
  }

  /** The events so far, one a line, for error messages and golden texts. */
  story(): string {
    return this.log.map((event) => `${event.event} ${JSON.stringify(event.body ?? {})}`).join("\n");
  }

  /** Sends a request with any arguments, wrong ones too, and gives the body of its response. */
  async request<Body = Record<string, unknown>>(command: string, args: unknown = {}): Promise<Body> {
    const response = await this.send(command, args);
    return response.body as Body;
  }

  /** The sentence of a request that must fail. */
  async refusal(command: string, args: unknown = {}): Promise<string> {
    const outcome = await this.send(command, args).then(
      (response) => ({ response }),
      (error: unknown) => ({ error }),
    );
    if ("error" in outcome)
      return outcome.error instanceof Error ? outcome.error.message : String(outcome.error);
    throw new assert.AssertionError({
      message: `${command} succeeded, where a refusal was due: ${JSON.stringify(outcome.response.body)}`,
    });
  }

  /** Waits until the adapter has ended, at most `milliseconds`. */
  async ended(milliseconds = 5000): Promise<void> {
    const deadline = Date.now() + milliseconds;
    while (!this.closed) {
      if (Date.now() > deadline) throw new Error(`The adapter did not end. ${this.stderr}`);
      await this.arrival(20);
    }
  }
}

function isEvent(value: unknown): value is DebugProtocol.Event {
  return typeof value === "object" && value !== null && "type" in value && value.type === "event";
}

/**
 * Runs `body` with a fresh adapter, then ends it and checks that no process is left, whatever happened.
 */
export async function withAdapter(
  body: (client: AdapterClient, mark: ProcessMark) => Promise<void>,
  options: AdapterOptions = {},
): Promise<void> {
  const mark = markProcesses();
  const client = new AdapterClient(mark, options);
  try {
    await body(client, mark);
  } finally {
    client.process.stdin.end();
    await client.ended().catch(() => client.process.kill("SIGKILL"));
    await mark.assertNoneLeft();
  }
}
