import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { disassemble } from "../../adapter/dap/disassembly";
import { x86Decoder } from "../../adapter/dap/x86Disassembler";
import { formatAddress, memoryAddress } from "../../adapter/target/addresses";

// push rbp; mov rbp, rsp; mov eax, 7; (06 is invalid in 64-bit mode); pop rbp; ret
const code = Buffer.from("554889e5b807000000065dc3", "hex");
const base = 0x1000n;

/** Memory that ends where the code ends, without symbols. */
const source = {
  modules: [],
  read(address: bigint, length: number) {
    const start = Number(address - base);
    return start < 0 ? Buffer.alloc(0) : code.subarray(start, start + length);
  },
};

const lines = async (address: bigint, offset: number, count: number) =>
  disassemble(source, await x86Decoder(), memoryAddress(address), offset, count).map(
    (line) => `${formatAddress(line.address)} ${line.text}${line.invalid ? " (invalid)" : ""}`,
  );

describe("disassembly", () => {
  it("shows invalid bytes as data and goes on behind them", async () => {
    assert.deepEqual(await lines(base, 0, 6), [
      "0x1000 push rbp",
      "0x1001 mov rbp, rsp",
      "0x1004 mov eax, 7",
      "0x1009 .byte 0x06 (invalid)",
      "0x100a pop rbp",
      "0x100b ret",
    ]);
  });

  it("gives exactly the count, past the end of memory too", async () => {
    assert.deepEqual(await lines(base + 10n, 0, 4), [
      "0x100a pop rbp",
      "0x100b ret",
      "0x100c ?? (invalid)",
      "0x100d ?? (invalid)",
    ]);
    assert.equal((await lines(0n, 0, 50)).length, 50);
  });

  it("skips forward by whole instructions", async () => {
    assert.deepEqual(await lines(base, 2, 2), ["0x1004 mov eax, 7", "0x1009 .byte 0x06 (invalid)"]);
  });

  it("counts back where there is nothing before", async () => {
    const found = await lines(base, -3, 4);
    assert.deepEqual(found, [
      "0xffd ?? (invalid)",
      "0xffe ?? (invalid)",
      "0xfff ?? (invalid)",
      "0x1000 push rbp",
    ]);
  });

  it("keeps addresses above 2^53 exact", async () => {
    const high = 0x7fff_ffff_f000n;
    const far = {
      modules: [],
      read: (address: bigint, length: number) => source.read(address - high + base, length),
    };
    const [first, second] = disassemble(far, await x86Decoder(), memoryAddress(high + 1n), 0, 2);
    assert.equal(first?.text, "mov rbp, rsp");
    assert.equal(second?.address, high + 4n);
  });
});
