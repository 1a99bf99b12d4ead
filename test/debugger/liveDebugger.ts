/** A Debugger on the real ptrace target, for tests: events are kept in order, and nothing is left running. */
import assert from "node:assert/strict";
import path from "node:path";
import { Debugger } from "../../adapter/debugger/debugger";
import type { LaunchSettings } from "../../adapter/debugger/launchSettings";
import type { BreakpointState, DebuggerEvents, Frame, Stop } from "../../adapter/debugger/types";
import { openModule, openModuleImage } from "../../adapter/symbols/module";
import { launchPtraceTarget } from "../../adapter/target/ptrace/ptraceTarget";
import type { ExitStatus } from "../../adapter/target/target";
import { compile, markers, sourceOf, type CompileOptions } from "../helpers/compile";
import { markProcesses } from "../helpers/processes";

export interface LiveOptions extends CompileOptions {
  args?: readonly string[];
  settings?: Partial<LaunchSettings>;
  /** Done before the launch. */
  before?: (live: LiveDebugger) => void;
}

type Told = {
  [K in keyof DebuggerEvents]: { event: K; args: Parameters<DebuggerEvents[K]> };
}[keyof DebuggerEvents];

/** The debugger with what its events told, and shortcuts that tests use often. */
export class LiveDebugger {
  readonly log: Told[] = [];
  readonly debugger: Debugger;
  private readonly taken = new Set<Told>();
  private readonly waiting = new Set<() => void>();

  constructor(readonly executable: string) {
    const keep =
      <K extends keyof DebuggerEvents>(event: K) =>
      (...args: Parameters<DebuggerEvents[K]>) => {
        this.log.push({ event, args } as Told);
        for (const wake of [...this.waiting]) wake();
      };
    this.debugger = new Debugger(
      { createTarget: launchPtraceTarget, openModule, openModuleImage },
      {
        stopped: keep("stopped"),
        continued: keep("continued"),
        exited: keep("exited"),
        terminated: keep("terminated"),
        threadStarted: keep("threadStarted"),
        threadExited: keep("threadExited"),
        breakpointChanged: keep("breakpointChanged"),
        moduleLoaded: keep("moduleLoaded"),
        moduleUnloaded: keep("moduleUnloaded"),
        output: keep("output"),
        checkpointsChanged: keep("checkpointsChanged"),
        invalidated: keep("invalidated"),
        forked: keep("forked"),
      },
    );
  }

  async launch(options: LiveOptions, mark: Readonly<Record<string, string>>): Promise<void> {
    await this.debugger.launch({
      program: this.executable,
      args: options.args ?? [],
      cwd: path.dirname(this.executable),
      env: { PATH: process.env["PATH"] ?? "", ...mark },
      stdio: [null, null, null],
      disableASLR: true,
      sameProcessId: "auto",
      stopOnEntry: false,
      stopOnExit: "whenCheckpoints",
      sourceMap: {},
      checkpoints: { limit: 50, auto: "off" },
      ...options.settings,
    });
  }

  /** The next event of a kind that was not given yet. */
  async next<K extends Told["event"]>(kind: K): Promise<Parameters<DebuggerEvents[K]>> {
    return (await this.either([kind])).args as Parameters<DebuggerEvents[K]>;
  }

  /** The next event of one of some kinds that was not given yet. */
  async either(kinds: readonly Told["event"][]): Promise<Told> {
    const deadline = Date.now() + 10_000;
    for (;;) {
      const found = this.log.find((told) => kinds.includes(told.event) && !this.taken.has(told));
      if (found !== undefined) {
        this.taken.add(found);
        return found;
      }
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`No ${kinds.join(" or ")} came. Told so far:\n${this.story()}`);
      await this.arrival(left);
    }
  }

  /** Waits until some output contains a text. */
  async outputHas(text: string, category: Parameters<LiveDebugger["output"]>[0]): Promise<void> {
    const deadline = Date.now() + 10_000;
    while (!this.output(category).includes(text)) {
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`"${text}" did not come. Told so far:\n${this.story()}`);
      await this.arrival(left);
    }
  }

  private arrival(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      this.waiting.add(wake);
    });
  }

  async stop(): Promise<Stop> {
    return (await this.next("stopped"))[0];
  }
  async exit(): Promise<ExitStatus> {
    const [status] = await this.next("exited");
    await this.next("terminated");
    return status;
  }

  /** Sets breakpoints on lines of a source, by markers or numbers. */
  breakAt(source: string, lines: readonly number[]): BreakpointState[] {
    return this.debugger.setSourceBreakpoints(
      sourceOf(source),
      lines.map((line) => ({ line })),
    );
  }

  /** Runs a resuming method and gives where the program then stops. */
  async go(resume: (thread: number) => void): Promise<Stop> {
    resume(this.debugger.threads()[0]?.id ?? 1);
    return this.stop();
  }
  continue(): Promise<Stop> {
    return this.go((thread) => this.debugger.continue(thread));
  }
  over(): Promise<Stop> {
    return this.go((thread) => this.debugger.next(thread, "line"));
  }
  into(): Promise<Stop> {
    return this.go((thread) => this.debugger.stepIn(thread, "line"));
  }
  out(): Promise<Stop> {
    return this.go((thread) => this.debugger.stepOut(thread));
  }

  frame(index = 0): Frame {
    const frame = this.debugger.frames(this.debugger.threads()[0]?.id ?? 1, index, 1).frames[0];
    assert.ok(frame, `There is no frame ${index}.`);
    return frame;
  }
  line(index = 0): number | undefined {
    return this.frame(index).source?.line;
  }
  /** `strike:6` */
  place(index = 0): string {
    return `${this.frame(index).functionName}:${this.line(index) ?? "?"}`;
  }
  async value(expression: string): Promise<string> {
    return (await this.debugger.evaluate(expression, this.frame(), "repl")).value;
  }

  /** What each expression gives, or the sentence that it is refused by. */
  async answers(expressions: readonly string[]): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for (const expression of expressions)
      found[expression] = await this.value(expression).catch((error: unknown) => (error as Error).message);
    return found;
  }

  output(category: "stdout" | "stderr" | "console" | "important"): string {
    return this.log
      .filter((told) => told.event === "output")
      .filter((told) => told.args[0] === category)
      .map((told) => told.args[1].toString())
      .join("");
  }
  story(): string {
    return this.log
      .map(({ event, args }) => {
        const short = args.map((arg) =>
          typeof arg === "object" && "symbols" in arg
            ? arg.symbols.path
            : Buffer.isBuffer(arg)
              ? arg.toString()
              : arg,
        );
        return `${event} ${JSON.stringify(short, (_key, value: unknown) => (typeof value === "bigint" ? `0x${value.toString(16)}` : value))}`;
      })
      .join("\n");
  }
}

/** The list of checkpoints, each as `2 branch of 1`. */
export function kinds(live: LiveDebugger): string[] {
  return live.debugger
    .checkpoints()
    .checkpoints.map(({ id, kind, parentId }) => `${id} ${kind} of ${parentId}`);
}

/** Compiles a debuggee, launches it (not yet running) and ends everything after `body`, whatever happened. */
export async function withDebuggee(
  name: string,
  options: LiveOptions,
  body: (live: LiveDebugger, marks: Readonly<Record<string, number>>) => Promise<void>,
): Promise<void> {
  await withExecutable(compile(name, options), options, (live) => body(live, markers(name)));
}

/**
 * Expects a condition to hold at a mark that the program comes to once, and its opposite not to: one that cannot be told
 * would stop the program as well, with a complaint.
 */
export async function expectCondition(
  name: string,
  mark: string,
  condition: string,
  options: LiveOptions,
): Promise<void> {
  for (const opposite of [false, true])
    await withDebuggee(name, options, async (live, marks) => {
      const decided = opposite ? `!(${condition})` : condition;
      live.debugger.setSourceBreakpoints(sourceOf(name), [{ line: marks[mark] ?? 0, condition: decided }]);
      await live.debugger.start();
      if (opposite) await live.exit();
      else assert.equal((await live.stop()).reason, "breakpoint");
      assert.equal(live.output("important"), "", decided);
    });
}

/** The same with a program that is built already. */
export async function withExecutable(
  executable: string,
  options: LiveOptions,
  body: (live: LiveDebugger) => Promise<void>,
): Promise<void> {
  const mark = markProcesses();
  const live = new LiveDebugger(executable);
  try {
    options.before?.(live);
    await live.launch(options, mark.environment);
    await body(live);
  } finally {
    live.debugger.dispose();
    await mark.assertNoneLeft();
  }
}
