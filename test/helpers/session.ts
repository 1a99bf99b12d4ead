/** Short ways through the common parts of a debug session, on top of the plain client. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { Checkpoint, CheckpointList, LaunchArguments } from "../../adapter/protocol";
import { withAdapter, type AdapterClient, type AdapterOptions } from "./adapterClient";
import { connectTo, type DapClient } from "./dapClient";
import { compile, markers, sourceOf, type CompileOptions } from "./compile";
import type { ProcessMark } from "./processes";

export type LaunchSettings = Partial<LaunchArguments> & {
  /** Lines of the program's own source, or markers of it (`BP1`), or whole specifications. */
  breakpoints?: readonly (number | string | DebugProtocol.SourceBreakpoint)[];
  functions?: readonly (string | DebugProtocol.FunctionBreakpoint)[];
  /** What the client can do, beyond what every client of these tests can. */
  client?: Partial<DebugProtocol.InitializeRequestArguments>;
};

/** A program under debug, with its source at hand. */
export class DebuggeeSession<Client extends DapClient = AdapterClient> {
  constructor(
    readonly client: Client,
    readonly mark: ProcessMark,
    readonly program: string,
    readonly source: string,
  ) {}

  /** The line of a marker in the program's source. */
  line(marker: string): number {
    return markers(this.source)[marker] ?? 0;
  }

  /** Initializes, sets breakpoints, launches; gives when configurationDone is answered. */
  async launch(settings: LaunchSettings = {}): Promise<void> {
    const { breakpoints = [], functions = [], client: abilities = {}, ...args } = settings;
    const { client } = this;
    await client.introduce(abilities);
    await this.begin(client.request("launch", { program: this.program, ...args }), breakpoints, functions);
  }

  /** Answers the adapter's wish for a session of a process that the program made; gives when it runs. */
  async childSession(
    breakpoints: NonNullable<LaunchSettings["breakpoints"]> = [],
  ): Promise<DebuggeeSession<DapClient>> {
    const wanted = await this.client.startDebugging();
    const client = await connectTo(wanted);
    const child = new DebuggeeSession(client, this.mark, this.program, this.source);
    await client.introduce();
    await child.begin(client.request("attach", wanted.configuration), breakpoints, []);
    return child;
  }

  private async begin(
    launched: Promise<unknown>,
    breakpoints: NonNullable<LaunchSettings["breakpoints"]>,
    functions: NonNullable<LaunchSettings["functions"]>,
  ): Promise<void> {
    const { client } = this;
    await Promise.race([client.event("initialized"), launched]);
    if (breakpoints.length > 0) await this.setBreakpoints(breakpoints);
    if (functions.length > 0) {
      const list = functions.map((each) => (typeof each === "string" ? { name: each } : each));
      await client.request("setFunctionBreakpoints", { breakpoints: list });
    }
    await Promise.all([client.request("configurationDone"), launched]);
  }

  /** Replaces the breakpoints of the program's source. */
  async setBreakpoints(
    breakpoints: readonly (number | string | DebugProtocol.SourceBreakpoint)[],
  ): Promise<DebugProtocol.Breakpoint[]> {
    const list = breakpoints.map((each) => {
      if (typeof each === "object") return each;
      return { line: typeof each === "string" ? this.line(each) : each };
    });
    const body = await this.client.request<DebugProtocol.SetBreakpointsResponse["body"]>("setBreakpoints", {
      source: { path: this.source },
      breakpoints: list,
    });
    return body.breakpoints;
  }

  /** Launches and gives the first stop. */
  async launchToStop(settings: LaunchSettings = {}): Promise<DebugProtocol.StoppedEvent["body"]> {
    await this.launch(settings);
    return this.client.nextStop();
  }

  /** Sends a request that resumes (`continue`, `next`, …) and gives the stop that follows. */
  async resume(
    command: string,
    args: Record<string, unknown> = {},
  ): Promise<DebugProtocol.StoppedEvent["body"]> {
    await this.client.request(command, { threadId: 1, ...args });
    return this.client.nextStop();
  }

  async stack(threadId = 1): Promise<DebugProtocol.StackFrame[]> {
    const body = await this.client.request<DebugProtocol.StackTraceResponse["body"]>("stackTrace", {
      threadId,
    });
    return body.stackFrames;
  }

  async topFrame(threadId = 1): Promise<DebugProtocol.StackFrame> {
    const [frame] = await this.stack(threadId);
    if (frame === undefined) throw new Error(`Thread ${threadId} has no frames.`);
    return frame;
  }

  /** `function:line` of the innermost frame. */
  async place(threadId = 1): Promise<string> {
    const frame = await this.topFrame(threadId);
    return `${frame.name}:${frame.line}`;
  }

  /** The variables of one scope of a frame (default: the innermost). */
  async scope(name: string, frameId?: number): Promise<DebugProtocol.Variable[]> {
    const id = frameId ?? (await this.topFrame()).id;
    const { scopes } = await this.client.request<DebugProtocol.ScopesResponse["body"]>("scopes", {
      frameId: id,
    });
    const scope = scopes.find((each) => each.name === name);
    return scope === undefined ? [] : this.variables(scope.variablesReference);
  }

  async variables(
    variablesReference: number,
    paging: Partial<DebugProtocol.VariablesArguments> = {},
  ): Promise<DebugProtocol.Variable[]> {
    const args = { variablesReference, ...paging };
    return (await this.client.request<DebugProtocol.VariablesResponse["body"]>("variables", args)).variables;
  }

  /** The value of an expression in the innermost frame, as the Debug Console or another context shows it. */
  async evaluate(expression: string, context = "watch", frameId?: number): Promise<string> {
    const id = frameId ?? (await this.topFrame()).id;
    const args = { expression, frameId: id, context };
    return (await this.client.request<DebugProtocol.EvaluateResponse["body"]>("evaluate", args)).result;
  }

  /** Takes a checkpoint. */
  async checkpoint(label?: string): Promise<Checkpoint> {
    const args = label === undefined ? {} : { label };
    return (await this.client.request<{ checkpoint: Checkpoint }>("createCheckpoint", args)).checkpoint;
  }

  /** Goes back to a checkpoint and gives the stop there. */
  async backTo(checkpointId: number, keepCurrent?: boolean): Promise<DebugProtocol.StoppedEvent["body"]> {
    const keep = keepCurrent === undefined ? {} : { keepCurrent };
    await this.client.request("restartCheckpoint", { checkpointId, ...keep });
    return this.client.nextStop();
  }

  checkpoints(): Promise<CheckpointList> {
    return this.client.request<CheckpointList>("checkpoints");
  }

  /** Lets the program run to its end and gives its exit code. */
  async runToEnd(): Promise<number> {
    await this.client.request("continue", { threadId: 1 });
    return this.exitCode();
  }

  /** Lets the program run to the pause at its exit and gives what that says. */
  async runToExitPause(): Promise<string> {
    const stop = await this.resume("continue");
    if (stop.reason !== "exit") throw new Error(`It stopped on the way: ${JSON.stringify(stop)}`);
    return stop.description ?? "";
  }

  /** The exit code, once the session has ended by itself. */
  async exitCode(): Promise<number> {
    const exited = await this.client.event<DebugProtocol.ExitedEvent>("exited");
    await this.client.event("terminated");
    return exited.body.exitCode;
  }
}

/** Compiles a program of test/debuggees, runs `body` on a session of it, and cleans up whatever happens. */
export async function withDebuggee(
  name: string,
  body: (session: DebuggeeSession) => Promise<void>,
  options: CompileOptions & AdapterOptions = {},
): Promise<void> {
  const program = compile(name, options);
  const source = sourceOf(name);
  await withAdapter((client, mark) => body(new DebuggeeSession(client, mark, program, source)), options);
}
