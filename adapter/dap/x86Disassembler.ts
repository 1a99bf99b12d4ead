/** x86-64 machine code as text, by Capstone. Its wasm lies beside the bundle and is loaded at the first use. */
import loadCapstone from "@alexaltea/capstone-js";
import { memoryAddress, offsetBy, type MemoryAddress } from "../target/addresses";

/** The longest instruction (Intel SDM volume 2, section 2.3.11). */
export const LONGEST_INSTRUCTION = 15;

export interface DecodedInstruction {
  readonly address: MemoryAddress;
  readonly bytes: Buffer;
  readonly text: string;
  /** The bytes are no instruction; one byte is shown as data. */
  readonly invalid: boolean;
}

/** Decodes bytes that lie at an address, at most `most` instructions; the last is left out when it is cut off. */
export type Decoder = (bytes: Buffer, address: MemoryAddress, most: number) => DecodedInstruction[];

let decoder: Promise<Decoder> | undefined;

/** The decoder, Intel syntax. */
export function x86Decoder(): Promise<Decoder> {
  decoder ??= makeDecoder();
  return decoder;
}

async function makeDecoder(): Promise<Decoder> {
  const capstone = await loadCapstone();
  const engine = new capstone.Capstone(capstone.ARCH_X86, capstone.MODE_64);
  engine.option(capstone.OPT_SYNTAX, capstone.OPT_SYNTAX_INTEL);

  const valid = (bytes: Buffer, address: MemoryAddress, most: number): DecodedInstruction[] => {
    if (bytes.length === 0) return [];
    let position = 0;
    try {
      return engine.disasm(bytes, address, most).map(({ size, mnemonic, op_str }) => {
        const at = position;
        position += size;
        const text = `${mnemonic} ${op_str}`.trim();
        return { address: offsetBy(address, at), bytes: bytes.subarray(at, at + size), text, invalid: false };
      });
    } catch {
      return [];
    }
  };

  return (bytes, address, most) => {
    const decoded: DecodedInstruction[] = [];
    let position = 0;
    while (position < bytes.length && decoded.length < most) {
      const found = valid(bytes.subarray(position), offsetBy(address, position), most - decoded.length);
      decoded.push(...found);
      position += found.reduce((sum, each) => sum + each.bytes.length, 0);
      const rest = bytes.length - position;
      if (rest === 0 || decoded.length >= most || (rest < LONGEST_INSTRUCTION && isCutOff(bytes, position)))
        break;
      decoded.push(dataByte(bytes, address, position));
      position += 1;
    }
    return decoded;
  };

  /** Bytes that would be an instruction if more of them followed. */
  function isCutOff(bytes: Buffer, position: number): boolean {
    const longer = Buffer.concat([bytes.subarray(position), Buffer.alloc(LONGEST_INSTRUCTION)]);
    const [first] = valid(longer, offsetBy(0n as MemoryAddress, 0), 1);
    return first !== undefined && first.bytes.length > bytes.length - position;
  }
}

/** The address that an instruction refers to; `isShown`: it stands in the text. */
export interface Reference {
  readonly address: MemoryAddress;
  readonly isShown: boolean;
}

/** Jumps and calls whose instruction tells where they go: their only operand is an address. */
const direct = /\b(?:call|j[a-z]+|loop[a-z]*|xbegin) (0x[0-9a-f]+|\d+)$/;

/** Relative to the next instruction (Intel SDM volume 2, section 2.2.1.6). What fs or gs add to it is not known here. */
const relative = /(?<![fg]s:)\[rip(?: ([+-]) (0x[0-9a-f]+|\d+))?\]/;

/** What an instruction refers to, by its text: where it jumps to, or what its operand relative to rip is in memory. */
export function referenceIn({ address, bytes, text, invalid }: DecodedInstruction): Reference | undefined {
  if (invalid) return undefined;
  const [, target] = direct.exec(text) ?? [];
  if (target !== undefined) return { address: memoryAddress(BigInt(target)), isShown: true };
  const operand = relative.exec(text);
  if (operand === null) return undefined;
  const [, sign, distance = "0"] = operand;
  const from = offsetBy(address, bytes.length);
  return { address: offsetBy(from, (sign === "-" ? -1n : 1n) * BigInt(distance)), isShown: false };
}

function dataByte(bytes: Buffer, address: MemoryAddress, position: number): DecodedInstruction {
  const byte = bytes.subarray(position, position + 1);
  return {
    address: offsetBy(address, position),
    bytes: byte,
    text: `.byte 0x${byte.toString("hex")}`,
    invalid: true,
  };
}
