/** The real adapter over stdio, and a client of it. */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import path from "node:path";
import { repository } from "./compile";
import { DapClient } from "./dapClient";
import { markProcesses, type ProcessMark } from "./processes";

export interface AdapterOptions {
  /** Words before `node`, such as `["prlimit", "--nproc=20"]`. */
  wrapper?: readonly string[];
  /** Run the adapter as this user and group. */
  userId?: number;
  env?: Record<string, string>;
  /** Milliseconds to wait for one event, default 10,000. */
  patience?: number;
}

/** The built bundle; `FORKPOINT_ADAPTER` names another script that stands for it, for developing. */
export function adapterCommand(): string[] {
  return ["node", process.env["FORKPOINT_ADAPTER"] ?? path.join(repository, "dist/adapter.js")];
}

export class AdapterClient extends DapClient {
  readonly process: ChildProcessWithoutNullStreams;
  /** What the adapter wrote to its stderr. */
  stderr = "";

  constructor(mark: ProcessMark, options: AdapterOptions = {}) {
    const [command = "", ...args] = [...(options.wrapper ?? []), ...adapterCommand()];
    const { userId = process.getuid?.() } = options;
    const user = userId === process.getuid?.() ? {} : { uid: userId, gid: userId };
    const env = { ...process.env, ...options.env, ...mark.environment };
    const adapter = spawn(command, args, { stdio: "pipe", env, ...user });
    super(adapter.stdout, adapter.stdin, options.patience);
    this.process = adapter;
    adapter.stderr.on("data", (data: Buffer) => (this.stderr += data.toString()));
    adapter.on("close", () => this.hasEnded());
  }

  protected override diagnosis(): string {
    return this.stderr;
  }
}

/**
 * Runs `body` with a fresh adapter, then ends it and checks that no process is left, whatever happened.
 */
export async function withAdapter(
  body: (client: AdapterClient, mark: ProcessMark) => Promise<void>,
  options: AdapterOptions = {},
): Promise<void> {
  const mark = markProcesses();
  const client = new AdapterClient(mark, options);
  try {
    await body(client, mark);
  } finally {
    client.process.stdin.end();
    await client.ended().catch(() => client.process.kill("SIGKILL"));
    await mark.assertNoneLeft();
  }
}
