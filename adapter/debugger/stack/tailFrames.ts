/** Frames of functions that have left by a jump to another function: there is nothing of theirs on the stack any more. */
import type { Target } from "../../target/target";
import { RETURN_ADDRESS } from "../codeX64";
import { entryOf } from "../modules/loadedFunctions";
import type { Frame, FrameRegisters, ModuleList } from "../types";
import type { PhysicalFrame } from "./physicalFrames";
import { tailCallsIn } from "./tailCalls";
import type { Jump } from "./tailChains";

/** What a frame is shown by. */
export type FramePlace = Pick<
  PhysicalFrame,
  "pc" | "lookupPc" | "module" | "function" | "isTrampoline" | "cfa"
> &
  Pick<Frame, "registers"> &
  Partial<Pick<Frame, "tailCall">>;

/** Of functions that were left by a jump on the way from a call to the function that is there now, innermost first. */
export function tailFrames(
  program: { readonly target: Target; readonly modules: ModuleList },
  inner: PhysicalFrame,
  caller: PhysicalFrame,
): FramePlace[] {
  const { module, function: symbol } = inner;
  const wasCalled = !inner.isTrampoline && !caller.isTrampoline;
  if (!wasCalled || module === undefined || symbol === undefined) return [];
  return tailCallsIn(program).between(caller.pc, { module, symbol }).map(tailFrame).reverse();
}

function tailFrame({ from: { module, symbol }, site, pc, lookupPc, to }: Jump): FramePlace {
  return {
    pc,
    lookupPc,
    module,
    function: symbol,
    isTrampoline: false,
    cfa: undefined,
    registers: registersAtJump(pc),
    ...(to === undefined ? {} : { tailCall: { site, to: entryOf(to) } }),
  };
}

/**
 * Registers that a function must preserve hold its caller's values at the jump, but Clang describes what it passes by what they held
 * before; and what the stack pointer leads to may be of the next function by now.
 */
function registersAtJump(pc: bigint): FrameRegisters {
  return { value: (number) => (number === RETURN_ADDRESS ? pc : undefined), place: () => undefined };
}
