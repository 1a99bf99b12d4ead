/** How calls of the shim cross: the block of memory, filled here and read by functions of the shim themselves. */
import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { CallBlock } from "../../adapter/callBlock";
import { shimFunction } from "../../adapter/native";

const readMemory = shimFunction("fp_read_memory", ["i32", "i64", "buffer", "i32"]);
const openMemory = shimFunction("fp_open_memory", ["i32"]);
const close = shimFunction("fp_close", ["i32"]);
const address = shimFunction("fp_address", ["buffer"]);

/** Reads this process's own memory at a place into a buffer of the same size. */
function readBack(place: number, into: Buffer): Buffer {
  const memory = openMemory(process.pid);
  try {
    assert.equal(readMemory(memory, BigInt(place), into, into.length), into.length);
    return into;
  } finally {
    close(memory);
  }
}

function pattern(size: number): Buffer {
  return Buffer.from(Array.from({ length: size }, (_, index) => (index * 7 + size) & 0xff));
}

for (const size of [1, 7, 64, 255, 256, 257, 4096, 100_000])
  test(`the shim fills a buffer of ${size} bytes, and no byte beside it`, () => {
    const large = pattern(300_000);
    const place = address(large);
    const around = Buffer.alloc(size + 32, 0xee);
    readBack(place + 5, around.subarray(16, 16 + size));
    assert.deepEqual(around.subarray(16, 16 + size), large.subarray(5, 5 + size));
    assert.ok(around.subarray(0, 16).every((byte) => byte === 0xee));
    assert.ok(around.subarray(16 + size).every((byte) => byte === 0xee));
  });

test("a part of a buffer lies where it does in the whole", () => {
  const whole = Buffer.alloc(100_000);
  assert.equal(address(whole.subarray(1000)) - address(whole), 1000);
  assert.equal(address(whole.subarray(1000)) - address(whole), 1000);
});

test("buffers that come after each other, of many sizes, are each told apart", () => {
  const source = pattern(70_000);
  const place = address(source);
  for (let round = 0; round < 500; round++) {
    const size = 1 + ((round * 131) % 600);
    assert.deepEqual(readBack(place + round, Buffer.alloc(size)), source.subarray(round, round + size));
  }
});

test("numbers cross whole, negative ones and addresses among them", () => {
  const block = new CallBlock(() => 0x7fff_1234_5678);
  block.write(0x7ffe_dcba_9876, [-1, 2 ** 31 - 1, -(2 ** 31), -5n, 2n ** 64n - 1n, 0x7fff_ffff_f000]);
  const words = Array.from({ length: 7 }, (_, index) => block.bytes.readBigInt64LE(index * 8));
  assert.deepEqual(words, [
    0x7ffe_dcba_9876n,
    -1n,
    2n ** 31n - 1n,
    -(2n ** 31n),
    -5n,
    -1n,
    0x7fff_ffff_f000n,
  ]);
});

test("a call that failed leaves nothing for the next one to take for its own", () => {
  const block = new CallBlock(() => 0x1000);
  const first = Buffer.from("first");
  block.write(1, [first]);
  const second = Buffer.from("SECOND");
  block.write(1, [second]);
  block.bytes[13 * 8] = "s".charCodeAt(0);
  block.read();
  assert.deepEqual([first.toString(), second.toString()], ["first", "sECOND"]);
});

test("a function that the shim does not have is named", () => {
  assert.throws(() => shimFunction("fp_no_such", [])(), /has no fp_no_such/);
});

test("a text crosses as it is, characters beyond ASCII among them", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "forkpoint-text-"));
  try {
    const file = path.join(folder, "prögram");
    copyFileSync(process.execPath, file);
    const handle = shimFunction("fp_symbols_open", ["string"])(file);
    assert.ok(handle > 0);
    assert.equal(shimFunction("fp_symbols_close", ["i64"])(BigInt(handle)), 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
