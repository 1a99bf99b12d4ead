/**
 * Tail calls: jumps to a function in place of a call and a return. Where one leads is read off its instruction; where that leads to
 * no function's beginning (a linkage stub), off the name in the debug information. Of a jump by a pointer it is not known.
 */
import { JUMP_LENGTHS, jumpAt, LONGEST_INSTRUCTION } from "./codeX64";
import { mayBePointedTo } from "./codePointersX64";
import { entryOf, functionLinkedAs, functionStartingAt, type LoadedFunction } from "./loadedFunctions";
import type { ModuleList } from "./types";
import { fileAddress, offsetBy, toMemory } from "../target/addresses";
import type { FileAddress, LoadBias, MemoryAddress } from "../target/addresses";
import type { Memory } from "../target/target";
import type { TailCall } from "../symbols/types";

/** Functions that one answer looks at, at most: what lies behind more may be anything. */
const MOST_FUNCTIONS = 1000;

/** The program that is looked at. */
interface Loaded {
  readonly modules: ModuleList;
  readonly target: { readonly memory: Pick<Memory, "read"> };
}

/** The tail calls of the functions in some modules; each answer is kept. */
class TailCalls {
  private readonly targets = new Map<MemoryAddress, readonly (LoadedFunction | undefined)[]>();
  private readonly returning = new Map<MemoryAddress, boolean>();

  constructor(private readonly program: Loaded) {}

  /**
   * Whether a function can come back to itself by tail calls. Then it need not have what its caller passed, though its frame is
   * the one of the caller's call. GDB asks the same (func_verify_no_selftailcall), but takes every jump by a pointer for one
   * that may come back; C++ is full of these, and here they come back only to what there are pointers to.
   */
  comesBack(start: LoadedFunction): boolean {
    const entry = entryOf(start);
    let known = this.returning.get(entry);
    if (known === undefined) this.returning.set(entry, (known = this.findsBack(start, entry)));
    return known;
  }

  private findsBack(start: LoadedFunction, entry: MemoryAddress): boolean {
    const reached = new Map<MemoryAddress, LoadedFunction>();
    let byPointer = false;
    const add = (from: LoadedFunction): void => {
      for (const to of this.targetsOf(from))
        if (to === undefined) byPointer = true;
        else reached.set(entryOf(to), to);
    };
    add(start);
    // A map gives what is added while it is gone through, too.
    for (const from of reached.values()) {
      if (reached.has(entry) || reached.size > MOST_FUNCTIONS) return true;
      // What is not described may jump as it likes; from another file it needs a pointer for that.
      const isDescribed = from.symbol.die !== undefined;
      if (!isDescribed && from.module === start.module) return true;
      byPointer ||= !isDescribed;
      add(from);
    }
    return reached.has(entry) || (byPointer && mayBePointedTo(start, this.program.target.memory));
  }

  private targetsOf(from: LoadedFunction): readonly (LoadedFunction | undefined)[] {
    const entry = entryOf(from);
    let known = this.targets.get(entry);
    if (known === undefined) {
      const { bias, symbols } = from.module;
      known = symbols.tailCallsOf(from.symbol).map((site) => this.targetOf(site, bias));
      this.targets.set(entry, known);
    }
    return known;
  }

  private targetOf(site: TailCall, bias: LoadBias): LoadedFunction | undefined {
    for (const start of possibleStarts(site)) {
      const jump = jumpAt(this.codeAt(toMemory(start, bias)));
      if (jump === undefined) continue;
      const end = fileAddress(start + BigInt(jump.length));
      if (site.behind !== undefined && site.behind !== end) continue;
      const target = functionStartingAt(offsetBy(toMemory(end, bias), jump.distance), this.program.modules);
      if (target !== undefined) return target;
    }
    return site.callee === undefined ? undefined : functionLinkedAs(site.callee, this.program.modules);
  }

  private codeAt(address: MemoryAddress): Buffer {
    return this.program.target.memory.read(address, LONGEST_INSTRUCTION);
  }
}

const known = new WeakMap<ModuleList["all"], TailCalls>();

/** The tail calls among the modules of a program as they are now: with each change their list has another array. */
export function tailCallsIn(program: Loaded): TailCalls {
  const { all } = program.modules;
  let found = known.get(all);
  if (found === undefined) known.set(all, (found = new TailCalls(program)));
  return found;
}

/** Bytes that lead right to a function's beginning are hardly anything but the jump. */
function possibleStarts({ jump, behind }: TailCall): FileAddress[] {
  if (jump !== undefined) return [jump];
  return behind === undefined ? [] : JUMP_LENGTHS.map((length) => fileAddress(behind - BigInt(length)));
}
