import type { Checkpoint, CheckpointList } from "../adapter/protocol";
import { Emitter } from "./emitter";

/** What the model needs to know of a debug session; VS Code's `DebugSession` has it. */
export interface ModelSession {
  readonly id: string;
  readonly name: string;
}

/** A session with its whole list of checkpoints. */
export interface SessionCheckpoints<Session extends ModelSession> {
  readonly session: Session;
  readonly list: CheckpointList;
}

/** One session's list was replaced, or the session came or went; counts are numbers of checkpoints. */
export interface ModelChange<Session extends ModelSession> {
  readonly session: Session;
  readonly countBefore: number;
  readonly countAfter: number;
}

/** Sessions and their lists. A list is only ever replaced as a whole: the adapter owns the truth. */
export class CheckpointModel<Session extends ModelSession> {
  private readonly entries = new Map<string, SessionCheckpoints<Session>>();
  private readonly changed = new Emitter<ModelChange<Session>>();

  /** Fires after every change. */
  readonly onDidChange = this.changed.event;

  /** The live sessions, oldest first. */
  get sessions(): readonly SessionCheckpoints<Session>[] {
    return [...this.entries.values()];
  }

  /** The number of checkpoints of all sessions. */
  get count(): number {
    return this.sessions.reduce((sum, entry) => sum + entry.list.checkpoints.length, 0);
  }

  /** Takes a new session in, with an empty list; one that is known already keeps its list. */
  add(session: Session): void {
    if (!this.entries.has(session.id)) this.replace(session, { checkpoints: [] });
  }

  /** Replaces the list of a session, and takes the session in if it is new: events may come before its start is told. */
  replace(session: Session, list: CheckpointList): void {
    const countBefore = this.get(session.id)?.list.checkpoints.length ?? 0;
    this.entries.set(session.id, { session, list });
    this.changed.fire({ session, countBefore, countAfter: list.checkpoints.length });
  }

  /** Forgets a session that has ended. */
  remove(sessionId: string): void {
    const entry = this.entries.get(sessionId);
    if (!entry) return;
    this.entries.delete(sessionId);
    this.changed.fire({ session: entry.session, countBefore: entry.list.checkpoints.length, countAfter: 0 });
  }

  /** The session with this id, or nothing when it is not alive. */
  get(sessionId: string): SessionCheckpoints<Session> | undefined {
    return this.entries.get(sessionId);
  }

  /** A checkpoint of a session, or nothing when there is none with this number any more. */
  find(sessionId: string, checkpointId: number): Checkpoint | undefined {
    return this.get(sessionId)?.list.checkpoints.find((checkpoint) => checkpoint.id === checkpointId);
  }
}
