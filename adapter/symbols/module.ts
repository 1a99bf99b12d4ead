/** Opening ELF files: the front door of the symbols room. */
import { getSystemErrorName } from "node:util";
import { fileBytes, memoryBytes, readElfFile } from "./elfFile";
import { ElfModule } from "./elfModule";
import { ShimModule, shimOpen, shimOpenImage } from "./shim";
import { SymbolError } from "./types";
import type { SymbolModule } from "./types";

const openErrors: Readonly<Record<string, string>> = {
  ENOENT: "There is no file {}; build it or correct the path.",
  ENOTDIR: "There is no file {}; build it or correct the path.",
  EACCES: "{} may not be read by this user; give it read permission (chmod +r).",
  EISDIR: "{} is a directory; give the path of an executable in it.",
  ELOOP: "{} is a loop of symbolic links; correct the path.",
};

function describeError(path: string, error: unknown): SymbolError {
  if (error instanceof SymbolError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const sentence = openErrors[code] ?? `{} cannot be read${code === "" ? "" : ` (${code})`}; check the file.`;
  return new SymbolError(sentence.replace("{}", path));
}

function checkedHandle(path: string, handle: number): number {
  if (handle > 0) return handle;
  if (-handle === 8)
    throw new SymbolError(`${path} is broken: its ELF structure cannot be read; build or copy it again.`);
  throw describeError(path, Object.assign(new Error(), { code: getSystemErrorName(handle) }));
}

/**
 * Opens an ELF program or shared library.
 * @throws SymbolError with one sentence: no such file, no read right, not ELF, another architecture, broken or cut off.
 */
export function openModule(path: string): SymbolModule {
  try {
    const elf = readElfFile(path, fileBytes(path));
    return new ElfModule(path, elf, new ShimModule(checkedHandle(path, shimOpen(path))));
  } catch (error) {
    throw describeError(path, error);
  }
}

/**
 * Opens an ELF image that was read from memory, as the vDSO; `name` stands where a path would.
 * @throws SymbolError as openModule does.
 */
export function openModuleImage(name: string, bytes: Buffer): SymbolModule {
  const elf = readElfFile(name, memoryBytes(bytes));
  const handle = shimOpenImage(name, bytes, BigInt(bytes.length));
  return new ElfModule(name, elf, new ShimModule(checkedHandle(name, handle)));
}
