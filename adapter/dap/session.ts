/** One DAP session: requests in, responses and events out, in an order that a client can rely on. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { Debugger } from "../debugger/debugger";
import type { DebuggerParts } from "../debugger/launchSettings";
import { SourcePaths } from "../debugger/sourcePaths";
import { UserError, type Stop } from "../debugger/types";
import type { TraceLog } from "../log";
import { breakpointRequests } from "./breakpointRequests";
import { checkpointRequests } from "./checkpointRequests";
import { consoleRequests } from "./consoleRequests";
import { isObject } from "./configurationReader";
import type { Connection } from "./connection";
import type { SessionContext } from "./context";
import { toCheckpointList } from "./convert";
import { dataRequests } from "./dataRequests";
import { debuggerEvents } from "./debuggerEvents";
import { executionRequests } from "./executionRequests";
import type { LaunchPlan } from "./launchArguments";
import { lifecycleRequests } from "./lifecycleRequests";
import { memoryRequests } from "./memoryRequests";
import { inspectionRequests } from "./inspectionRequests";
import type { Handlers } from "./requests";
import { respond } from "./respond";
import { StopState } from "./stopState";

/** Requests whose events (a stop, above all) a client must not see before the response. */
const answerFirst = new Set([
  ...["launch", "configurationDone", "restart", "restartCheckpoint", "terminate"],
  ...["continue", "next", "stepIn", "stepOut", "pause"],
]);

/** In the Debug Console a restart is an `evaluate`. */
function isAnsweredFirst({ command, arguments: args }: DebugProtocol.Request): boolean {
  if (command !== "evaluate") return answerFirst.has(command);
  return isObject(args) && /^\s*restart\s/.test(String(args["expression"]));
}

/** Requests that later ones wait for. */
const alone = new Set(["launch", "restart"]);

/** Requests that wait for nothing. */
const atOnce = new Set(["disconnect", "terminate"]);

type Phase = "new" | "initialized" | "launched" | "started" | "ended";

export class Session implements SessionContext {
  readonly debugger: Debugger;
  private readonly handlers: Handlers;
  private phase: Phase = "new";
  private plan: LaunchPlan | undefined;
  private state: StopState | undefined;
  private lastHandle = 0;
  private busy: Promise<void> = Promise.resolve();
  private unanswered = 0;
  private held: DebugProtocol.Event[] = [];

  /** @param onEnd called when the client has said good-bye: everything is freed then. */
  constructor(
    private readonly connection: Connection,
    parts: DebuggerParts,
    private readonly log: TraceLog,
    private readonly onEnd: () => void,
  ) {
    this.debugger = new Debugger(
      parts,
      debuggerEvents({
        send: (event, body) => this.send(event, body),
        stopReached: (stop) => this.stopReached(stop),
        resumed: () => (this.state = undefined),
        ended: () => this.end(),
        checkpointList: () => toCheckpointList(this.debugger.checkpoints()),
      }),
    );
    this.handlers = {
      ...lifecycleRequests(this),
      ...breakpointRequests(this),
      ...executionRequests(this),
      ...dataRequests(this),
      ...consoleRequests(this),
      ...checkpointRequests(this),
      ...inspectionRequests(this),
      ...memoryRequests(this, () => new SourcePaths(this.plan?.settings.sourceMap)),
    };
    connection.onRequest = (request) => this.dispatch(request);
    connection.onGarbage = (detail) => this.badMessage(detail);
  }

  get noDebug(): boolean {
    return this.plan?.noDebug ?? false;
  }

  get asksBeforeRestart(): boolean {
    return this.plan?.confirmRestart ?? false;
  }

  get stoppedOrNot(): StopState | undefined {
    return this.debugger.running ? undefined : this.state;
  }

  get stopped(): StopState {
    this.requireProgram();
    const state = this.stoppedOrNot;
    if (!state) throw new UserError("The program is running; pause it first.");
    return state;
  }

  requireProgram(): void {
    if (this.phase === "ended") throw new UserError("The program has ended; start it again.");
    this.requireProgramOrEnd();
  }

  /** Throws UserError when no program was ever launched. */
  requireProgramOrEnd(): void {
    if (this.phase === "new" || this.phase === "initialized")
      throw new UserError("There is no program yet; launch one first.");
  }

  /** A client has introduced itself. Throws UserError the second time. */
  initialized(): void {
    if (this.phase !== "new") throw new UserError("This session is already initialized.");
    this.phase = "initialized";
  }

  /** Creates the program and asks the client for its breakpoints. */
  async launch(plan: LaunchPlan): Promise<void> {
    if (this.phase !== "initialized")
      throw new UserError("A program is being debugged already; end the session, or restart it.");
    await this.begin(plan, () => this.debugger.launch(plan.settings));
    this.send("initialized");
  }

  /** The client has sent its breakpoints: the program may go. */
  async start(): Promise<void> {
    this.requireProgram();
    if (this.phase === "started") throw new UserError("The program has been started already.");
    this.phase = "started";
    await this.debugger.start();
  }

  /** Starts the program anew; its checkpoints go. `plan` absent: as it was launched before. */
  async restart(plan: LaunchPlan | undefined): Promise<void> {
    const next = plan ?? this.plan;
    if (!next) throw new UserError("There is no program yet; launch one first.");
    await this.begin(next, () => this.debugger.restart(next.settings));
    this.send("continued", { threadId: 1, allThreadsContinued: true });
    this.phase = "started";
    await this.debugger.start();
  }

  private async begin(plan: LaunchPlan, create: () => Promise<void>): Promise<void> {
    if (plan.trace !== false) this.openTrace(plan.trace);
    for (const warning of plan.warnings) this.send("output", { category: "console", output: `${warning}\n` });
    await create();
    this.plan = plan;
    this.phase = "launched";
    this.send("process", {
      name: plan.settings.program,
      systemProcessId: this.debugger.target?.processId,
      isLocalProcess: true,
      startMethod: "launch",
      pointerSize: 64,
    });
  }

  private openTrace(to: true | string): void {
    try {
      this.log.open(to);
    } catch (error) {
      throw new UserError(
        `The trace file cannot be written: ${error instanceof Error ? error.message : to}.`,
      );
    }
  }

  private stopReached(stop: Stop): void {
    const frameAt = (threadId: number, index: number) => this.debugger.frames(threadId, index, 1).frames[0];
    this.state = new StopState(stop, () => ++this.lastHandle, frameAt);
  }

  private end(): void {
    this.phase = "ended";
    this.state = undefined;
  }

  /** Kills the program; a client that waits for `terminated` gets it even where there is no program. */
  async terminate(): Promise<void> {
    if (this.debugger.target) await this.debugger.terminate();
    else this.send("terminated");
  }

  /** Frees the program and its checkpoints. Never throws; may be called twice. */
  dispose(): void {
    this.end();
    this.debugger.dispose();
  }

  /** Something failed that no request could be answered with: the client hears of it, and the session is over. */
  breakDown(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.unanswered = 0;
    this.flush();
    this.send("output", {
      category: "important",
      output: `Forkpoint failed and ends the session: ${reason}\n`,
    });
    this.send("terminated");
    this.dispose();
  }

  /** Sends an event, or keeps it until the requests that must be answered first are answered. */
  send(event: string, body?: unknown): void {
    const message: DebugProtocol.Event = {
      type: "event",
      seq: 0,
      event,
      ...(body === undefined ? {} : { body }),
    };
    if (this.unanswered > 0) this.held.push(message);
    else this.transmit(message);
  }

  private flush(): void {
    for (const event of this.held.splice(0)) this.transmit(event);
  }

  private transmit(message: DebugProtocol.Event): void {
    if (this.log.isOpen) this.log.write("protocol", `<- ${JSON.stringify(message)}`);
    this.connection.sendEvent(message);
  }

  private dispatch(request: DebugProtocol.Request): void {
    if (this.log.isOpen) this.log.write("protocol", `-> ${JSON.stringify(request)}`);
    const turn = atOnce.has(request.command) ? Promise.resolve() : this.busy;
    const served = turn.then(() => this.serve(request));
    if (alone.has(request.command)) this.busy = served;
  }

  private async serve(request: DebugProtocol.Request): Promise<void> {
    const { command } = request;
    const holds = isAnsweredFirst(request);
    // A pause must get through a call that does not end, and must not overtake what was sent before it.
    if (!atOnce.has(command)) await (command === "pause" ? Promise.resolve() : this.debugger.settled);
    if (holds) this.unanswered++;
    const before = this.state;
    const response = await respond(
      request,
      this.phase === "new" ? this.untilInitialized() : this.handlers,
      this.log,
    );
    if (this.debugger.running && this.state === before) this.state = undefined;
    if (this.log.isOpen) this.log.write("protocol", `<- ${JSON.stringify(response)}`);
    this.connection.sendResponse(response);
    if (holds && --this.unanswered === 0) this.flush();
    if (command === "disconnect") this.onEnd();
  }

  /** Before `initialize` there is nothing to ask for. */
  private untilInitialized(): Handlers {
    const { initialize, disconnect } = this.handlers;
    const early = Object.keys(this.handlers).map((command) => [
      command,
      () => {
        throw new UserError(`"${command}" came before "initialize".`);
      },
    ]);
    return { ...(Object.fromEntries(early) as Handlers), initialize, disconnect };
  }

  private badMessage(detail: unknown): void {
    this.log.unexpected("protocol", detail);
    this.send("output", {
      category: "important",
      output: `Forkpoint was sent what is no message: ${String(detail)}\n`,
    });
  }
}
