/** The sessions of processes that the program of a session made (`followFork: "both"`). They end with it. */
import type { Socket } from "node:net";
import type { ForkedProcess } from "../debugger/types";
import { DEBUG_TYPE, type StartDebuggingArguments } from "../protocol";
import { ChildEndpoint } from "./childEndpoint";

/** Milliseconds in which a client that has started a session has to connect. */
const CONNECT_WAIT = 30_000;

/** A session of a child, as its parent needs it. */
export interface ChildSession {
  /** Whether the client has asked for the process. */
  readonly isAttached: boolean;
  terminate(): Promise<void>;
  dispose(): void;
}

/** What the children need of their parent's session. */
export interface ParentSession {
  /** Asks the client to start a session. Rejects with an Error that says why it did not. */
  startDebugging(args: StartDebuggingArguments): Promise<void>;
  /** Serves a client; `ended` is called when nothing more is to be heard of the process. */
  serve(socket: Socket, child: ForkedProcess, ended: () => void): ChildSession;
  print(sentence: string): void;
  /** The last of them is gone. */
  childrenGone(): void;
}

interface Child {
  readonly process: ForkedProcess;
  readonly processId: number;
  endpoint?: ChildEndpoint;
  socket?: Socket;
  session?: ChildSession;
}

export class ChildSessions {
  private readonly living = new Set<Child>();

  constructor(private readonly parent: ParentSession) {}

  get count(): number {
    return this.living.size;
  }

  /** Has the client start a session for a process; where that fails, the process goes on by itself. */
  add(process: ForkedProcess): void {
    const child: Child = { process, processId: process.target.processId };
    this.living.add(child);
    this.connect(child).catch((error: unknown) => {
      this.giveUp(child, error instanceof Error ? error.message : String(error));
    });
  }

  /** Ends all processes; their clients are told. */
  async end(): Promise<void> {
    for (const child of [...this.living]) {
      if (child.session?.isAttached === true) await child.session.terminate();
      else this.kill(child);
      this.remove(child);
    }
  }

  /** Ends all processes and connections at once. Never throws; may be called twice. */
  dispose(): void {
    for (const child of [...this.living]) {
      this.living.delete(child);
      this.kill(child);
      child.socket?.end();
    }
  }

  private async connect(child: Child): Promise<void> {
    const endpoint = await ChildEndpoint.open();
    child.endpoint = endpoint;
    if (!this.living.has(child)) return endpoint.close();
    const timer = setTimeout(() => endpoint.close(), CONNECT_WAIT);
    const name = `${child.process.name} (process ${child.processId})`;
    const started = this.parent.startDebugging({
      request: "attach",
      configuration: { type: DEBUG_TYPE, name, endpoint: endpoint.path, processId: child.processId },
    });
    try {
      // A refusal comes instead of a connection, a success mostly behind it.
      const socket = await Promise.race([endpoint.connection, started.then(() => endpoint.connection)]);
      if (socket === undefined) throw new Error("nobody has connected to its session");
      started.catch(() => undefined);
      this.serve(child, socket);
    } finally {
      clearTimeout(timer);
      endpoint.close();
    }
  }

  private serve(child: Child, socket: Socket): void {
    if (!this.living.has(child)) return void socket.end();
    child.socket = socket;
    const session = this.parent.serve(socket, child.process, () => this.remove(child));
    child.session = session;
    socket.on("close", () => {
      if (session.isAttached) session.dispose();
      else this.giveUp(child, "its session was closed");
      this.remove(child);
    });
  }

  private kill({ session, process, endpoint }: Child): void {
    endpoint?.close();
    session?.dispose();
    process.target.dispose();
  }

  private giveUp(child: Child, why: string): void {
    if (!this.living.has(child)) return;
    child.process.release();
    this.parent.print(`Process ${child.processId} goes on without a debugger: ${why}.`);
    this.remove(child);
  }

  private remove(child: Child): void {
    if (this.living.delete(child) && this.living.size === 0) this.parent.childrenGone();
  }
}
