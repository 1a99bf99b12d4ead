import assert from "node:assert/strict";
import { test } from "node:test";
import {
  isCall,
  isLinkageStub,
  isSignalTrampoline,
  isSystemCall,
  jumpAt,
} from "../../adapter/debugger/codeX64";

function code(bytes: string): Buffer {
  return Buffer.from(bytes.replaceAll(" ", ""), "hex");
}

test("call instructions, with prefixes", () => {
  for (const call of [
    "e8 00000000",
    "ff d0",
    "41 ff d3",
    "ff 15 00000000",
    "3e ff d0",
    "f2 e8 00000000",
    "66 48 e8 0",
  ])
    assert.ok(isCall(code(call)), call);
  for (const other of ["e9 00000000", "ff e0", "ff 25 00000000", "c3", "ff 30", "55"])
    assert.ok(!isCall(code(other)), other);
});

test("instructions that enter the kernel", () => {
  for (const call of ["0f 05", "0f 34 90", "cd 80"]) assert.ok(isSystemCall(code(call)), call);
  for (const other of ["0f 0b", "0f", "cc", "cd 03", "e8 00000000", ""])
    assert.ok(!isSystemCall(code(other)), other);
});

test("jumps that say where they lead", () => {
  for (const [jump, length, distance] of [
    ["eb af", 2, -0x51],
    ["74 10 90 90 90 90", 2, 0x10],
    ["e9 44 ff ff ff", 5, -0xbc],
    ["0f 85 00 01 00 00 c3", 6, 0x100],
  ] as const)
    assert.deepEqual(jumpAt(code(jump)), { length, distance }, jump);
  for (const other of ["ff e0", "ff 25 00000000", "e8 00000000", "0f 1f 00", "e9 00", "0f 85 00", ""])
    assert.equal(jumpAt(code(other)), undefined, other);
});

test("stubs of the procedure linkage table", () => {
  for (const stub of [
    "ff 25 00000000",
    "f3 0f 1e fa ff 25 00000000",
    "f3 0f 1e fa f2 ff 25 00000000",
    "ff 35 00000000",
    "68 01000000",
    "f3 0f 1e fa 68 01000000",
    "e9 00000000",
    "f3 0f 1e fa 41 bb 00000000 ff 25 00000000",
    "f3 0f 1e fa 41 53 ff 35 00000000",
  ])
    assert.ok(isLinkageStub(code(stub)), stub);
  for (const other of ["55 48 89 e5", "f3 0f 1e fa 55", "41 bb 00000000 c3", "41 53 53", "ff e0", "c3"])
    assert.ok(!isLinkageStub(code(other)), other);
});

test("the signal trampoline", () => {
  assert.ok(isSignalTrampoline(code("48 c7 c0 0f 00 00 00 0f 05 90")));
  assert.ok(!isSignalTrampoline(code("48 c7 c0 0f 00 00 00")));
});
