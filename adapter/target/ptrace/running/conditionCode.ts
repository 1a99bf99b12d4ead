/** Condition programs as the bytes that native-shim/ptrace/condition.c runs. */
import type { BinaryConditionOp, ConditionOp, ConditionProgram } from "../../target";

const CONSTANT = 0;
const REGISTER = 1;
const LOAD = 2;
const EXTEND = 3;
const BINARY = 4;

const binaryOps: readonly BinaryConditionOp[] = [
  "add",
  "subtract",
  "multiply",
  "divideS",
  "divideU",
  "remainderS",
  "remainderU",
  "and",
  "or",
  "xor",
  "shiftLeft",
  "shiftRightS",
  "shiftRightU",
  "equal",
  "lessS",
  "lessU",
  "lessEqualS",
  "lessEqualU",
  "logicalAnd",
  "logicalOr",
];
const unaryOps = ["not", "negate", "complement"] as const;

function encodeOp(op: ConditionOp): Buffer {
  switch (op.op) {
    case "constant": {
      const bytes = Buffer.alloc(9, CONSTANT);
      bytes.writeBigUInt64LE(BigInt.asUintN(64, op.value), 1);
      return bytes;
    }
    case "register":
      return Buffer.from([REGISTER, op.number]);
    case "load":
      return Buffer.from([LOAD, op.bytes, op.signed ? 1 : 0]);
    case "extend":
      return Buffer.from([EXTEND, op.bits, op.signed ? 1 : 0]);
    case "not":
    case "negate":
    case "complement":
      return Buffer.from([BINARY + binaryOps.length + unaryOps.indexOf(op.op)]);
    default:
      return Buffer.from([BINARY + binaryOps.indexOf(op.op)]);
  }
}

/** Encodes a condition; never empty, since an empty program would be no condition. */
export function encodeCondition(program: ConditionProgram): Buffer {
  return Buffer.concat(program.map(encodeOp));
}
