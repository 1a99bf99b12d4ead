/**
 * The one road by which the program runs. An activity (continue, a step) asks for resumes; stops that are nobody's
 * business (a library loaded, a false condition, a log point) are dealt with here and the program goes on.
 *
 * Who may touch the program, and when:
 *  1. At most one activity at a time; it alone resumes.
 *  2. A task that needs a stopped program (a checkpoint, a call) runs at once when there is no activity; else the
 *     program is interrupted, the task runs between two resumes of the activity, and the activity never knows,
 *     unless the task gives a stop of its own (a restart): then that stop ends the activity.
 *  3. Tasks run one after another; an activity that starts meanwhile waits for them.
 */
import type { MemoryAddress } from "../target/addresses";
import type {
  BreakpointToken,
  ConditionProgram,
  Execution,
  ResumeRequest,
  StopEvent,
  TrapRequest,
} from "../target/target";
import { Turns } from "./turns";
import { UserError } from "./types";
import type { Stop } from "./types";

/** A stop that somebody must hear of. */
export interface RunStop {
  readonly event: StopEvent;
  /** The user's breakpoints that stopped it. */
  readonly hits: readonly number[];
  /** Said instead of what the event says. */
  readonly reason?: Stop["reason"];
  readonly description?: string;
  /** Of a restart: the stop that the checkpoint was taken at. */
  readonly origin?: Stop | undefined;
}

/** What a task made of the program: its result, and a stop when the program now stands elsewhere. */
export interface TaskOutcome<T> {
  readonly value: T;
  readonly stop?: RunStop;
}

export type Task<T> = (interrupted: boolean) => Promise<TaskOutcome<T>>;

export interface RunHooks {
  readonly execution: Execution;
  /** Undefined: the thread is gone, or waits in vfork(2) and cannot be read. */
  pcOf(threadId: number): MemoryAddress | undefined;
  /** The thread to name where an event has none. */
  anyThread(): number;
  /** Called before each resume: what was known of frames is void. */
  aboutToRun(): void;
  /** Reads the modules anew when the address is the dynamic linker's hook. */
  modulesMayHaveChanged(address: MemoryAddress): void;
  programReplaced(path: string): void;
  programForked(event: Extract<StopEvent, { kind: "forked" }>): void;
  /** The ids of the user's breakpoints that stop a thread that came to an address. */
  arrive(threadId: number, address: MemoryAddress): Promise<number[]>;
  hasBreakpoint(address: MemoryAddress): boolean;
  /** The stop of a program that ended in a function which a condition called; each is given once. */
  takeEnd(): RunStop | undefined;
  /** The end of an activity, or of a task's stop without one. */
  ended(stop: RunStop): Promise<void>;
  failed(error: unknown): void;
}

export class RunControl {
  private activity = false;
  private readonly turns = new Turns();
  private pausing = false;
  private pauseThread: number | undefined;
  private pending: (() => Promise<RunStop | undefined>)[] = [];
  private queue: Promise<unknown> = Promise.resolve();
  private readonly temporaries = new Map<bigint, number>();
  /** Temporary breakpoints that nobody wants any more, but that are there still. */
  private leftovers: BreakpointToken[] = [];
  /** Counts resumes: equal numbers, equal state. */
  generation = 0;

  constructor(private readonly hooks: RunHooks) {}

  /** Whether an activity is under way. */
  get running(): boolean {
    return this.activity;
  }

  /** Resolves when no task on the stopped program is under way: a call of a function, a checkpoint. */
  get settled(): Promise<unknown> {
    return this.queue;
  }

  /** Starts an activity; its stop goes to `ended`. Throws UserError while another one is under way. */
  start(body: () => Promise<RunStop>): void {
    if (this.activity) throw new UserError("The program is running: pause it first.");
    this.activity = true;
    // One turn later, so that the answer to the request goes out before the stop it leads to.
    setImmediate(() => {
      this.perform(body).catch((error: unknown) => this.hooks.failed(error));
    });
  }

  /** Asks for a stop of what runs, told of a thread while that lives, or for the end of a call; nothing when nothing runs. */
  pause(threadId: number | undefined): void {
    const { running } = this.hooks.execution;
    if (this.activity || running) {
      this.pausing = true;
      this.pauseThread = threadId;
    }
    if (running) this.hooks.execution.interrupt();
  }

  /** Ends a function that is being called on a request, if there is one. */
  interruptCall(): void {
    if (!this.activity) this.pause(undefined);
  }

  /** Runs a task on the stopped program, by the rules above. */
  whileStopped<T>(task: Task<T>): Promise<T> {
    if (!this.activity) return this.whenIdle(task);
    return new Promise<T>((resolve, reject) => {
      this.pending.push(async () => {
        try {
          const { value, stop } = await task(true);
          resolve(value);
          return stop;
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
          return undefined;
        }
      });
      if (this.hooks.execution.running) this.hooks.execution.interrupt();
    });
  }

  /**
   * For activities: resumes until a stop that somebody must hear of, or that the activity asked for (its step is
   * done, its temporary breakpoint is hit).
   */
  async resume(request: ResumeRequest): Promise<RunStop> {
    this.clearAway();
    for (let wish = request; ;) {
      await this.turns.give();
      await this.queue;
      // Nothing may come between the last look at `pending` and the resume, or a task waits for the next stop.
      while (this.pending.length > 0) {
        const replaced = await this.servePending();
        if (replaced !== undefined) return replaced;
      }
      if (this.pausing) return this.paused();
      const before = wish.threadId === undefined ? undefined : this.hooks.pcOf(wish.threadId);
      this.generation++;
      this.hooks.aboutToRun();
      const event = await this.hooks.execution.resume(wish);
      this.hooks.aboutToRun();
      if (event.kind === "exec") wish = { mode: "run", others: "run" };
      const judged = (await this.judge(event, before)) ?? handlerExit(wish, event);
      const stop = this.hooks.takeEnd() ?? judged;
      if (stop !== undefined) return (await this.servePending()) ?? stop;
      wish = { begun: before, ...wish, signal: "deliver" };
    }
  }

  /** A trap of the activity's own: `resume` gives its hits. Remove it with `removeTemporaries`. Throws TargetError. */
  insertTemporary(address: MemoryAddress, condition?: ConditionProgram): BreakpointToken {
    const token = this.hooks.execution.insertBreakpoint(address, condition);
    this.count(address, 1);
    return token;
  }

  /** Several in one go; where no trap can stand there is none. */
  insertTemporaries(requests: readonly TrapRequest[]): BreakpointToken[] {
    const tokens = this.hooks.execution.insertBreakpoints(requests).filter((token) => token !== undefined);
    for (const { address } of tokens) this.count(address, 1);
    return tokens;
  }

  /** They are gone before anything runs again: a stop that is about to be told need not wait for that. */
  removeTemporaries(tokens: readonly BreakpointToken[]): void {
    if (this.leftovers.length === 0) setImmediate(() => setImmediate(() => this.clearAway()));
    this.leftovers.push(...tokens);
  }

  private clearAway(): void {
    const tokens = this.leftovers;
    if (tokens.length === 0) return;
    this.leftovers = [];
    for (const { address } of tokens) this.count(address, -1);
    this.hooks.execution.removeBreakpoints(tokens);
  }

  private count(address: MemoryAddress, change: number): void {
    const count = (this.temporaries.get(address) ?? 0) + change;
    if (count > 0) this.temporaries.set(address, count);
    else this.temporaries.delete(address);
  }

  /** Deals with a stop that is an internal matter (for calls, which resume by themselves). */
  async isInternal(event: StopEvent): Promise<boolean> {
    return !this.pausing && (await this.judge(event, undefined)) === undefined;
  }

  private async perform(body: () => Promise<RunStop>): Promise<void> {
    let stop: RunStop;
    this.turns.begin();
    try {
      stop = await body();
      for (let next = await this.servePending(); next !== undefined; next = await this.servePending())
        stop = next;
    } finally {
      this.activity = false;
      this.pausing = false;
      // A failed activity leaves tasks behind that still wait for a stopped program.
      for (const task of this.pending.splice(0)) this.enqueue(this.queue.then(task));
    }
    await this.hooks.ended(stop);
  }

  private whenIdle<T>(task: Task<T>): Promise<T> {
    const result = this.queue.then(async () => {
      this.clearAway();
      try {
        return await task(false);
      } finally {
        if (!this.activity) this.pausing = false;
      }
    });
    this.enqueue(result.then(({ stop }) => stop));
    return result.then(({ value }) => value);
  }

  /** What is queued must be over before an activity goes on; its stop is told after its answer. */
  private enqueue(result: Promise<RunStop | undefined>): void {
    this.queue = result.then(
      (stop) => {
        if (stop === undefined) return;
        setImmediate(() => {
          this.hooks.ended(stop).catch((error: unknown) => this.hooks.failed(error));
        });
      },
      () => undefined,
    );
  }

  private async servePending(): Promise<RunStop | undefined> {
    let last: RunStop | undefined;
    this.clearAway();
    for (let task = this.pending.shift(); task !== undefined; task = this.pending.shift())
      last = (await task()) ?? last;
    return last;
  }

  private paused(): RunStop {
    const { pauseThread } = this;
    const lives = pauseThread !== undefined && this.hooks.pcOf(pauseThread) !== undefined;
    const threadId = lives ? pauseThread : this.hooks.anyThread();
    return { event: { kind: "interrupted", threadId }, hits: [] };
  }

  /** The stop that somebody must hear of; undefined: the program goes on. */
  private async judge(event: StopEvent, before: MemoryAddress | undefined): Promise<RunStop | undefined> {
    switch (event.kind) {
      case "breakpoint": {
        this.hooks.modulesMayHaveChanged(event.address);
        const hits = await this.hooks.arrive(event.threadId, event.address);
        return hits.length > 0 || this.temporaries.has(event.address) ? { event, hits } : undefined;
      }
      case "step":
        return (await this.landing(event.threadId, before)) ?? { event, hits: [] };
      case "interrupted":
        return (await this.landing(event.threadId, before)) ?? (this.pausing ? this.paused() : undefined);
      case "exec":
        this.temporaries.clear();
        this.hooks.programReplaced(event.path);
        return undefined;
      case "forked":
        this.hooks.programForked(event);
        return undefined;
      default:
        return { event, hits: [] };
    }
  }

  /**
   * A thread that was stepped or interrupted onto a breakpoint has come to it all the same; the next resume would pass
   * over the trap unseen. A thread that has not moved stood on it before.
   */
  private async landing(threadId: number, before: MemoryAddress | undefined): Promise<RunStop | undefined> {
    const pc = this.hooks.pcOf(threadId);
    if (pc === undefined || pc === before || !this.hooks.hasBreakpoint(pc)) return undefined;
    const hits = await this.hooks.arrive(threadId, pc);
    return hits.length === 0 ? undefined : { event: { kind: "breakpoint", threadId, address: pc }, hits };
  }
}

/** The end of a step whose signal handler is about to jump away. */
function handlerExit({ threadId, handlerExits }: ResumeRequest, event: StopEvent): RunStop | undefined {
  if (event.kind !== "breakpoint" || event.threadId !== threadId) return undefined;
  return handlerExits?.().includes(event.address) === true ? { event, hits: [] } : undefined;
}
