/**
 * How soon the out-of-memory killer takes a process (proc(5), oom_score_adj): frozen copies before the program.
 */
import { shim } from "../shim";

/** Of frozen copies. */
export const COPY_SCORE = 500;
/** fp_swap_oom_score gives scores from 0 on. */
const LOWEST = -1000;

/** Sets a score. Gives the one before; undefined when that could not be done. */
export function swapOomScore(pid: number, score: number): number | undefined {
  const result = shim.swapOomScore(pid, score);
  return result < 0 ? undefined : result + LOWEST;
}
