/** What a clone lacks of a process's memory, and what of it is out of the ordinary: asked for at every checkpoint. */
import { TargetError } from "../../../target";
import { errorName, shim } from "../../shim";

/** The layout of fp_survey_memory's answer (native-shim/shim_memory.h). */
export const MEMORY_HEAD_SIZE = 24;
export const RANGE_SIZE = 16;
const WIPED = 20;
/** Programs have few such areas; with more the question is asked again. */
const EXPECTED = 16;

export interface MemorySurvey {
  /** Bytes of areas that the clone lacks (madvise(2), MADV_DONTFORK). */
  readonly missing: number;
  /** Bytes that are locked (mlock(2)). */
  readonly locked: number;
  /** Writable shared areas. */
  readonly shared: number;
  /** Areas that have pages of which the clone has none (MADV_WIPEONFORK). */
  readonly wiped: number;
  /** Those areas, as the shim takes them. */
  readonly wipedRanges: Buffer;
}

/**
 * Compares a stopped process, by one of its threads, with a clone of it; 0: with none, or one that shares its memory.
 * Throws TargetError when one of them is gone.
 */
export function surveyMemory(origin: number, copy: number, capacity = EXPECTED): MemorySurvey {
  const answer = Buffer.alloc(MEMORY_HEAD_SIZE + capacity * RANGE_SIZE);
  const result = shim.surveyMemory(origin, copy, 0, answer, capacity);
  if (result < 0) throw new TargetError(`The program's memory cannot be looked at (${errorName(result)}).`);
  const wiped = answer.readUInt32LE(WIPED);
  if (wiped > capacity) return surveyMemory(origin, copy, wiped);
  return decodeMemory(answer, answer.subarray(MEMORY_HEAD_SIZE));
}

/** The shim's answer; `ranges`: room for at least as many areas as it says are wiped. Nothing of it is kept. */
export function decodeMemory(answer: Buffer, ranges: Buffer): MemorySurvey {
  const wiped = answer.readUInt32LE(WIPED);
  return {
    missing: Number(answer.readBigInt64LE(0)),
    locked: Number(answer.readBigUInt64LE(8)),
    shared: answer.readUInt32LE(16),
    wiped,
    wipedRanges: Buffer.from(ranges.subarray(0, wiped * RANGE_SIZE)),
  };
}
