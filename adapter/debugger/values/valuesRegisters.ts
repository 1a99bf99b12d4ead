/** Registers of a thread by their names, as parts of values. */
import { TargetError } from "../../target/target";
import { UserError } from "../types";
import type { EvaluationContext } from "../types";
import { decodeInteger, encodeInteger } from "./valuesIntegers";

/** Bytes of a register's value. */
export function registerBytes(value: bigint, offset: number, length: number): Buffer {
  return encodeInteger(value, offset + length).subarray(offset);
}

/** `xmm3` where the list has `ymm3`, whose low half it is. */
function lowHalf(
  name: string,
  registers: readonly { name: string; value: bigint }[],
): { value: bigint; bits: number } | undefined {
  const whole = name.startsWith("xmm")
    ? registers.find((register) => register.name === `y${name.slice(1)}`)
    : undefined;
  return whole && { value: BigInt.asUintN(128, whole.value), bits: 128 };
}

/** A register as it is now. Throws UserError where no thread has it. */
export function namedRegister(name: string, context: EvaluationContext): { value: bigint; bits: number } {
  const threadId = context.frame?.threadId ?? context.threadId;
  const registers = threadId === undefined ? [] : context.target.registers(threadId).list();
  const found = registers.find((register) => register.name === name) ?? lowHalf(name, registers);
  if (found === undefined) throw new UserError(`There is no register ${name} here.`);
  return found;
}

/** Sets bytes of a register. Throws UserError. */
export function writeThreadRegister(
  name: string,
  offset: number,
  bytes: Buffer,
  context: EvaluationContext,
): void {
  const threadId = context.frame?.threadId ?? context.threadId;
  if (threadId === undefined) throw new UserError("No thread is stopped whose register could be set.");
  const { value, bits } = namedRegister(name, context);
  const whole = encodeInteger(value, Math.max(Math.ceil(bits / 8), offset + bytes.length));
  bytes.copy(whole, offset);
  try {
    context.target.registers(threadId).set(name, decodeInteger(whole, false));
    context.wrote?.({ kind: "register", threadId });
  } catch (error) {
    if (error instanceof TargetError) throw new UserError(error.message);
    throw error;
  }
}
