/** The shim's symbol functions (native-shim/shim_symbols.h) and the reading of their answers. */
import { shimFunction } from "../native";

const close = shimFunction("fp_symbols_close", ["i64"]);
const fetchAnswer = shimFunction("fp_symbols_fetch", ["i64", "buffer", "i64"]);
const unitCount = shimFunction("fp_symbols_unit_count", ["i64"]);
const unitAt = shimFunction("fp_symbols_unit_at", ["i64", "i64"]);

const plain = ["i64", "buffer", "i64"] as const;
const numbered = ["i64", "i64", "buffer", "i64"] as const;
const debugFile = shimFunction("fp_symbols_debug_file", plain);
const damage = shimFunction("fp_symbols_damage", plain);
const sourceFiles = shimFunction("fp_symbols_source_files", plain);
const elfAt = shimFunction("fp_symbols_elf_at", numbered);
const unit = shimFunction("fp_symbols_unit", numbered);
const unitFunctions = shimFunction("fp_symbols_unit_functions", numbered);
const unitVariables = shimFunction("fp_symbols_unit_variables", numbered);
const unitAliases = shimFunction("fp_symbols_unit_aliases", numbered);
const unitStatics = shimFunction("fp_symbols_unit_statics", numbered);
const qualifier = shimFunction("fp_symbols_qualifier", numbered);
const files = shimFunction("fp_symbols_files", numbered);
const lines = shimFunction("fp_symbols_lines", numbered);
const callFrame = shimFunction("fp_symbols_call_frame", numbered);
const elfNamed = shimFunction("fp_symbols_elf_named", ["i64", "string", "buffer", "i64"]);
const elfContaining = shimFunction("fp_symbols_elf_containing", ["i64", "string", "buffer", "i64"]);
const prefixed = shimFunction("fp_symbols_prefixed", ["i64", "string", "i32", "i32", "buffer", "i64"]);
const instances = shimFunction("fp_symbols_instances", ["i64", "string", "i32", "buffer", "i64"]);
const instancesNamed = shimFunction("fp_symbols_instances_named", ["i64", "string", "i32", "buffer", "i64"]);
const named = shimFunction("fp_symbols_named", ["i64", "string", "i32", "i64", "buffer", "i64"]);
const inlined = shimFunction("fp_symbols_inlined", ["i64", "i64", "i64", "buffer", "i64"]);
const dies = shimFunction("fp_symbols_dies", ["i64", "i64", "i32", "buffer", "i64"]);
const location = shimFunction("fp_symbols_location", ["i64", "i64", "i32", "buffer", "i64"]);

/** Opens an ELF file; gives the shim's handle or -errno. */
export const shimOpen = shimFunction("fp_symbols_open", ["string"]);
/** Opens an ELF image in memory; gives the shim's handle or -errno. */
export const shimOpenImage = shimFunction("fp_symbols_open_image", ["string", "buffer", "i64"]);

/** Reads an answer's little-endian integers and strings from front to back. */
export class AnswerReader {
  private position = 0;

  constructor(
    private readonly bytesRead: Buffer,
    private readonly length: number,
  ) {}

  get at(): number {
    return this.position;
  }

  get more(): boolean {
    return this.position < this.length;
  }

  u8(): number {
    return this.bytesRead.readUInt8(this.advance(1));
  }

  u16(): number {
    return this.bytesRead.readUInt16LE(this.advance(2));
  }

  u32(): number {
    return this.bytesRead.readUInt32LE(this.advance(4));
  }

  u64(): bigint {
    return this.bytesRead.readBigUInt64LE(this.advance(8));
  }

  /** A u64 that is below 2^53. */
  reference(): number {
    return Number(this.u64());
  }

  /** A copy of the next bytes. */
  bytes(length: number): Buffer {
    const start = this.advance(length);
    return Buffer.from(this.bytesRead.subarray(start, start + length));
  }

  text(length: number): string {
    const start = this.advance(length);
    return this.bytesRead.toString("utf8", start, start + length);
  }

  /** A u32 length and as many bytes. */
  string(): string {
    return this.text(this.u32());
  }

  private advance(by: number): number {
    const start = this.position;
    this.position += by;
    return start;
  }
}

/** One open module of the shim. An answer is undefined where the file has no such information. */
export class ShimModule {
  private scratch = Buffer.alloc(1 << 16);
  private readonly handle: bigint;

  constructor(handle: number) {
    this.handle = BigInt(handle);
  }

  close(): void {
    close(this.handle);
  }

  debugFile(): string | undefined {
    const answer = this.ask((out, capacity) => debugFile(this.handle, out, capacity));
    return answer?.text;
  }

  damage(): string {
    return this.ask((out, capacity) => damage(this.handle, out, capacity))?.text ?? "";
  }

  unitCount(): number {
    return Math.max(0, unitCount(this.handle));
  }

  unitAt(address: bigint): number | undefined {
    const index = unitAt(this.handle, address);
    return index < 0 ? undefined : index;
  }

  sourceFiles(): AnswerReader | undefined {
    return this.read((out, capacity) => sourceFiles(this.handle, out, capacity));
  }

  elfAt(address: bigint): AnswerReader | undefined {
    return this.read((out, capacity) => elfAt(this.handle, address, out, capacity));
  }

  elfNamed(name: string): AnswerReader | undefined {
    return this.read((out, capacity) => elfNamed(this.handle, name, out, capacity));
  }

  elfContaining(text: string): AnswerReader | undefined {
    return this.read((out, capacity) => elfContaining(this.handle, text, out, capacity));
  }

  unit(index: number): AnswerReader | undefined {
    return this.read((out, capacity) => unit(this.handle, BigInt(index), out, capacity));
  }

  unitFunctions(index: number): AnswerReader | undefined {
    return this.read((out, capacity) => unitFunctions(this.handle, BigInt(index), out, capacity));
  }

  unitAliases(index: number): AnswerReader | undefined {
    return this.read((out, capacity) => unitAliases(this.handle, BigInt(index), out, capacity));
  }

  unitStatics(index: number): AnswerReader | undefined {
    return this.read((out, capacity) => unitStatics(this.handle, BigInt(index), out, capacity));
  }

  unitVariables(index: number): AnswerReader | undefined {
    return this.read((out, capacity) => unitVariables(this.handle, BigInt(index), out, capacity));
  }

  inlined(unitIndex: number, reference: number): AnswerReader | undefined {
    return this.read((out, capacity) =>
      inlined(this.handle, BigInt(unitIndex), BigInt(reference), out, capacity),
    );
  }

  /** `unitIndex` -1 searches all units. */
  named(name: string, kinds: number, unitIndex: number): AnswerReader | undefined {
    return this.read((out, capacity) => named(this.handle, name, kinds, BigInt(unitIndex), out, capacity));
  }

  namesStartingWith(prefix: string, kinds: number, most: number): AnswerReader | undefined {
    return this.read((out, capacity) => prefixed(this.handle, prefix, kinds, most, out, capacity));
  }

  instances(name: string, kinds: number): AnswerReader | undefined {
    return this.read((out, capacity) => instances(this.handle, name, kinds, out, capacity));
  }

  instancesNamed(name: string, kinds: number): AnswerReader | undefined {
    return this.read((out, capacity) => instancesNamed(this.handle, name, kinds, out, capacity));
  }

  dies(reference: number, depth: number): AnswerReader | undefined {
    return this.read((out, capacity) => dies(this.handle, BigInt(reference), depth, out, capacity));
  }

  qualifier(reference: number): string {
    const answer = this.ask((out, capacity) => qualifier(this.handle, BigInt(reference), out, capacity));
    return answer?.text ?? "";
  }

  files(reference: number): AnswerReader | undefined {
    return this.read((out, capacity) => files(this.handle, BigInt(reference), out, capacity));
  }

  lines(unitIndex: number): AnswerReader | undefined {
    return this.read((out, capacity) => lines(this.handle, BigInt(unitIndex), out, capacity));
  }

  location(reference: number, attribute: number): AnswerReader | undefined {
    return this.read((out, capacity) => location(this.handle, BigInt(reference), attribute, out, capacity));
  }

  callFrame(address: bigint): AnswerReader | undefined {
    return this.read((out, capacity) => callFrame(this.handle, address, out, capacity));
  }

  private read(call: (out: Buffer, capacity: bigint) => number): AnswerReader | undefined {
    const answer = this.ask(call);
    return answer && new AnswerReader(answer.bytes, answer.bytes.length);
  }

  /** The answer stands in the scratch buffer, or in a larger one made for it alone, until the next call. */
  private ask(call: (out: Buffer, capacity: bigint) => number): { bytes: Buffer; text: string } | undefined {
    const length = call(this.scratch, BigInt(this.scratch.length));
    if (length < 0) return undefined;
    let bytes = this.scratch;
    if (length > bytes.length) {
      bytes = Buffer.alloc(length);
      if (fetchAnswer(this.handle, bytes, BigInt(length)) !== length) return undefined;
    }
    const answer = bytes.subarray(0, length);
    return {
      bytes: answer,
      get text() {
        return answer.toString("utf8");
      },
    };
  }
}
