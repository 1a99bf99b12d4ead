/** What becomes of the program's own children. Each is traced and held in its first stop before anything is decided. */
import { TargetError, type FollowFork } from "../../target";
import { ProcessMemory } from "../processMemory";
import type { LiveProcess } from "../running/liveProcess";
import { eventBuffer, shim, type WaitEvent } from "../shim";
import type { Tracee } from "../threads/tracee";
import { waitForThread } from "../threads/traceeEvents";
import { detachThreads, heldChild, type Suspended } from "./suspended";
import { VforkShadow } from "./vforkShadow";

/** Microseconds until a child's first stop; then it is dealt with when it comes. */
const CHILD_WAIT = 1_000_000;
/** One that is to be followed is waited for; it comes as soon as the kernel gives it a processor. */
const FOLLOWED_WAIT = 30_000_000;

/** How a child came to be: `vfork` has its parent wait, and shares memory until it goes its own way. */
export type Birth = "fork" | "vfork" | "clone";

/** Something that a person is to be told of, and that the program goes on after. */
export interface Followed {
  readonly sentence: string;
  readonly threadId: number;
  readonly suspended: readonly Suspended[];
}

/** A child whose first stop has yet to come: how to take the traps out of the memory that it got. */
type LateChild = (memory: ProcessMemory) => void;

interface Held {
  readonly child: Suspended;
  readonly vfork: boolean;
}

export class ForkFollower {
  /** Children that are to be followed or suspended, once every thread stands still. */
  private held: Held[] = [];
  private readonly late = new Map<number, LateChild>();
  /** The parent of a followed vfork child, stopped while the child is in its memory. */
  private lender: Suspended | undefined;
  /** Threads of a parent that was let go which could not be stopped for it. */
  private readonly releasing = new Set<number>();
  private vforkTold = false;
  private readonly shadow = new VforkShadow();

  /** @param born with mode `both`: a child that stands at its beginning, clean of traps, and is to be debugged by itself. */
  constructor(
    private readonly process: LiveProcess,
    private readonly mode: FollowFork,
    private readonly note: (sentence: string) => void,
    private readonly born: (child: Suspended) => void,
  ) {
    this.shadow.onExec = born;
  }

  /** Whether a child waits for `follow`. */
  get pending(): boolean {
    return this.held.length > 0;
  }

  /** The thread that made the first such child. */
  get pendingThread(): number {
    return this.held[0]?.child.threadId ?? 1;
  }

  /** Whether the live process runs in the memory of its parent, which waits for it in vfork. */
  get borrowsMemory(): boolean {
    return this.lender !== undefined;
  }

  /** Whether it deals with the events of a thread. */
  owns(tid: number): boolean {
    return this.shadow.has(tid) || this.late.has(tid) || this.releasing.has(tid);
  }

  /** Deals with an event of a child in vfork's shadow. Gives whether it was one's. */
  takes(event: WaitEvent): boolean {
    return this.shadow.takes(event);
  }

  /** Deals with what has come of children in vfork's shadow while the program stands still. */
  look(): void {
    this.shadow.look();
  }

  /** A child is there. `stopped`: its first stop has been taken already. */
  childBorn(parent: Tracee, pid: number, birth: Birth, stopped: boolean): void {
    const { sites } = this.process;
    const wait = this.mode === "parent" ? CHILD_WAIT : FOLLOWED_WAIT;
    // Until the child of a vfork has gone its own way it runs in the program's own memory.
    if (birth === "vfork") sites.lift();
    if (!stopped && waitForThread(pid, wait, eventBuffer()) !== 1) this.late.set(pid, sites.lifter());
    else if (birth === "clone" || !this.hold(parent, pid, birth)) this.release(pid, sites.lifter());
  }

  /** Deals with the first stop of a child that was late. Gives whether it was one. */
  arrived(pid: number, signal: number): boolean {
    if (this.releasing.delete(pid)) {
      shim.detach(pid, signal);
      return true;
    }
    const lift = this.late.get(pid);
    if (lift === undefined) return false;
    this.release(pid, lift);
    return true;
  }

  /** The pending children get what their mode has for them; every thread that can be stopped is. */
  follow(): Followed {
    const held = this.held;
    this.held = [];
    const [first, ...others] = held;
    if (first === undefined) throw new TargetError("There is no child to follow.");
    if (this.mode === "suspend") {
      const suspended = held.map(({ child }) => child);
      const ids = suspended.map(({ processId }) => processId).join(", ");
      const sentence = `The program forked: the child, process ${ids}, waits in the list of checkpoints.`;
      return { sentence, threadId: first.child.threadId, suspended };
    }
    for (const { child } of others) detachThreads(child);
    return { sentence: this.becomeChild(first), threadId: first.child.threadId, suspended: [] };
  }

  /**
   * The live process is about to end, to be replaced, or to have memory of its own: whoever waits on it is let go. The
   * traps of the program as it was are still known.
   */
  releaseAll(): void {
    for (const { child } of this.held) detachThreads(child);
    this.held = [];
    const { lender } = this;
    if (lender === undefined) return;
    this.lender = undefined;
    this.process.sites.liftFrom(lender.memory);
    this.letGo(lender);
  }

  /** Ends what would go on without its parent's target. What is late is nobody's now (endUnmet). */
  dispose(): void {
    this.releaseAll();
    this.late.clear();
    this.shadow.dispose();
  }

  private becomeChild({ child, vfork }: Held): string {
    this.process.sites.lift();
    const parent = this.process.setAside();
    this.process.occupy(child);
    if (vfork) this.lender = parent;
    else this.letGo(parent);
    return vfork
      ? `The program forked: process ${child.processId} is followed; its parent, process ${parent.processId}, waits for it.`
      : `The program forked: process ${child.processId} is followed; its parent, process ${parent.processId}, goes on by itself.`;
  }

  private letGo(parent: Suspended): void {
    for (const tid of detachThreads(parent)) this.releasing.add(tid);
  }

  /** Keeps a child for `follow`, clean of traps. False: it is to be let go. */
  private hold(parent: Tracee, pid: number, birth: Birth): boolean {
    const vfork = birth === "vfork";
    if (this.mode === "parent" || this.lender !== undefined) return false;
    if (vfork && this.mode === "suspend") {
      if (!this.vforkTold)
        this.note("A child made by vfork or posix_spawn is not suspended: its parent waits for it.");
      this.vforkTold = true;
      return false;
    }
    if (!vfork && shim.sharesMemory(pid, this.process.procId) === 1) return false;
    if (vfork && this.mode === "both") {
      this.shadow.enter(pid);
      return true;
    }
    try {
      const child = heldChild(pid, parent, this.process.imagePlaces);
      if (!vfork) this.process.sites.liftFrom(child.memory);
      if (this.mode === "both") this.born(child);
      else {
        this.process.hasFamily = true;
        this.held.push({ child, vfork });
      }
      return true;
    } catch (error) {
      // Killed in between: nothing to hold.
      if (error instanceof TargetError) return false;
      throw error;
    }
  }

  /** A child that is none of ours goes on, untraced, without our traps. */
  private release(pid: number, lift: LateChild): void {
    this.late.delete(pid);
    if (shim.sharesMemory(pid, this.process.procId) === 1) this.shareMemory(pid);
    else cleanMemory(pid, lift);
    shim.detach(pid, 0);
  }

  /** In memory that an untraced process runs in there may be no trap while it is there. */
  private shareMemory(pid: number): void {
    if (this.process.threads.some(({ inVfork }) => inVfork)) return;
    this.process.shareWith(pid);
    this.note(
      `Process ${pid} shares the program's memory (clone with CLONE_VM): breakpoints are out until it runs another program or ends.`,
    );
  }
}

function cleanMemory(pid: number, lift: LateChild): void {
  try {
    const memory = ProcessMemory.open(pid);
    lift(memory);
    memory.close();
  } catch {
    // Killed in between: nothing to clean.
  }
}
