import type { CustomRequestArguments, CustomRequestBody, CustomRequestName } from "../adapter/protocol";

/** The part of VS Code's `DebugSession` that requests go through. */
export interface RequestSession {
  readonly id: string;
  customRequest(command: string, args?: unknown): PromiseLike<unknown>;
}

/** What VS Code says where no answer will come: the adapter is gone, or the session is. */
const withoutAnswer = /^(custom request failed|debug session not found|No debugger available)/;

/** Two clicks on the same row within this many milliseconds are one: VS Code sends a double click's command twice. */
const doubleClickMs = 500;

/** Sends the requests on checkpoints, one at a time in each session, in the order asked. */
export class CheckpointRequests {
  private readonly tails = new Map<string, Promise<unknown>>();
  private readonly lastRestarts = new Map<string, { checkpointId: number; endedAt: number }>();

  /** `now` gives milliseconds of a clock that never goes back. */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /**
   * Sends a request once those before it in the same session are answered.
   * @throws Error with the adapter's sentence when it refuses, or one of ours when nobody answers any more.
   */
  send<Name extends CustomRequestName>(
    session: RequestSession,
    name: Name,
    args: CustomRequestArguments<Name>,
  ): Promise<CustomRequestBody<Name>> {
    const before = this.tails.get(session.id) ?? Promise.resolve();
    const answer = before.then(async () => {
      try {
        return (await session.customRequest(name, args)) as CustomRequestBody<Name>;
      } catch (error) {
        if (error instanceof Error && withoutAnswer.test(error.message))
          throw new Error("The debug session has ended.", { cause: error });
        throw error;
      }
    });
    this.tails.set(
      session.id,
      answer.catch(() => undefined),
    );
    return answer;
  }

  /**
   * Restarts from a checkpoint; the second half of a double click is dropped. `askKeepFiles` gives whether files are to be
   * left as they are, undefined when nothing is to be done at all.
   * @returns false when it was dropped.
   * @throws Error with the adapter's sentence when it refuses.
   */
  async restart(
    session: RequestSession,
    checkpointId: number,
    keepCurrent: boolean,
    askKeepFiles?: () => Promise<boolean | undefined>,
  ): Promise<boolean> {
    const last = this.lastRestarts.get(session.id);
    if (last?.checkpointId === checkpointId && this.now() - last.endedAt < doubleClickMs) return false;
    const mine = { checkpointId, endedAt: Infinity };
    this.lastRestarts.set(session.id, mine);
    try {
      const keepFiles = askKeepFiles ? await askKeepFiles() : false;
      if (keepFiles === undefined) return false;
      const files = keepFiles ? { keepFiles } : {};
      await this.send(session, "restartCheckpoint", { checkpointId, keepCurrent, ...files });
      return true;
    } finally {
      mine.endedAt = this.now();
    }
  }

  /** Forgets a session that has ended. */
  forget(sessionId: string): void {
    this.tails.delete(sessionId);
    this.lastRestarts.delete(sessionId);
  }
}
