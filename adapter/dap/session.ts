/** One DAP session: requests in, responses and events out, in an order that a client can rely on. */
import type { Socket } from "node:net";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { Debugger } from "../debugger/debugger";
import type { DebuggerParts } from "../debugger/launchSettings";
import { UserError, type ForkedProcess, type Stop } from "../debugger/types";
import type { TraceLog } from "../log";
import { STOP_REASON_CHECKPOINT } from "../protocol";
import { ChildSessions, type ChildSession } from "./childSessions";
import { ClientFormat } from "./clientFormat";
import { Connection } from "./connection";
import type { SessionContext } from "./context";
import { toCheckpointList } from "./convert";
import { debuggerEvents } from "./debuggerEvents";
import { handlersIn, handlersOf, type Phase } from "./handlers";
import type { LaunchPlan } from "./launchArguments";
import { Outbox } from "./outbox";
import { alone, atOnce, isAnsweredFirst, readyFor } from "./requestOrder";
import type { Handlers } from "./requests";
import { respond } from "./respond";
import { StopState } from "./stopState";

export class Session implements SessionContext {
  readonly debugger: Debugger;
  private readonly handlers: Handlers;
  private phase: Phase = "new";
  private plan: LaunchPlan | undefined;
  private state: StopState | undefined;
  private lastHandle = 0;
  private busy: Promise<void> = Promise.resolve();
  private readonly outbox: Outbox;
  /** Whether the client has taken over the process that the session is for. */
  isAttached = false;
  private canStartSessions = false;
  private hearsInvalidated = false;
  private readonly children: ChildSessions;
  /** The program has ended, and processes that it made have not. */
  private waitsForChildren = false;
  private isOver = false;

  /**
   * @param onEnd called when the client has said good-bye: everything is freed then.
   * @param ofChild the session is for a process that another session's program made.
   */
  constructor(
    connection: Connection,
    private readonly parts: DebuggerParts,
    private readonly log: TraceLog,
    private readonly onEnd: () => void,
    private readonly ofChild?: { readonly process: ForkedProcess; ended(): void },
  ) {
    this.outbox = new Outbox(connection, log);
    this.debugger = new Debugger(
      parts,
      debuggerEvents({
        send: (event, body) => this.send(event, body),
        stopReached: (stop) => this.stopReached(stop),
        framesChanged: () => this.framesChanged(),
        resumed: () => (this.state = undefined),
        ended: () => this.end(),
        terminated: () => this.sayTerminated(),
        forked: (child) => this.children.add(child),
        checkpointList: () => toCheckpointList(this.debugger.checkpoints()),
      }),
    );
    this.children = new ChildSessions({
      startDebugging: (args) => this.outbox.ask("startDebugging", args),
      serve: (socket, process, ended) => this.serveChild(socket, process, ended),
      print: (sentence) => this.outbox.print(sentence),
      childrenGone: () => {
        if (this.waitsForChildren) this.sayTerminated();
      },
    });
    this.handlers = handlersOf(this, () => this.debugger.sources);
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

  /** Whether the session is for a process that another session's program made. */
  get isOfChild(): boolean {
    return this.ofChild !== undefined;
  }

  /** A client has introduced itself, with what it can do. Throws UserError the second time, and for what is unknown. */
  initialized(client: DebugProtocol.InitializeRequestArguments): void {
    if (this.phase !== "new") throw new UserError("This session is already initialized.");
    this.outbox.format = new ClientFormat(client);
    this.phase = "initialized";
    this.canStartSessions = client.supportsStartDebuggingRequest === true;
    this.hearsInvalidated = client.supportsInvalidatedEvent === true;
  }

  /** Creates the program and asks the client for its breakpoints. */
  async launch(plan: LaunchPlan): Promise<void> {
    if (this.phase !== "initialized")
      throw new UserError("A program is being debugged already; end the session, or restart it.");
    if (this.ofChild) throw new UserError('This session is for a process that runs: send "attach".');
    if (plan.settings.followFork === "both" && !this.canStartSessions)
      throw new UserError(
        '"followFork": "both" needs a client that starts a session when it is asked to (startDebugging), and this one does not; use "parent", "child" or "suspend".',
      );
    await this.begin(plan, "launch", () => this.debugger.launch(plan.settings));
    this.send("initialized");
  }

  /** Takes over the process that the session is for. */
  async attach(confirmRestart: boolean): Promise<void> {
    if (this.ofChild === undefined)
      throw new UserError("Attaching to a process is not supported yet; use a launch configuration.");
    if (this.phase !== "initialized") throw new UserError("The process is being debugged already.");
    const { process } = this.ofChild;
    const { settings } = process;
    const plan = { settings, trace: false, noDebug: false, confirmRestart, warnings: [] };
    await this.begin(plan, "attach", () => this.debugger.adopt(process));
    this.isAttached = true;
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
    await this.begin(next, "launch", () => this.debugger.restart(next.settings));
    this.waitsForChildren = false;
    await this.children.end();
    this.send("continued", { threadId: 1, allThreadsContinued: true });
    this.phase = "started";
    await this.debugger.start();
  }

  private async begin(
    plan: LaunchPlan,
    startMethod: "launch" | "attach",
    create: () => Promise<void>,
  ): Promise<void> {
    if (plan.trace !== false) this.openTrace(plan.trace);
    for (const warning of plan.warnings) this.outbox.print(warning);
    await create();
    this.plan = plan;
    this.phase = "launched";
    this.isOver = false;
    this.send("process", {
      name: plan.settings.program,
      systemProcessId: this.debugger.target?.processId,
      isLocalProcess: true,
      startMethod,
      pointerSize: 64,
    });
  }

  private serveChild(socket: Socket, process: ForkedProcess, ended: () => void): ChildSession {
    const served = new Connection(socket, socket);
    const onEnd = (): void => {
      served.flush();
      socket.end();
    };
    served.onBroken = () => socket.destroy();
    return new Session(served, this.parts, this.log, onEnd, { process, ended });
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
    const left = stop.reason === STOP_REASON_CHECKPOINT ? this.state : undefined;
    this.state = new StopState(stop, () => ++this.lastHandle, frameAt, left);
  }

  private framesChanged(): void {
    if (this.hearsInvalidated && this.stoppedOrNot)
      this.send("invalidated", { areas: ["stacks", "variables"] });
  }

  private end(): void {
    this.phase = "ended";
    this.state = undefined;
  }

  /** The session is over, unless processes that the program made live on in sessions of theirs. */
  private sayTerminated(): void {
    this.waitsForChildren = this.children.count > 0;
    if (this.waitsForChildren)
      return this.outbox.print(
        "The program has ended; its session lasts until the processes that it made have ended, too.",
      );
    this.sayOver();
    this.ofChild?.ended();
  }

  /** Kills the program; a client that waits for `terminated` gets it even where there is no program. */
  async terminate(): Promise<void> {
    this.waitsForChildren = false;
    await this.children.end();
    if (this.debugger.target) await this.debugger.terminate();
    else this.sayOver();
  }

  /** Once for each program. */
  private sayOver(): void {
    if (!this.isOver) this.send("terminated");
    this.isOver = true;
  }

  /** Frees the program and its checkpoints. Never throws; may be called twice. */
  dispose(): void {
    this.end();
    this.waitsForChildren = false;
    this.children.dispose();
    this.debugger.dispose();
  }

  /** Something failed that no request could be answered with: the client hears of it, and the session is over. */
  breakDown(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.outbox.giveUpAnswers();
    this.outbox.print(`Forkpoint failed and ends the session: ${reason}`, "important");
    this.sayOver();
    this.dispose();
  }

  send(event: string, body?: unknown): void {
    this.outbox.send(event, body);
  }

  private dispatch(request: DebugProtocol.Request): void {
    this.outbox.trace("->", request);
    const turn = atOnce.has(request.command) ? Promise.resolve() : this.busy;
    const served = turn.then(() => this.serve(request));
    if (alone.has(request.command)) this.busy = served;
  }

  private async serve(request: DebugProtocol.Request): Promise<void> {
    const { command } = request;
    const holds = isAnsweredFirst(request);
    await readyFor(command, this.debugger);
    if (holds) this.outbox.hold();
    const before = this.state;
    const handlers = handlersIn(this.phase, this.handlers);
    const response = await respond(this.outbox.format.toAdapter(request), handlers, this.log);
    if (this.debugger.running && this.state === before) this.state = undefined;
    this.outbox.answer(response, holds);
    if (command === "disconnect") this.onEnd();
  }

  private badMessage(detail: unknown): void {
    this.log.unexpected("protocol", detail);
    this.outbox.print(`Forkpoint was sent what is no message: ${String(detail)}`, "important");
  }
}
