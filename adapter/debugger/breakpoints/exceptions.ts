/** Where C++ throws and catches, and Rust panics: breakpoints on the functions of their run-time libraries that all of it goes through. */
import { memoryAddress, toFile } from "../../target/addresses";
import type { Target } from "../../target/target";
import type { ModuleList } from "../types";

export interface ExceptionFilter {
  /** As DAP names it (ExceptionBreakpointsFilter). */
  readonly id: string;
  readonly label: string;
  readonly description: string;
  /** In whichever of these the library has it. */
  readonly functionNames: readonly string[];
  /** What a stop there is called; the exception's type stands behind it. */
  readonly stop: string;
}

export const exceptionFilters: readonly ExceptionFilter[] = [
  {
    id: "cpp_throw",
    label: "C++: on throw",
    description: "Stops where a C++ exception is thrown.",
    functionNames: ["__cxa_throw"],
    stop: "C++ exception thrown",
  },
  {
    id: "cpp_catch",
    label: "C++: on catch",
    description: "Stops where a C++ exception is caught.",
    functionNames: ["__cxa_begin_catch"],
    stop: "C++ exception caught",
  },
  {
    id: "rust_panic",
    label: "Rust: on panic",
    description: "Stops where Rust code panics, once the message is written.",
    // Mangled since Rust 1.87.
    functionNames: ["rust_panic", "__rustc::rust_panic"],
    stop: "Rust panic",
  },
];

/** DWARF's numbers of the registers with the first two arguments (psABI figures 3.4 and 3.36). */
const RDI = 5;
const RSI = 4;

/** From _Unwind_Exception back to the type in __cxa_exception, which it ends (Itanium C++ ABI: Exception Handling, 2.2.1). */
const TYPE_BEFORE_HEADER = 80n;

/** Where the std::type_info of the exception is that a thread is at, at a function's first instruction. */
function typeInfo({ id }: ExceptionFilter, threadId: number, target: Target): bigint | undefined {
  const registers = target.registers(threadId);
  if (id === "cpp_throw") return registers.byDwarf(RSI);
  const header = id === "cpp_catch" ? registers.byDwarf(RDI) : undefined;
  if (header === undefined || header < TYPE_BEFORE_HEADER) return undefined;
  const bytes = target.memory.read(memoryAddress(header - TYPE_BEFORE_HEADER), 8);
  return bytes.length === 8 ? bytes.readBigUInt64LE(0) : undefined;
}

/** The type of the exception that a thread is at, `std::runtime_error`; undefined: a panic, or nobody names it. */
export function exceptionType(
  filter: ExceptionFilter,
  threadId: number,
  target: Target,
  modules: ModuleList,
): string | undefined {
  const found = typeInfo(filter, threadId, target);
  if (found === undefined) return undefined;
  const address = memoryAddress(found);
  const module = modules.at(address);
  const name = module?.symbols.elfSymbolAt(toFile(address, module.bias))?.displayName;
  return /^typeinfo for (.*)$/.exec(name ?? "")?.[1];
}
