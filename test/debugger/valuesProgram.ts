/** A real program stopped at a marker, with the context that values and expressions are read in. */
import assert from "node:assert/strict";
import { once } from "node:events";
import path from "node:path";
import { functionCaller } from "../../adapter/debugger/calls";
import { evaluate } from "../../adapter/debugger/expressions/expressions";
import { LoadedModules } from "../../adapter/debugger/modules/modules";
import { SourcePaths } from "../../adapter/debugger/modules/sourcePaths";
import { threadLocalAddress } from "../../adapter/debugger/modules/threadLocals";
import { Frames } from "../../adapter/debugger/stack/frames";
import type { EvaluationContext, Frame, VariableNode } from "../../adapter/debugger/types";
import { variableScopes } from "../../adapter/debugger/values/variables";
import { openModule, openModuleImage } from "../../adapter/symbols/module";
import { memoryAddress, toMemory } from "../../adapter/target/addresses";
import { launchPtraceTarget } from "../../adapter/target/ptrace/ptraceTarget";
import type { ConditionProgram, Execution, StopEvent, Target } from "../../adapter/target/target";
import { compile, markers, sourceOf } from "../helpers/compile";
import type { CompileOptions } from "../helpers/compile";

export class StoppedProgram {
  private readonly frames: Frames;
  private constructor(
    readonly source: string,
    readonly target: Target,
    readonly modules: LoadedModules,
  ) {
    this.frames = new Frames({ target, modules, sources: new SourcePaths({}) });
  }

  static async launch(
    name: string,
    options: CompileOptions = {},
    args: string[] = [],
  ): Promise<StoppedProgram> {
    const program = compile(name, options);
    const parts = { createTarget: launchPtraceTarget, openModule, openModuleImage };
    const modules = new LoadedModules(parts, () => undefined);
    const target = await launchPtraceTarget({
      program,
      args,
      cwd: path.dirname(program),
      env: { PATH: process.env.PATH ?? "" },
      stdio: [null, "/dev/null", "/dev/null"],
      disableASLR: true,
      sameProcessId: "auto",
    });
    modules.refresh(target);
    return new StoppedProgram(name, target, modules);
  }

  get execution(): Execution {
    assert.ok(this.target.execution);
    return this.target.execution;
  }

  /** The addresses of a marker's line, in memory. */
  addressesOf(marker: string): bigint[] {
    const { main } = this.modules;
    assert.ok(main);
    const file = main.symbols
      .sourceFiles()
      .find((one) => path.basename(one) === path.basename(sourceOf(this.source)));
    assert.ok(file, `no source file ${this.source}`);
    const line = markers(this.source)[marker];
    assert.ok(line);
    const found = main.symbols.addressesForLine(file, line);
    assert.ok(found, `no code for ${marker}`);
    return found.addresses.map((address) => toMemory(address, main.bias));
  }

  /** Runs to a marker's line. */
  async runTo(marker: string, condition?: ConditionProgram): Promise<StopEvent> {
    const tokens = this.addressesOf(marker).map((address) =>
      this.execution.insertBreakpoint(memoryAddress(address), condition),
    );
    const stop = await this.execution.resume({ mode: "run", others: "run" });
    for (const token of tokens) this.execution.removeBreakpoint(token);
    this.stopped();
    return stop;
  }

  /** Forgets what was known of the stop before. */
  stopped(): void {
    this.frames.clear();
    if (this.target.threads.length > 0) this.modules.refresh(this.target);
  }

  frame(index = 0): Frame {
    const frame = this.frames.at(1, index);
    assert.ok(frame);
    return frame;
  }

  /** The context of a frame; calls work in it. */
  context(index = 0): EvaluationContext {
    const { target, modules } = this;
    const entry = modules.main;
    assert.ok(entry);
    return {
      target,
      modules,
      frame: this.frame(index),
      threadId: 1,
      callerOf: (inner) => this.frames.callerOf(inner),
      threadLocalAddress: (module, offset) => threadLocalAddress(target, modules, 1, module, offset),
      callFunction: functionCaller({
        target,
        threadId: 1,
        returnAddress: toMemory(entry.symbols.entry, entry.bias),
        describe: (address) =>
          modules.at(address)?.symbols.functionAt(memoryAddress(address - entry.bias) as never)?.name ?? "?",
      }),
    };
  }

  /** Evaluates with side effects and gives the text. */
  async text(expression: string, index = 0): Promise<string> {
    return (await this.node(expression, index)).value;
  }

  node(expression: string, index = 0): Promise<VariableNode> {
    return evaluate(expression, this.context(index), { sideEffects: true });
  }

  /** The rows of a scope by name. */
  async scope(name: string, index = 0): Promise<Map<string, VariableNode>> {
    const scope = variableScopes(this.context(index)).find((one) => one.name === name);
    const rows = (await scope?.children()) ?? [];
    return new Map(rows.map((row) => [row.name, row]));
  }

  dispose(): void {
    this.target.dispose();
    this.modules.dispose();
  }
}

/** Runs a body on a program stopped at a marker; the program is gone afterwards, whatever happens. */
export async function withProgram(
  name: string,
  marker: string,
  options: CompileOptions,
  body: (program: StoppedProgram) => Promise<void>,
): Promise<void> {
  const program = await StoppedProgram.launch(name, options);
  try {
    const stop = await program.runTo(marker);
    assert.equal(stop.kind, "breakpoint", `did not reach ${marker}`);
    await body(program);
  } finally {
    program.dispose();
  }
}

void once;
