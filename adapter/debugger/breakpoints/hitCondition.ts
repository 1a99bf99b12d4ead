/** Hit conditions of breakpoints: `5`, `>= 3`, `% 4`, `== 2`. */
import { UserError } from "../types";

/** Whether the breakpoint stops at its hit number `count` (the first is 1). */
export type HitCondition = (count: number) => boolean;

const operators: Record<string, (count: number, operand: number) => boolean> = {
  // As GDB's ignore counts and DAP adapters over it have it: from that hit on.
  "": (count, operand) => count >= operand,
  ">=": (count, operand) => count >= operand,
  ">": (count, operand) => count > operand,
  "<=": (count, operand) => count <= operand,
  "<": (count, operand) => count < operand,
  "==": (count, operand) => count === operand,
  "=": (count, operand) => count === operand,
  "!=": (count, operand) => count !== operand,
  "%": (count, operand) => count % operand === 0,
};

/** Parses a hit condition; an empty text always holds. Throws UserError. */
export function parseHitCondition(text: string | undefined): HitCondition {
  const trimmed = text?.trim() ?? "";
  if (trimmed === "") return () => true;
  const match = /^(>=|<=|==|!=|=|>|<|%)?\s*(\d{1,15})$/.exec(trimmed);
  const holds = operators[match?.[1] ?? ""];
  const operand = Number(match?.[2]);
  if (match === null || holds === undefined || (match[1] === "%" && operand === 0))
    throw new UserError(
      `The hit condition "${trimmed}" is not understood: write a number, or >=, >, ==, !=, <, <= or % and a number.`,
    );
  return (count) => holds(count, operand);
}
