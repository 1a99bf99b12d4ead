/**
 * Tail calls: jumps to a function in place of a call and a return. Where one leads is read off its instruction; where that leads to
 * no function's beginning (a linkage stub), off the name in the debug information. Of a jump by a pointer it is not known.
 */
import type { TailCall } from "../../symbols/types";
import { fileAddress, offsetBy, toFile, toMemory } from "../../target/addresses";
import type { FileAddress, LoadBias, MemoryAddress } from "../../target/addresses";
import type { Memory } from "../../target/target";
import { calledBefore, isLinkageStub, JUMP_LENGTHS, jumpAt, LONGEST_INSTRUCTION } from "../codeX64";
import {
  entryOf,
  functionLinkedAs,
  functionStartingAt,
  type LoadedFunction,
} from "../modules/loadedFunctions";
import type { ModuleList } from "../types";
import { mayBePointedTo } from "./codePointersX64";
import { jumpsBetween, MOST_FUNCTIONS, type Jump } from "./tailChains";

/** The program that is looked at. */
interface Loaded {
  readonly modules: ModuleList;
  readonly target: { readonly memory: Pick<Memory, "read"> };
}

/** The tail calls of the functions in some modules; each answer is kept. */
class TailCalls {
  private readonly jumps = new Map<MemoryAddress, readonly Jump[]>();
  private readonly returning = new Map<MemoryAddress, boolean>();
  private readonly chains = new Map<string, readonly Jump[]>();

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

  /**
   * The jumps that have surely led from what was called to the function that is reached, first to last. `returnAddress` is the
   * call's; none when the called function is the one that is reached, or is not known.
   */
  between(returnAddress: MemoryAddress, reached: LoadedFunction): readonly Jump[] {
    const key = `${returnAddress} ${entryOf(reached)}`;
    let known = this.chains.get(key);
    if (known === undefined) {
      const called = this.calledBefore(returnAddress);
      known = called ? jumpsBetween(called, reached, (from) => this.jumpsFrom(from)) : [];
      this.chains.set(key, known);
    }
    return known;
  }

  private findsBack(start: LoadedFunction, entry: MemoryAddress): boolean {
    const reached = new Map<MemoryAddress, LoadedFunction>();
    let byPointer = false;
    const add = (from: LoadedFunction): void => {
      for (const { to } of this.jumpsFrom(from))
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

  private jumpsFrom(from: LoadedFunction): readonly Jump[] {
    const entry = entryOf(from);
    let known = this.jumps.get(entry);
    if (known === undefined) {
      known = from.module.symbols.tailCallsOf(from.symbol).map((site) => this.jump(site, from));
      this.jumps.set(entry, known);
    }
    return known;
  }

  private jump(site: TailCall, from: LoadedFunction): Jump {
    const { bias } = from.module;
    const stated = this.stated(site, bias);
    const to =
      stated?.to ??
      (site.callee === undefined ? undefined : functionLinkedAs(site.callee, this.program.modules));
    const pc = toMemory(stated?.start ?? site.jump ?? site.behind ?? from.symbol.entry, bias);
    const end = stated?.end ?? site.behind;
    const lookupPc = end === undefined ? pc : offsetBy(toMemory(end, bias), -1);
    return { from, site, pc, lookupPc, ...(to === undefined ? {} : { to }) };
  }

  /** What the instruction tells: where it is, and the function that it leads to, if no stub is between. */
  private stated(
    site: TailCall,
    bias: LoadBias,
  ): { start: FileAddress; end: FileAddress; to: LoadedFunction | undefined } | undefined {
    for (const start of possibleStarts(site)) {
      const jump = jumpAt(this.codeAt(toMemory(start, bias)));
      if (jump === undefined) continue;
      const end = fileAddress(start + BigInt(jump.length));
      if (site.behind !== undefined && site.behind !== end) continue;
      const target = offsetBy(toMemory(end, bias), jump.distance);
      const to = functionStartingAt(target, this.program.modules);
      if (to !== undefined || isLinkageStub(this.codeAt(target))) return { start, end, to };
    }
    return undefined;
  }

  private calledBefore(returnAddress: MemoryAddress): LoadedFunction | undefined {
    const stated = calledBefore(this.program.target.memory, returnAddress);
    const called = stated && functionStartingAt(stated, this.program.modules);
    if (called) return called;
    const module = this.program.modules.at(offsetBy(returnAddress, -1));
    const callee = module?.symbols.callSiteAt(toFile(returnAddress, module.bias))?.callee;
    return callee === undefined ? undefined : functionLinkedAs(callee, this.program.modules);
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
