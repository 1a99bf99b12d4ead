/** Where a client connects for a session of its own: a Unix socket in a folder that only this user may enter. */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import os from "node:os";
import path from "node:path";

/** Bytes of a socket's name that the kernel takes, its end included (unix(7), sun_path). */
const LONGEST_NAME = 108;
/** What is put behind the temporary folder: `/forkpoint-` and the adapter's process id, a dash, six letters, `/adapter.sock`. */
const LONGEST_END = 40;
/** Milliseconds; no folder is needed for so long (childSessions.ts). */
const OLD = 60_000;

/** Removes the folders of adapters that were killed before they could. */
function removeLeft(base: string): void {
  for (const name of readdirSync(base)) {
    const [, processId] = /^forkpoint-(\d+)-\w{6}$/.exec(name) ?? [];
    if (processId === undefined || existsSync(`/proc/${processId}`)) continue;
    const folder = path.join(base, name);
    try {
      if (Date.now() - statSync(folder).mtimeMs > OLD) rmSync(folder, { recursive: true });
    } catch {
      // Another adapter was faster, or it is another user's.
    }
  }
}

function makeFolder(base: string): string {
  removeLeft(base);
  return mkdtempSync(path.join(base, `forkpoint-${process.pid}-`));
}

function privateFolder(): string {
  const { XDG_RUNTIME_DIR: runtime } = process.env;
  const fitting = [runtime, os.tmpdir()].filter((one) => one && one.length + LONGEST_END < LONGEST_NAME);
  for (const base of fitting)
    try {
      return makeFolder(base ?? "");
    } catch {
      // Not there, or not ours to write: the next.
    }
  return makeFolder("/tmp");
}

/** For one connection. */
export class ChildEndpoint {
  private constructor(
    /** The name of the socket. */
    readonly path: string,
    private readonly server: Server,
    /** The one connection; undefined: it was closed before any came. */
    readonly connection: Promise<Socket | undefined>,
  ) {}

  /** Starts to listen. Rejects with the system's error. */
  static open(): Promise<ChildEndpoint> {
    const name = path.join(privateFolder(), "adapter.sock");
    return new Promise((resolve, reject) => {
      const server = createServer();
      const connection = new Promise<Socket | undefined>((connected) => {
        server.once("connection", connected);
        server.once("close", () => connected(undefined));
      });
      server.once("error", reject);
      server.listen(name, () => resolve(new ChildEndpoint(name, server, connection)));
    });
  }

  /** Takes no connection any more; the one that there is stays. */
  close(): void {
    this.server.close();
    rmSync(path.dirname(this.path), { recursive: true, force: true });
  }
}
