/** The only importer of ffi-rs: binds the functions of native-shim (see native-shim/shim.h for the ABI). */
import { existsSync } from "node:fs";
import path from "node:path";
import { DataType, load, open } from "ffi-rs";
import { CallBlock, type CallValue } from "./callBlock";

const LIBRARY = "forkpoint";
const LIBRARY_FILE = "libforkpoint.so";

interface ParameterValues {
  i32: number;
  i64: bigint;
  string: string;
  buffer: Buffer;
}

/** How a parameter crosses: int32_t, int64_t (any 64 bits), const char *, uint8_t * (of a Buffer that stays alive). */
export type ShimParameter = keyof ParameterValues;

type Arguments<P extends readonly ShimParameter[]> = { [K in keyof P]: ParameterValues[P[K]] };

/** What crosses as it is, before there is a block: everything else stands in the block. */
function cross(funcName: string, bytes: Buffer): number {
  const paramsType = [DataType.U8Array];
  return load({ library: LIBRARY, funcName, retType: DataType.I64, paramsType, paramsValue: [bytes] });
}

let shared: CallBlock | undefined;

function openLibrary(): CallBlock {
  const candidates = [path.join(__dirname, "native"), path.join(__dirname, "..", "dist", "native")];
  const file = candidates.map((folder) => path.join(folder, LIBRARY_FILE)).find(existsSync);
  if (file === undefined) throw new Error(`${LIBRARY_FILE} is missing; run 'npm run build'.`);
  open({ library: LIBRARY, path: file });
  const block = new CallBlock((bytes) => cross("fp_address", bytes));
  cross("fp_share_block", block.bytes);
  return block;
}

function addressOfFunction(name: string): number {
  const address = cross("fp_function", withEnd(name));
  if (address < 0) throw new Error(`${LIBRARY_FILE} has no ${name}; run 'npm run build'.`);
  return address;
}

function withEnd(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}

const theCall = {
  library: LIBRARY,
  funcName: "fp_call",
  retType: DataType.I64 as const,
  paramsType: [],
  paramsValue: [],
};

/**
 * A function of the shim, ready to call from the main thread. Every shim function returns int64_t: a result of zero
 * or more, or -errno. A call costs about 2 us.
 */
export function shimFunction<const P extends readonly ShimParameter[]>(
  name: string,
  parameters: P,
): (...values: Arguments<P>) => number {
  const hasText = (parameters as readonly ShimParameter[]).includes("string");
  let address = 0;
  return (...values) => {
    const block = (shared ??= openLibrary());
    if (address === 0) address = addressOfFunction(name);
    const all = values as readonly (string | CallValue)[];
    const crossing = hasText ? all.map((each) => (typeof each === "string" ? withEnd(each) : each)) : all;
    block.write(address, crossing as readonly CallValue[]);
    const result = load(theCall);
    block.read();
    return result;
  };
}
