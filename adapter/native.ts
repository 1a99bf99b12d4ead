/** The only importer of ffi-rs: binds the functions of native-shim (see native-shim/shim.h for the ABI). */
import { existsSync } from "node:fs";
import path from "node:path";
import { DataType, load, open } from "ffi-rs";

const LIBRARY = "forkpoint";
const LIBRARY_FILE = "libforkpoint.so";

const dataTypes = {
  i32: DataType.I32,
  i64: DataType.BigInt,
  string: DataType.String,
  buffer: DataType.U8Array,
} as const;

interface ParameterValues {
  i32: number;
  i64: bigint;
  string: string;
  buffer: Buffer;
}

/** How a parameter crosses: int32_t, int64_t (any 64 bits), const char *, uint8_t * (of a Buffer that stays alive). */
export type ShimParameter = keyof ParameterValues;

type Arguments<P extends readonly ShimParameter[]> = { [K in keyof P]: ParameterValues[P[K]] };

let opened = false;

function openLibrary(): void {
  if (opened) return;
  const candidates = [path.join(__dirname, "native"), path.join(__dirname, "..", "dist", "native")];
  const file = candidates.map((folder) => path.join(folder, LIBRARY_FILE)).find(existsSync);
  if (file === undefined) throw new Error(`${LIBRARY_FILE} is missing; run 'npm run build'.`);
  open({ library: LIBRARY, path: file });
  opened = true;
}

/**
 * A function of the shim, ready to call from the main thread. Every shim function returns int64_t: a result of zero
 * or more, or -errno. A call costs about 4 us, a Buffer among its arguments 4 us more.
 */
export function shimFunction<const P extends readonly ShimParameter[]>(
  name: string,
  parameters: P,
): (...values: Arguments<P>) => number {
  const paramsType = parameters.map((parameter) => dataTypes[parameter]);
  return (...values) => {
    openLibrary();
    const paramsValue = (values as readonly unknown[]).map((value) =>
      typeof value === "bigint" ? BigInt.asIntN(64, value) : value,
    );
    return load({ library: LIBRARY, funcName: name, retType: DataType.I64, paramsType, paramsValue });
  };
}
