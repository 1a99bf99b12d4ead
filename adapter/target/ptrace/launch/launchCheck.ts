/** Whether a file can be a program that is debugged here, before anything is started. */
import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  statSync,
  type Stats,
} from "node:fs";
import { TargetError } from "../../target";

const ELF_MAGIC = 0x7f454c46;
/** The lengths of an ELF header and of a program header of 64-bit files. */
const HEADER = 64;
const PROGRAM_HEADER = 56;
const ET_REL = 1;
const ELFCLASS32 = 1;
const ELFCLASS64 = 2;
const PT_LOAD = 1;
/** What is behind the end of a file's last page cannot be touched. */
const PAGE = 4096n;
const EM_386 = 3;
const EM_X86_64 = 62;

/** Throws TargetError with a sentence that says what is wrong and what to do. */
export function checkProgram(program: string): void {
  const status = statusOf(program);
  if (!status.isFile()) {
    const what = status.isDirectory() ? "a folder" : "no regular file";
    throw new TargetError(`${program} is ${what}; set "program" to an executable file.`);
  }
  const wrong = wrongFormat(program);
  if (wrong !== undefined) throw new TargetError(`${program} ${wrong}`);
  try {
    accessSync(program, constants.X_OK);
  } catch {
    throw new TargetError(notExecutable(program));
  }
}

/** What is said of a file without the right to execute it. */
export function notExecutable(program: string): string {
  return `${program} may not be executed; 'chmod +x' makes it executable.`;
}

function statusOf(program: string): Stats {
  try {
    return statSync(program);
  } catch (error) {
    throw new TargetError(unreachable(program, errorCode(error)));
  }
}

/** The errors of a path are path_resolution(7)'s. */
function unreachable(program: string, code: string): string {
  switch (code) {
    case "ENOENT":
      return `There is no program ${program}; build it, or correct "program".`;
    case "ENOTDIR":
      return `There is no program ${program}: a part of its path is a file and no folder; correct "program".`;
    case "ELOOP":
      return `${program} cannot be found: symbolic links on its path lead in a circle; mend them, or correct "program".`;
    case "ENAMETOOLONG":
      return `There is no program of the name given: it is too long for a file (${program.length} characters); correct "program".`;
    case "EACCES":
      return `${program} cannot be reached: a folder on its path may not be entered; allow that with 'chmod +x', or correct "program".`;
    default:
      return `${program} cannot be looked at (${code}); correct "program", or make the file readable.`;
  }
}

function errorCode(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  throw error;
}

/** What is wrong with an executable's headers, or undefined, also when they may not be read. Offsets and values are elf(5)'s. */
function wrongFormat(program: string): string | undefined {
  try {
    const descriptor = openSync(program, "r");
    try {
      return wrongHeaders(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}

function wrongHeaders(descriptor: number): string | undefined {
  const header = readFrom(descriptor, 0, HEADER);
  if (header.toString("latin1", 0, 2) === "#!")
    return `is a script; set "program" to its interpreter and put the script into "args".`;
  if (header.length < 20 || header.readUInt32BE(0) !== ELF_MAGIC)
    return 'is not an ELF file; set "program" to a compiled program.';
  const machine = wrongMachine(header);
  if (machine !== undefined) return machine;
  if (header.readUInt16LE(16) === ET_REL)
    return 'is an object file; set "program" to the program that it is linked into.';
  return isCutOff(descriptor, header) ? "is cut off; build it anew, or copy it again." : undefined;
}

function readFrom(descriptor: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(descriptor, bytes, 0, length, position));
}

function wrongMachine(header: Buffer): string | undefined {
  const machine = header.readUInt16LE(18);
  if (header[4] === ELFCLASS64 && machine === EM_X86_64) return undefined;
  if (header[4] === ELFCLASS32 && (machine === EM_X86_64 || machine === EM_386)) {
    const option = machine === EM_386 ? "-m32" : "-mx32";
    return `is a 32-bit program; Forkpoint debugs 64-bit x86-64 programs: build it without ${option}.`;
  }
  return `is built for another machine (ELF machine ${machine}); Forkpoint debugs 64-bit x86-64 programs.`;
}

/** Whether the program headers are not all there, or pages that they have loaded begin behind the end of the file. */
function isCutOff(descriptor: number, header: Buffer): boolean {
  const size = BigInt(fstatSync(descriptor).size);
  if (header.length < HEADER) return true;
  const count = header.readUInt16LE(56);
  // The kernel refuses another size.
  if (header.readUInt16LE(54) !== PROGRAM_HEADER) return false;
  const start = header.readBigUInt64LE(32);
  if (start + BigInt(count * PROGRAM_HEADER) > size) return true;
  const pages = (size + PAGE - 1n) / PAGE;
  const table = readFrom(descriptor, Number(start), count * PROGRAM_HEADER);
  for (let at = 0; at + PROGRAM_HEADER <= table.length; at += PROGRAM_HEADER) {
    const end = table.readBigUInt64LE(at + 8) + table.readBigUInt64LE(at + 32);
    if (table.readUInt32LE(at) === PT_LOAD && end > pages * PAGE) return true;
  }
  return false;
}
