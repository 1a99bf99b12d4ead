/** A child process that is asked something and answers, with a bound on every wait. */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";

/** No single answer takes this long, in milliseconds, or the benchmark gives up. */
const PATIENCE = 30_000;

/** Gives what `wanted` gives, or fails after the bound with what was being waited for. */
export async function bounded<T>(what: string, wanted: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: no answer in ${PATIENCE / 1000} s.`)), PATIENCE);
  });
  try {
    return await Promise.race([wanted, bound]);
  } finally {
    clearTimeout(timer);
  }
}

/** Milliseconds that an operation takes. */
export async function timed(operation: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await operation();
  return performance.now() - before;
}

/** A child that speaks in lines. */
export class LineProcess {
  readonly child: ChildProcessWithoutNullStreams;
  private text = "";
  private lines: string[] = [];
  private wake: (() => void) | undefined;

  constructor(
    private readonly name: string,
    command: readonly string[],
    env: NodeJS.ProcessEnv,
  ) {
    const [program = "", ...args] = command;
    this.child = spawn(program, args, { stdio: "pipe", env });
    this.child.stdout.setEncoding("utf8");
    this.child.stdout.on("data", (text: string) => this.read(text));
    this.child.stdin.on("error", () => undefined);
    this.child.on("close", () => this.read("\n"));
  }

  private read(text: string): void {
    const lines = (this.text + text).split("\n");
    this.text = lines.pop() ?? "";
    this.lines.push(...lines);
    this.wake?.();
  }

  send(line: string): void {
    this.child.stdin.write(`${line}\n`);
  }

  /** The next line that matches; lines before it are dropped. Fails when the process has ended. */
  line(pattern: RegExp): Promise<string> {
    return bounded(`${this.name}, waiting for ${pattern.source}`, this.next(pattern));
  }

  private async next(pattern: RegExp): Promise<string> {
    for (;;) {
      for (let line = this.lines.shift(); line !== undefined; line = this.lines.shift())
        if (pattern.test(line)) return line;
      if (this.child.exitCode !== null) throw new Error(`${this.name} has ended.`);
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}
