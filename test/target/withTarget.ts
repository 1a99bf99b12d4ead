/** A real program under the ptrace target, with what tests ask of it; gone at the end whatever happens. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { openModule } from "../../adapter/symbols/module";
import type { SymbolModule } from "../../adapter/symbols/types";
import { memoryAddress, type MemoryAddress } from "../../adapter/target/addresses";
import { launchPtraceTarget } from "../../adapter/target/ptrace/ptraceTarget";
import type { Checkpointer } from "../../adapter/target/checkpointer";
import type {
  BreakpointToken,
  Execution,
  LaunchOptions,
  StopEvent,
  Target,
} from "../../adapter/target/target";
import { compile, type CompileOptions } from "../helpers/compile";

/** Signals that a debugger lets pass: SIGALRM, SIGCHLD, SIGVTALRM, SIGPROF, SIGWINCH, SIGURG. */
const QUIET: ReadonlySet<number> = new Set([14, 17, 23, 26, 27, 28]);

export interface Running {
  readonly target: Target;
  readonly execution: Execution;
  readonly checkpointer: Checkpointer;
  readonly symbols: SymbolModule;
  /** Everything the program wrote so far. */
  output(): string;
  address(symbol: string): MemoryAddress;
  int(symbol: string): number;
  setInt(symbol: string, value: number): void;
  breakAt(symbol: string): BreakpointToken;
  run(): Promise<StopEvent>;
  /** Runs and expects a stop of one kind. */
  runTo<K extends StopEvent["kind"]>(kind: K): Promise<Extract<StopEvent, { kind: K }>>;
}

/** Programs are linked at fixed addresses, so that a symbol's address is its address in memory. */
export async function withTarget(
  name: string,
  options: CompileOptions & { args?: readonly string[]; launch?: Partial<LaunchOptions> },
  body: (running: Running) => Promise<void>,
): Promise<void> {
  const flags = [...(options.flags ?? []), "-no-pie", "-fno-pie"];
  const program = compile(name, { variant: "fixedAddress", ...options, flags });
  await withProgram(program, { args: options.args ?? [], ...options.launch }, body);
}

/** The same for a program that is compiled already. */
export async function withProgram(
  program: string,
  launch: Partial<LaunchOptions>,
  body: (running: Running) => Promise<void>,
): Promise<void> {
  const symbols = openModule(program);
  const target = await launchPtraceTarget({
    program,
    args: [],
    cwd: "/tmp",
    env: { PATH: "/usr/bin:/bin" },
    stdio: [null, null, null],
    disableASLR: true,
    sameProcessId: "auto",
    ...launch,
  });
  try {
    await body(driver(target, symbols));
  } finally {
    target.dispose();
    symbols.dispose();
  }
}

/** What tests ask of a target, as of a program that was just launched. */
export function driver(target: Target, symbols: SymbolModule): Running {
  const { execution, checkpointer } = target;
  assert.ok(execution && checkpointer);
  const written: Buffer[] = [];
  execution.onOutput = (_, bytes) => written.push(bytes);
  execution.passSignals = QUIET;
  execution.pauseAtExit = true;
  const address = (symbol: string): MemoryAddress => {
    const found = symbols.elfSymbolNamed(symbol);
    assert.ok(found, `the program has no ${symbol}`);
    return memoryAddress(found.address);
  };
  const run = (): Promise<StopEvent> => execution.resume({ mode: "run", others: "run" });
  return {
    target,
    execution,
    checkpointer,
    symbols,
    output: () => {
      execution.drainOutput();
      return Buffer.concat(written).toString();
    },
    address,
    int: (symbol) => target.memory.read(address(symbol), 4).readInt32LE(0),
    setInt: (symbol, value) => {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32LE(value);
      target.memory.write(address(symbol), bytes);
    },
    breakAt: (symbol) => execution.insertBreakpoint(address(symbol)),
    run,
    runTo: async (kind) => {
      const stop = await run();
      assert.equal(
        stop.kind,
        kind,
        JSON.stringify(stop, (_, value: unknown) => String(value)),
      );
      return stop as Extract<StopEvent, { kind: typeof kind }>;
    },
  };
}

/** Whether a process exists and is not a zombie. */
export function isAlive(processId: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${processId}/status`, "latin1"));
  } catch {
    return false;
  }
}

/** The children of this process that are traced by it, or zombies (the test runner's own helper is neither). */
export function children(): number[] {
  return readdirSync("/proc/self/task")
    .flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, "latin1").trim().split(" "))
    .filter((child) => child !== "")
    .filter((child) =>
      /^State:\s+Z|^TracerPid:\s+[1-9]/m.test(readFileSync(`/proc/${child}/status`, "latin1")),
    )
    .map(Number);
}

/** What this process holds open, as link texts. */
export function ownDescriptors(): string[] {
  return readdirSync("/proc/self/fd").flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/self/fd/${descriptor}`)];
    } catch {
      return [];
    }
  });
}

const effective = /^CapEff:\s*(\w+)/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1] ?? "0";

/** Whether this process may repair TCP connections (capabilities(7), CAP_NET_ADMIN): then they are made anew at the same ports. */
export const mayRepair = ((BigInt(`0x${effective}`) >> 12n) & 1n) === 1n;
