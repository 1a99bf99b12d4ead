/** The DWARF stack machine, op by op, and its limits. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Encoding, Op } from "../../adapter/symbols/dwarf";
import { entryValueAt, evaluate, evaluateNumber } from "../../adapter/symbols/evaluate";
import { ExpressionError } from "../../adapter/symbols/stackItems";
import type { EvaluationContext } from "../../adapter/symbols/stackMachine";
import type { DwarfOp } from "../../adapter/symbols/types";

type Short = readonly [code: number, operand1?: bigint, operand2?: bigint];

/** Ops three bytes apart, so that branches can be counted in ops. */
function ops(...list: readonly (Short | DwarfOp)[]): DwarfOp[] {
  return list.map((op, index) => {
    if ("code" in op) return { ...op, offset: index * 3 };
    const [code, operand1 = 0n, operand2 = 0n] = op;
    return { code, operand1, operand2, offset: index * 3 };
  });
}

const memory = Buffer.from("8877665544332211ffeeddccbbaa9988", "hex");
const frame: EvaluationContext = {
  loadBias: 0x5000n,
  register: (number) => (number < 17 ? 0x1000n + BigInt(number) : undefined),
  readMemory: (address, length) => memory.subarray(Number(address), Number(address) + length),
  frameBase: () => 0x7000n,
  cfa: () => 0x7010n,
  tlsAddress: (offset) => 0x9000n + offset,
  objectAddress: 0x6000n,
};

function computed(...list: readonly (Short | DwarfOp)[]): bigint | undefined {
  const place = evaluate(ops(...list, [Op.stackValue]), frame);
  return place.kind === "value" ? BigInt.asIntN(64, place.value) : undefined;
}

test("computes with each arithmetic op", () => {
  const cases: readonly (readonly [bigint, readonly Short[]])[] = [
    [31n, [[Op.lit0 + 31]]],
    [12n, [[Op.lit0 + 5], [Op.lit0 + 7], [Op.plus]]],
    [-2n, [[Op.lit0 + 5], [Op.lit0 + 7], [Op.minus]]],
    [35n, [[Op.lit0 + 5], [Op.lit0 + 7], [Op.mul]]],
    [-3n, [[Op.const8s, BigInt.asUintN(64, -7n)], [Op.lit0 + 2], [Op.div]]],
    [1n, [[Op.lit0 + 7], [Op.lit0 + 3], [Op.mod]]],
    [4n, [[Op.lit0 + 6], [Op.lit0 + 12], [Op.and]]],
    [14n, [[Op.lit0 + 6], [Op.lit0 + 12], [Op.or]]],
    [10n, [[Op.lit0 + 6], [Op.lit0 + 12], [Op.xor]]],
    [24n, [[Op.lit0 + 6], [Op.lit0 + 2], [Op.shl]]],
    [0n, [[Op.lit0 + 6], [Op.constu, 64n], [Op.shl]]],
    [3n, [[Op.lit0 + 6], [Op.lit0 + 1], [Op.shr]]],
    [-1n, [[Op.const8s, BigInt.asUintN(64, -2n)], [Op.lit0 + 1], [Op.shra]]],
    [-1n, [[Op.const8s, BigInt.asUintN(64, -2n)], [Op.constu, 200n], [Op.shra]]],
    [-6n, [[Op.lit0 + 6], [Op.neg]]],
    [-7n, [[Op.lit0 + 6], [Op.not]]],
    [6n, [[Op.const8s, BigInt.asUintN(64, -6n)], [Op.abs]]],
    [9n, [[Op.lit0 + 6], [Op.plusUconst, 3n]]],
    [1n, [[Op.const8s, BigInt.asUintN(64, -6n)], [Op.lit0], [Op.lt]]],
    [0n, [[Op.lit0 + 1], [Op.lit0 + 1], [Op.ne]]],
    [1n, [[Op.lit0 + 1], [Op.lit0 + 1], [Op.ge]]],
  ];
  for (const [expected, list] of cases)
    assert.equal(computed(...list), expected, JSON.stringify(list, String));
});

test("moves what is on the stack", () => {
  const three: Short[] = [[Op.lit0 + 1], [Op.lit0 + 2], [Op.lit0 + 3]];
  assert.equal(computed(...three, [Op.rot]), 2n);
  assert.equal(computed(...three, [Op.rot], [Op.drop]), 1n);
  assert.equal(computed(...three, [Op.rot], [Op.drop], [Op.drop]), 3n);
  assert.equal(computed(...three, [Op.swap]), 2n);
  assert.equal(computed(...three, [Op.over]), 2n);
  assert.equal(computed(...three, [Op.pick, 2n]), 1n);
  assert.equal(computed(...three, [Op.dup], [Op.minus]), 0n);
});

test("reads memory, registers and the frame", () => {
  assert.equal(computed([Op.lit0], [Op.deref]), 0x1122334455667788n);
  assert.equal(computed([Op.lit0 + 8], [Op.derefSize, 2n]), 0xeeffn);
  assert.equal(computed([Op.breg0 + 6, BigInt.asUintN(64, -16n)]), 0x1006n - 16n);
  assert.equal(computed([Op.bregx, 7n, 8n]), 0x100fn);
  assert.equal(computed([Op.fbreg, BigInt.asUintN(64, -8n)]), 0x6ff8n);
  assert.equal(computed([Op.callFrameCfa]), 0x7010n);
  assert.equal(computed([Op.addr, 0x20n]), 0x5020n);
  assert.equal(computed([Op.const8u, 4n], [Op.formTlsAddress]), 0x9004n);
  assert.equal(computed([Op.pushObjectAddress]), 0x6000n);
});

test("branches, forwards and backwards", () => {
  assert.equal(computed([Op.lit0 + 7], [Op.skip, 3n], [Op.lit0 + 9], [Op.nop]), 7n);
  assert.equal(computed([Op.lit0 + 7], [Op.lit0], [Op.bra, 3n], [Op.lit0 + 9], [Op.nop]), 9n);
  const countDown: Short[] = [
    [Op.lit0 + 5],
    [Op.lit0 + 1],
    [Op.minus],
    [Op.dup],
    [Op.bra, BigInt.asUintN(64, -12n)],
  ];
  assert.equal(computed(...countDown), 0n);
});

test("computes with typed values", () => {
  const double = { byteSize: 8, encoding: Encoding.float };
  const signedByte = { byteSize: 1, encoding: Encoding.signed };
  const half = Buffer.alloc(8);
  half.writeDoubleLE(2.5);
  const constant: DwarfOp = {
    code: Op.constType,
    operand1: 0n,
    operand2: 0n,
    offset: 0,
    block: half,
    operandType: double,
  };
  const convert = (operandType?: DwarfOp["operandType"]): DwarfOp => ({
    code: Op.convert,
    operand1: 0n,
    operand2: 0n,
    offset: 0,
    ...(operandType && { operandType }),
  });
  assert.equal(computed(constant, constant, [Op.plus], convert()), 5n);
  assert.equal(computed(constant, constant, [Op.mul], convert()), 6n);
  assert.equal(computed([Op.constu, 0x1ffn], convert(signedByte), convert()), -1n);
  assert.equal(computed([Op.constu, 3n], convert(double), constant, [Op.gt]), 1n);
});

test("tells places apart", () => {
  const placeOf = (...list: readonly (Short | DwarfOp)[]) => evaluate(ops(...list), frame);
  assert.deepEqual(placeOf([Op.reg0 + 3]), { kind: "register", number: 3 });
  assert.deepEqual(placeOf([Op.regx, 17n]), { kind: "register", number: 17 });
  assert.deepEqual(placeOf([Op.fbreg, 8n]), { kind: "memory", address: 0x7008n });
  assert.deepEqual(placeOf([Op.lit0 + 4], [Op.stackValue]), { kind: "value", value: 4n });
  assert.deepEqual(placeOf(), { kind: "optimizedOut" });
  assert.deepEqual(placeOf([Op.implicitPointer, 77n, BigInt.asUintN(64, -4n)]), {
    kind: "implicitPointer",
    die: 77,
    byteOffset: -4n,
  });
  assert.deepEqual(
    placeOf([Op.reg0], [Op.piece, 8n], [Op.piece, 4n], [Op.fbreg, 0n], [Op.bitPiece, 3n, 1n]),
    {
      kind: "pieces",
      pieces: [
        { place: { kind: "register", number: 0 }, bitSize: 64, bitOffset: 0 },
        { place: { kind: "optimizedOut" }, bitSize: 32, bitOffset: 0 },
        { place: { kind: "memory", address: 0x7000n }, bitSize: 3, bitOffset: 1 },
      ],
    },
  );
});

test("what the frame does not know is optimized out", () => {
  const bare: EvaluationContext = { loadBias: 0n, register: () => undefined, readMemory: frame.readMemory };
  for (const op of [
    Op.breg0,
    Op.fbreg,
    Op.callFrameCfa,
    Op.pushObjectAddress,
    Op.entryValue,
    Op.gnuParameterRef,
  ]) {
    assert.deepEqual(evaluate(ops([op], [Op.stackValue]), bare), { kind: "optimizedOut" });
    assert.equal(evaluateNumber(ops([op], [Op.stackValue]), bare), undefined);
  }
});

test("refuses what is not valid, and always ends", () => {
  const invalid: readonly (readonly Short[])[] = [
    [[Op.plus]],
    [[Op.drop]],
    [[Op.pick, 9n]],
    [[Op.lit0 + 1], [Op.lit0], [Op.div]],
    [[Op.lit0 + 1], [Op.lit0], [Op.mod]],
    [[0x01]],
    [[Op.lit0], [Op.derefSize, 99n]],
    [[Op.skip, BigInt.asUintN(64, -3n)]],
    [[Op.lit0], [Op.dup], [Op.skip, BigInt.asUintN(64, -6n)]],
  ];
  for (const list of invalid) assert.throws(() => evaluate(ops(...list), frame), ExpressionError);
  const self: EvaluationContext = { ...frame, procedure: () => ops([Op.call4, 1n]) };
  assert.throws(() => evaluate(ops([Op.call4, 1n]), self), ExpressionError);
});

test("finds an entry value in what the caller says it passed", () => {
  const inDi = ops([Op.reg0 + 5]);
  const site = { parameters: [{ location: inDi, value: ops([Op.breg0 + 3, 2n]) }] };
  const context: EvaluationContext = { ...frame, entryValue: (nested) => entryValueAt(site, nested, frame) };
  const entryValue: DwarfOp = { code: Op.entryValue, operand1: 0n, operand2: 0n, offset: 0, nested: inDi };
  assert.equal(evaluateNumber([entryValue, ...ops([Op.stackValue])], context), 0x1005n);
  const other: DwarfOp = { ...entryValue, nested: ops([Op.reg0 + 4]) };
  assert.equal(evaluateNumber([other], context), undefined);
});
