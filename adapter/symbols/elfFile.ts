/** ELF headers: what kind of file it is, its segments, and the bytes it gives (elf(5)). */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { fileAddress } from "../target/addresses";
import type { FileAddress } from "../target/addresses";
import { SymbolError } from "./types";
import type { FileRange, Segment } from "./types";

const HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
const ELFCLASS64 = 2;
const ELFDATA2LSB = 1;
const EM_X86_64 = 62;
const ET_EXEC = 2;
const ET_DYN = 3;
const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const PT_NOTE = 4;
const PT_TLS = 7;
const NT_GNU_BUILD_ID = 3;
const LARGEST_NOTES = 1 << 16;

const machines: Readonly<Record<number, string>> = {
  2: "SPARC",
  3: "32-bit x86",
  8: "MIPS",
  20: "PowerPC",
  21: "64-bit PowerPC",
  22: "S/390",
  40: "32-bit Arm",
  42: "SuperH",
  43: "64-bit SPARC",
  50: "Itanium",
  183: "AArch64 (64-bit Arm)",
  243: "RISC-V",
  247: "BPF",
  258: "LoongArch",
};

/** Where the bytes of an image come from: a file or memory. */
export interface ImageBytes {
  readonly size: number;
  /** Fewer bytes than asked for at the end. */
  read(offset: number, length: number): Buffer;
}

interface ProgramHeader {
  readonly type: number;
  readonly flags: number;
  readonly offset: bigint;
  readonly address: bigint;
  readonly fileSize: bigint;
  readonly memorySize: bigint;
}

/** The headers of one ELF image. */
export interface ElfFile {
  readonly positionIndependent: boolean;
  readonly entry: FileAddress;
  readonly interpreter?: string;
  readonly segments: readonly Segment[];
  readonly dynamicSection?: FileAddress;
  readonly threadLocals?: FileRange;
  readonly buildId?: string;
  bytesAt(address: FileAddress, length: number): Buffer;
}

/** A file's bytes, read when asked for; it is opened each time, so that nothing stays open. */
export function fileBytes(path: string): ImageBytes {
  const withFile = <T>(use: (fd: number) => T): T => {
    const fd = openSync(path, "r");
    try {
      return use(fd);
    } finally {
      closeSync(fd);
    }
  };
  const stat = withFile((fd) => fstatSync(fd));
  if (!stat.isFile()) throw new SymbolError(`${path} is not a regular file; give the path of an executable.`);
  return {
    size: stat.size,
    read: (offset, length) =>
      withFile((fd) => {
        const bytes = Buffer.alloc(Math.max(0, Math.min(length, stat.size - offset)));
        return bytes.subarray(0, bytes.length === 0 ? 0 : readSync(fd, bytes, 0, bytes.length, offset));
      }),
  };
}

/** The bytes of an image in memory. */
export function memoryBytes(image: Buffer): ImageBytes {
  return { size: image.length, read: (offset, length) => image.subarray(offset, offset + length) };
}

function checkHeader(name: string, header: Buffer): void {
  if (header.length < 4 || header.readUInt32BE(0) !== 0x7f454c46) {
    throw new SymbolError(`${name} is not an ELF file; give a program that a compiler made for Linux.`);
  }
  if (header.length < 20) {
    throw new SymbolError(`${name} ends in the middle of its ELF header; build or copy it again.`);
  }
  const machine = header.readUInt8(5) === ELFDATA2LSB ? header.readUInt16LE(18) : header.readUInt16BE(18);
  if (machine !== EM_X86_64) {
    const called = machines[machine] ?? `ELF machine ${machine}`;
    throw new SymbolError(
      `${name} is for another architecture: ${called}; only x86-64 programs can be debugged.`,
    );
  }
  if (header.readUInt8(4) !== ELFCLASS64) {
    throw new SymbolError(
      `${name} is for another architecture: x32; only 64-bit x86-64 programs can be debugged.`,
    );
  }
  if (header.length < HEADER_SIZE) {
    throw new SymbolError(`${name} ends in the middle of its ELF header; build or copy it again.`);
  }
  const type = header.readUInt16LE(16);
  if (type !== ET_EXEC && type !== ET_DYN) {
    throw new SymbolError(
      `${name} is an ELF file but neither a program nor a shared library; link it first.`,
    );
  }
}

function readProgramHeaders(name: string, image: ImageBytes, header: Buffer): ProgramHeader[] {
  const offset = Number(header.readBigUInt64LE(32));
  const size = header.readUInt16LE(54);
  const count = header.readUInt16LE(56);
  const table = image.read(offset, size * count);
  if (size < PROGRAM_HEADER_SIZE || count === 0 || table.length < size * count) {
    throw new SymbolError(
      `${name} is broken or cut off: its program headers are not there; build or copy it again.`,
    );
  }
  return Array.from({ length: count }, (_, index) => {
    const at = index * size;
    return {
      type: table.readUInt32LE(at),
      flags: table.readUInt32LE(at + 4),
      offset: table.readBigUInt64LE(at + 8),
      address: table.readBigUInt64LE(at + 16),
      fileSize: table.readBigUInt64LE(at + 32),
      memorySize: table.readBigUInt64LE(at + 40),
    };
  });
}

function toSegment(header: ProgramHeader): Segment {
  return {
    range: rangeOf(header),
    fileOffset: header.offset,
    fileSize: header.fileSize,
    executable: (header.flags & 1) !== 0,
    writable: (header.flags & 2) !== 0,
  };
}

function rangeOf({ address, memorySize }: ProgramHeader): FileRange {
  return { low: fileAddress(address), high: fileAddress(address + memorySize) };
}

function buildIdIn(notes: Buffer): string | undefined {
  for (let at = 0; at + 12 <= notes.length;) {
    const nameSize = notes.readUInt32LE(at);
    const size = notes.readUInt32LE(at + 4);
    const start = at + 12 + Math.ceil(nameSize / 4) * 4;
    const isGnu = notes.toString("latin1", at + 12, at + 16) === "GNU\0";
    if (isGnu && notes.readUInt32LE(at + 8) === NT_GNU_BUILD_ID) {
      return notes.toString("hex", start, start + size);
    }
    at = start + Math.ceil(size / 4) * 4;
  }
  return undefined;
}

function findBuildId(image: ImageBytes, headers: readonly ProgramHeader[]): string | undefined {
  for (const header of headers) {
    if (header.type !== PT_NOTE) continue;
    const size = Math.min(Number(header.fileSize), LARGEST_NOTES);
    const id = buildIdIn(image.read(Number(header.offset), size));
    if (id !== undefined) return id;
  }
  return undefined;
}

/**
 * Reads an image's headers.
 * @throws SymbolError with a sentence: not ELF, another architecture, not a program or library, cut off.
 */
export function readElfFile(name: string, image: ImageBytes): ElfFile {
  const header = image.read(0, HEADER_SIZE);
  checkHeader(name, header);
  const headers = readProgramHeaders(name, image, header);
  const segments = headers.filter(({ type }) => type === PT_LOAD).map(toSegment);
  const cutOff = segments.find(({ fileOffset, fileSize }) => fileOffset + fileSize > BigInt(image.size));
  if (cutOff !== undefined) {
    throw new SymbolError(
      `${name} is cut off: its segments reach past the file's end; build or copy it again.`,
    );
  }
  const find = (wanted: number): ProgramHeader | undefined => headers.find(({ type }) => type === wanted);
  const interpreter = find(PT_INTERP);
  const dynamic = find(PT_DYNAMIC);
  const threadLocal = find(PT_TLS);
  const buildId = findBuildId(image, headers);
  return {
    positionIndependent: header.readUInt16LE(16) === ET_DYN,
    entry: fileAddress(header.readBigUInt64LE(24)),
    segments,
    ...(interpreter && { interpreter: readInterpreter(image, interpreter) }),
    ...(dynamic && { dynamicSection: fileAddress(dynamic.address) }),
    ...(threadLocal && { threadLocals: rangeOf(threadLocal) }),
    ...(buildId !== undefined && { buildId }),
    bytesAt: (address, length) => bytesAt(image, segments, address, length),
  };
}

function readInterpreter(image: ImageBytes, header: ProgramHeader): string {
  const bytes = image.read(Number(header.offset), Math.min(Number(header.fileSize), 4096));
  return bytes.toString("utf8").replace(/\0[^]*$/, "");
}

function bytesAt(
  image: ImageBytes,
  segments: readonly Segment[],
  address: FileAddress,
  length: number,
): Buffer {
  const segment = segments.find(
    ({ range, fileSize }) => address >= range.low && address < range.low + fileSize,
  );
  if (segment === undefined) return Buffer.alloc(0);
  const into = address - segment.range.low;
  const left = Number(segment.fileSize - into);
  return image.read(Number(segment.fileOffset + into), Math.min(length, left));
}
