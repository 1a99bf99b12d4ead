/** Functions of C libraries that read threads' ids, told by their code. */
import { Register } from "../shim";
import type { Library } from "./lockOwners";
import { BY_CODE } from "./prologuesX64";

/** ModRM: a register and a displacement of 8 or 32 bits, and (Intel SDM volume 2, table 2-2) whether a SIB byte follows. */
const BYTE_DISPLACED = 0x40;
const FAR_DISPLACED = 0x80;
const WITH_SIB = 4;
/** A displacement of 32 bits and nothing else: behind a segment prefix, %fs:offset. */
const ABSOLUTE = 0x25;
/** mov and movslq to a register, cmp with one either way. */
const READS: readonly (number | undefined)[] = [0x8b, 0x63, 0x3b, 0x39];
/** REX, and its bit that a register from r8 on has. */
const REX = 0x40;
const REX_MASK = 0xf0;
const REX_R = 4;

/**
 * The registers that code reads ids to.
 *
 * @param offset where in a thread's own structure its id is
 */
export function registersReadTo(code: Buffer, library: Library, offset: number): ReadonlySet<number> {
  if (library === "musl") {
    const places = occurrences(code, Buffer.from([offset]));
    return new Set(places.flatMap((at) => readDisplaced(code, at, BYTE_DISPLACED)));
  }
  const displacement = Buffer.alloc(4);
  displacement.writeInt32LE(offset);
  return new Set(
    occurrences(code, displacement).flatMap((at) => [
      ...readAbsolute(code, at),
      ...readDisplaced(code, at, FAR_DISPLACED),
    ]),
  );
}

/** Of such an instruction with %fs:offset, by the place of the offset. */
function readAbsolute(code: Buffer, at: number): number[] {
  const [sib, modRm = 0] = [code[at - 1], code[at - 2]];
  return sib === ABSOLUTE && (modRm & 0xc7) === WITH_SIB && READS.includes(code[at - 3])
    ? [register(modRm, code[at - 4])]
    : [];
}

/** Of such an instruction with offset(register). */
function readDisplaced(code: Buffer, at: number, displaced: number): number[] {
  const near = code[at - 1] ?? 0;
  const far = code[at - 2] ?? 0;
  if ((near & 0xc0) === displaced && (near & 7) !== WITH_SIB && READS.includes(far))
    return [register(near, code[at - 3])];
  return (far & 0xc7) === (displaced | WITH_SIB) && READS.includes(code[at - 3])
    ? [register(far, code[at - 4])]
    : [];
}

function register(modRm: number, before = 0): number {
  const high = (before & REX_MASK) === REX && (before & REX_R) !== 0 ? 8 : 0;
  return BY_CODE[((modRm >> 3) & 7) + high] ?? Register.rax;
}

function occurrences(code: Buffer, bytes: Buffer): number[] {
  const all: number[] = [];
  for (let at = code.indexOf(bytes); at >= 0; at = code.indexOf(bytes, at + 1)) all.push(at);
  return all;
}
