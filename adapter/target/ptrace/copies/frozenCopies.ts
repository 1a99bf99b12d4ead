/** The frozen copies of one program: looked after, looked at, and freed. */
import type { CheckpointToken } from "../../checkpointer";
import type { Target } from "../../target";
import { killUnseen } from "../forks/parentWait";
import { whenIdle } from "../idleWork";
import { CopyGone } from "../refusals";
import type { LiveProcess } from "../running/liveProcess";
import { decodeStatus, shim, type WaitEvent } from "../shim";
import { Waker } from "../waker";
import { frozenOf, raiseOomScore, type Frozen } from "./frozenCopy";
import { FrozenView } from "./frozenView";

export class FrozenCopies {
  private readonly copies = new Map<number, Frozen>();
  private readonly views = new Map<Frozen, FrozenView>();

  constructor(private readonly process: LiveProcess) {}

  get processIds(): number[] {
    return [...this.copies.keys()];
  }

  has(processId: number): boolean {
    return this.copies.has(processId);
  }

  /** Keeps a new one. */
  add(frozen: Frozen): void {
    this.copies.set(frozen.pid, frozen);
    whenIdle(() => this.lookAfter(frozen));
  }

  /** Throws TargetError when it is gone. */
  get(token: CheckpointToken): Frozen {
    const frozen = frozenOf(token);
    if (this.copies.get(frozen.pid) !== frozen) throw new CopyGone();
    return frozen;
  }

  /** What can be read of one. */
  viewOf(frozen: Frozen): Target {
    const view = this.views.get(frozen) ?? new FrozenView(frozen);
    this.views.set(frozen, view);
    return view;
  }

  /** The one that an event tells the end of; it is no longer kept. */
  takeLost(event: WaitEvent): Frozen | undefined {
    const frozen = this.copies.get(event.tid);
    if (frozen === undefined || decodeStatus(event.status).kind === "stopped") return undefined;
    this.forget(frozen);
    release(frozen);
    return frozen;
  }

  free(frozen: Frozen): void {
    if (!this.forget(frozen)) return;
    if (this.process.hasFamily) killUnseen(frozen.pid);
    else shim.kill(frozen.pid, 1);
    release(frozen);
  }

  freeAll(): void {
    for (const frozen of [...this.copies.values()]) this.free(frozen);
  }

  /** Keeps it no longer, but leaves it as it is; false when it was not kept. */
  forget(frozen: Frozen): boolean {
    if (!this.copies.delete(frozen.pid)) return false;
    this.views.get(frozen)?.dispose();
    this.views.delete(frozen);
    if (frozen.pidfd !== undefined) {
      Waker.get().unwatch(frozen.pidfd);
      shim.close(frozen.pidfd);
    }
    return true;
  }

  /** What a new copy needs, but not before the one who asked for it is answered. */
  private lookAfter(frozen: Frozen): void {
    if (this.copies.get(frozen.pid) !== frozen) return;
    raiseOomScore(frozen);
    const pidfd = shim.pidfdOpen(frozen.pid);
    if (pidfd < 0) return;
    frozen.pidfd = pidfd;
    Waker.get().watch(pidfd, true);
  }
}

/** Frees what the adapter holds for a copy. */
export function release(frozen: Frozen): void {
  for (const carried of frozen.carried) carried.release?.();
}
