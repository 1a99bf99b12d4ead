/** Calls of the program's own functions on a stopped thread, by the System V x86-64 convention. */
import { UserError } from "./types";
import type { FunctionCaller } from "./types";
import type { MemoryAddress } from "../target/addresses";
import type { StopEvent, Target } from "../target/target";

export interface CallSurroundings {
  readonly target: Target;
  readonly threadId: number;
  /** Where the called function returns to: executable, and nothing the program runs meanwhile (the ELF entry). */
  readonly returnAddress: MemoryAddress;
  /**
   * Asked for each stop that is not the call's return. True: an internal matter (a library loaded), dealt with; the
   * call goes on. False or absent: the call ends there, everything is put back, UserError says where.
   */
  readonly handleStop?: (event: StopEvent) => boolean | Promise<boolean>;
  /** Names a place in the program for the sentence of a call that stopped elsewhere: `main.c:12`. */
  readonly describe?: (address: MemoryAddress) => string;
}

/** The caller of functions for an EvaluationContext. The program must be stopped; it is stopped after each call. */
export function functionCaller(surroundings: CallSurroundings): FunctionCaller {
  void surroundings;
  return () => Promise.reject(new UserError("Cannot call a function."));
}
