/** The list of checkpoints: ids, lineage and retention. It knows no process. */
import type { CheckpointToken } from "../../target/checkpointer";
import { UserError } from "../types";
import type { CheckpointInfo, CheckpointKind } from "./checkpointTypes";

export interface CheckpointEntry {
  readonly token: CheckpointToken;
  info: CheckpointInfo;
  /** DAP's thread to show after a restart. */
  readonly threadId: number;
}

export class CheckpointList {
  private readonly entries = new Map<number, CheckpointEntry>();
  private lastId = 0;
  /** The checkpoint that the live state was reached from; absent: from the launch. */
  currentId: number | undefined;

  get size(): number {
    return this.entries.size;
  }
  /** By id, ascending. */
  all(): CheckpointEntry[] {
    return [...this.entries.values()];
  }
  find(id: number): CheckpointEntry | undefined {
    return this.entries.get(id);
  }
  withToken(token: CheckpointToken): CheckpointEntry | undefined {
    return this.all().find((entry) => entry.token === token);
  }

  /** Throws UserError: `No checkpoint 7.` */
  get(id: number): CheckpointEntry {
    const entry = this.entries.get(id);
    if (entry === undefined) throw new UserError(`No checkpoint ${id}.`);
    return entry;
  }

  /** Adds with the next id, as a child of the current one. */
  add(
    token: CheckpointToken,
    threadId: number,
    info: Omit<CheckpointInfo, "id" | "parentId">,
  ): CheckpointEntry {
    const id = ++this.lastId;
    const entry = { token, threadId, info: { id, parentId: this.currentId, ...info } };
    this.entries.set(id, entry);
    return entry;
  }

  /** Takes one off; its children and the live state now come from its parent. */
  remove(id: number): CheckpointEntry {
    const entry = this.get(id);
    this.entries.delete(id);
    const { parentId } = entry.info;
    for (const child of this.entries.values())
      if (child.info.parentId === id) child.info = { ...child.info, parentId };
    if (this.currentId === id) this.currentId = parentId;
    return entry;
  }

  update(id: number, change: Partial<Omit<CheckpointInfo, "id">>): CheckpointInfo {
    const entry = this.get(id);
    entry.info = { ...entry.info, ...change };
    return entry.info;
  }

  /**
   * Those beyond the limit: the oldest `auto` first, then the oldest `branch`; no others count or go. The one just made
   * is the last to go, or with a list full of branches none could be taken automatically.
   */
  surplus(limit: number): number[] {
    const ofKind = (kind: CheckpointKind) => this.all().filter(({ info }) => info.kind === kind);
    const thinned = [...ofKind("auto"), ...ofKind("branch")];
    thinned.sort((a, b) => Number(a.info.id === this.lastId) - Number(b.info.id === this.lastId));
    return thinned.slice(0, Math.max(0, thinned.length - limit)).map(({ info }) => info.id);
  }

  /** Where a killed program goes back to: the checkpoint it came from, else the highest id. */
  refuge(): CheckpointEntry | undefined {
    const current = this.currentId === undefined ? undefined : this.entries.get(this.currentId);
    return current ?? this.all().at(-1);
  }

  clear(): CheckpointEntry[] {
    const entries = this.all();
    this.entries.clear();
    this.currentId = undefined;
    return entries;
  }
}
