import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { disassemble } from "../../adapter/dap/disassembly";
import { referenceIn, x86Decoder } from "../../adapter/dap/x86Disassembler";
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

describe("what an instruction refers to", () => {
  const high = 0x7fff_f7e0_0000n;

  /** The address in hexadecimal, with # where it is not in the text. */
  async function referenceOf(hex: string, at = high): Promise<string | undefined> {
    const [first] = (await x86Decoder())(Buffer.from(hex, "hex"), memoryAddress(at), 1);
    assert.ok(first);
    const found = referenceIn(first);
    return found && `${found.isShown ? "" : "# "}${formatAddress(found.address)}`;
  }

  it("is where a direct jump or call leads", async () => {
    const targets: Readonly<Record<string, string>> = {
      e8fbffffff: "0x7ffff7e00000", // call
      e900100000: "0x7ffff7e01005", // jmp
      "7405": "0x7ffff7e00007", // je
      "0f84f0ffffff": "0x7ffff7dffff6",
      e3fe: "0x7ffff7e00000", // jrcxz
      e2fe: "0x7ffff7e00000", // loop
      c7f800000000: "0x7ffff7e00006", // xbegin
      f2e800000000: "0x7ffff7e00006", // bnd call
    };
    for (const [hex, target] of Object.entries(targets)) assert.equal(await referenceOf(hex), target, hex);
    assert.equal(await referenceOf("e8f6ffffff", 8n), "0x3", "an address that is shown in decimal");
    assert.equal(await referenceOf("e8fbffffff", 0xffff_ffff_ff60_0000n), "0xffffffffff600000");
  });

  it("is what an operand relative to the next instruction means", async () => {
    const operands: Readonly<Record<string, string>> = {
      "488d3deb0e0000": "# 0x7ffff7e00ef2", // lea rdi, [rip + 0xeeb]
      "488d3d00000000": "# 0x7ffff7e00007", // lea rdi, [rip]
      "488d3df0ffffff": "# 0x7ffff7dffff7", // lea rdi, [rip - 0x10]
      "488b0500000080": "# 0x7fff77e00007", // mov rax, qword ptr [rip - 0x80000000]
      c70507000000efbe0000: "# 0x7ffff7e00011", // mov dword ptr [rip + 7], 0xbeef
      ff25e22f0000: "# 0x7ffff7e02fe8", // jmp qword ptr [rip + 0x2fe2]
      "3eff2500000000": "# 0x7ffff7e00007", // notrack jmp qword ptr ds:[rip]
    };
    for (const [hex, address] of Object.entries(operands)) assert.equal(await referenceOf(hex), address, hex);
  });

  it("is nothing where the instruction does not tell", async () => {
    const others = {
      "4883f8ff": "cmp rax, -1",
      ffd0: "call rax",
      ff2490: "jmp qword ptr [rax + rdx*4]",
      "64488b0500000000": "mov rax, qword ptr fs:[rip]",
      "06": ".byte 0x06",
      c3: "ret",
    };
    for (const [hex, text] of Object.entries(others)) assert.equal(await referenceOf(hex), undefined, text);
  });
});
