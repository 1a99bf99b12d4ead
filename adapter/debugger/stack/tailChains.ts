/** Which tail calls must have been made between a call and the function whose frame is there now. */
import type { CallSite } from "../../symbols/types";
import type { MemoryAddress } from "../../target/addresses";
import { entryOf, type LoadedFunction } from "../modules/loadedFunctions";

/** Functions that one answer looks at, at most: what lies behind more may be anything. */
export const MOST_FUNCTIONS = 1000;

/** A tail call in the program. */
export interface Jump {
  readonly from: LoadedFunction;
  readonly site: CallSite;
  /** Of the jump; where that cannot be told, of what is behind it. */
  readonly pc: MemoryAddress;
  /** To look things up by: the jump's last byte, since for GCC arguments are at their new places before that. */
  readonly lookupPc: MemoryAddress;
  /** Absent: nobody knows where it leads. */
  readonly to?: LoadedFunction;
}

type KnownJump = Jump & { readonly to: LoadedFunction };

/**
 * The jumps that have led from a called function to the one that is reached, first to last, as far as all ways from one to the other
 * have them in common: at their beginning and at their end (as GDB's call_site_find_chain has it). None when some
 * jump on the way may lead anywhere.
 */
export function jumpsBetween(
  called: LoadedFunction,
  reached: LoadedFunction,
  jumpsFrom: (from: LoadedFunction) => readonly Jump[],
): readonly Jump[] {
  const [start, goal] = [entryOf(called), entryOf(reached)];
  const jumps = start === goal ? undefined : reachable(called, reached, jumpsFrom);
  if (jumps === undefined) return [];
  const leading = leadingTo(goal, jumps);
  const first = onlyWay(leading, start, goal, "from", "to");
  const last = onlyWay(leading, goal, start, "to", "from").reverse();
  return [...first.filter((jump) => !last.includes(jump)), ...last];
}

/** The jumps of all functions that can be come to before the reached one; undefined: some of them are not known. */
function reachable(
  called: LoadedFunction,
  reached: LoadedFunction,
  jumpsFrom: (from: LoadedFunction) => readonly Jump[],
): KnownJump[] | undefined {
  const goal = entryOf(reached);
  const functions = new Map([[entryOf(called), called]]);
  const jumps: KnownJump[] = [];
  // A map gives what is added while it is gone through, too.
  for (const from of functions.values()) {
    if (entryOf(from) === goal) continue;
    // Code that is not described may jump, but not from another file into the midst of this one.
    const mayJump = from.symbol.die === undefined && from.module === reached.module;
    if (mayJump || functions.size > MOST_FUNCTIONS) return undefined;
    for (const jump of jumpsFrom(from)) {
      if (!isKnown(jump)) return undefined;
      functions.set(entryOf(jump.to), jump.to);
      jumps.push(jump);
    }
  }
  return jumps;
}

function isKnown(jump: Jump): jump is KnownJump {
  return jump.to !== undefined;
}

/** Those jumps that lie on a way to a function. */
function leadingTo(goal: MemoryAddress, jumps: readonly KnownJump[]): KnownJump[] {
  const leading = new Set([goal]);
  for (const at of leading)
    for (const { from, to } of jumps) if (entryOf(to) === at) leading.add(entryOf(from));
  return jumps.filter(({ to }) => leading.has(entryOf(to)));
}

/** Jumps one after another, or backwards, from a function on, as long as there is no choice. */
function onlyWay(
  jumps: readonly KnownJump[],
  begin: MemoryAddress,
  end: MemoryAddress,
  near: "from" | "to",
  far: "from" | "to",
): KnownJump[] {
  const way: KnownJump[] = [];
  for (let at = begin; at !== end;) {
    const [only, another] = jumps.filter((jump) => entryOf(jump[near]) === at);
    if (only === undefined || another !== undefined) break;
    way.push(only);
    at = entryOf(only[far]);
  }
  return way;
}
