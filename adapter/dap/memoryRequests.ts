/** Requests on memory, machine code and modules. */
import path from "node:path";
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { SourcePaths } from "../debugger/modules/sourcePaths";
import { UserError, type EvaluationContext } from "../debugger/types";
import { symbolSuffix } from "../debugger/values/formatScalars";
import { formatAddress, offsetBy, toFile, type MemoryAddress } from "../target/addresses";
import { optionalCount, optionalWholeNumber, text, wholeNumber, type SessionContext } from "./context";
import { parseAddress, toModuleDetails, toSource } from "./convert";
import { disassemble, moduleAt, type CodeLine } from "./disassembly";
import type { Handlers } from "./requests";
import { referenceIn, x86Decoder } from "./x86Disassembler";

/** The most that one request reads, in bytes; a client asks again for what is missing. */
const mostBytes = 16 << 20;

/**
 * The most instructions of one request: many times what a client shows, and decoded in less than a second. DAP wants
 * exactly as many as were asked for, so that more are refused.
 */
const mostInstructions = 10_000;

/** @param sourcePaths where source files are on this machine. */
export function memoryRequests(context: SessionContext, sourcePaths: () => SourcePaths): Handlers {
  return {
    readMemory({ memoryReference, offset, count }) {
      const address = addressOf(memoryReference, offset);
      const wanted = Math.min(optionalCount(wholeNumber(count, "count"), "count", 0), mostBytes);
      if (!context.stopped || wanted === 0) return { address: formatAddress(address) };
      const data = context.debugger.readMemory(address, wanted);
      const missing = wanted - data.length;
      const unreadable = missing > 0 ? { unreadableBytes: missing } : {};
      return { address: formatAddress(address), data: data.toString("base64"), ...unreadable };
    },
    writeMemory({ memoryReference, offset, data, allowPartial }) {
      const address = addressOf(memoryReference, offset);
      const bytes = bytesOf(text(data, "data"));
      context.requireProgram();
      const room = allowPartial ? context.debugger.readMemory(address, bytes.length).length : bytes.length;
      context.debugger.writeMemory(address, bytes.subarray(0, room));
      return { bytesWritten: room };
    },
    disassemble: (args) => disassembleRequest(context, sourcePaths, args),
    modules({ startModule, moduleCount }) {
      const all = context.debugger.modules;
      const start = optionalCount(startModule, "startModule", 0);
      const count = optionalCount(moduleCount, "moduleCount", 0) || all.length;
      return { modules: all.slice(start, start + count).map(toModuleDetails), totalModules: all.length };
    },
    loadedSources() {
      const paths = sourcePaths();
      const files = context.debugger.modules.flatMap(({ symbols }) => symbols.sourceFiles());
      const local = new Set(files.map((file) => paths.local(file)));
      // A relative path names no file, as in a stack frame.
      return { sources: [...local].filter((file) => path.isAbsolute(file)).map(toSource) };
    },
  };
}

async function disassembleRequest(
  context: SessionContext,
  sourcePaths: () => SourcePaths,
  args: DebugProtocol.DisassembleArguments,
): Promise<DebugProtocol.DisassembleResponse["body"]> {
  const address = addressOf(args.memoryReference, args.offset);
  const first = optionalWholeNumber(args.instructionOffset, "instructionOffset", 0);
  if (Math.abs(first) > mostInstructions)
    throw new UserError(`"instructionOffset" is beyond ${mostInstructions}.`);
  const count = optionalCount(wholeNumber(args.instructionCount, "instructionCount"), "instructionCount", 0);
  if (count > mostInstructions)
    throw new UserError(`"instructionCount" is more than ${mostInstructions}: ask for fewer at a time.`);
  const decode = await x86Decoder();
  if (!context.stopped) return { instructions: [] };
  const { debugger: core } = context;
  const source = {
    modules: core.modules,
    read: (at: MemoryAddress, length: number) => core.readMemory(at, length),
  };
  const lines = disassemble(source, decode, address, first, count);
  const describe = describer(context, sourcePaths(), args.resolveSymbols ?? true);
  return { instructions: lines.map(describe) };
}

/** Names the symbol and the source file where they change, as VS Code's disassembly view wants it. */
function describer(context: SessionContext, sourcePaths: SourcePaths, resolveSymbols: boolean) {
  const program = context.debugger.contextFor(undefined, false);
  let lastPath: string | undefined;
  let lastSymbol: string | undefined;
  return (line: CodeLine): DebugProtocol.DisassembledInstruction => {
    const module = line.unreadable ? undefined : moduleAt(context.debugger.modules, line.address);
    const file = module && toFile(line.address, module.bias);
    const entry = file === undefined ? undefined : module?.symbols.lineAt(file);
    const symbol = resolveSymbols && file !== undefined ? module?.symbols.elfSymbolAt(file) : undefined;
    const offset = symbol && file !== undefined ? file - symbol.address : 0n;
    const named =
      symbol && symbol.name !== lastSymbol ? { symbol: withOffset(symbol.displayName, offset) } : {};
    lastSymbol = symbol?.name;
    const local = entry && sourcePaths.local(entry.file);
    const source = local !== undefined && path.isAbsolute(local) ? local : undefined;
    const location = source !== undefined && source !== lastPath ? { location: toSource(source) } : {};
    lastPath = source ?? lastPath;
    return {
      address: formatAddress(line.address),
      instruction: resolveSymbols ? withReference(line, program) : line.text,
      ...(line.bytes.length > 0 ? { instructionBytes: spaced(line.bytes) } : {}),
      ...named,
      ...(entry && source !== undefined && entry.line > 0 ? { ...location, line: entry.line } : {}),
      ...(line.invalid ? { presentationHint: "invalid" as const } : {}),
    };
  };
}

/** An instruction with the name of what it refers to, as GDB shows it. */
function withReference(line: CodeLine, program: EvaluationContext): string {
  const reference = referenceIn(line);
  if (reference === undefined) return line.text;
  const { address, isShown } = reference;
  const name = symbolSuffix(address, program);
  return isShown ? line.text + name : `${line.text}  # ${formatAddress(address)}${name}`;
}

function withOffset(name: string, offset: bigint): string {
  return offset === 0n ? name : `${name}+${offset}`;
}

function spaced(bytes: Buffer): string {
  return bytes.toString("hex").replace(/..(?=.)/g, "$& ");
}

/** The bytes of base64 (RFC 4648, section 4), which Node reads leniently. Throws UserError when it is none. */
function bytesOf(base64: string): Buffer {
  const bytes = Buffer.from(base64, "base64");
  if (bytes.toString("base64") === base64) return bytes;
  throw new UserError(
    '"data" is not base64 in groups of four characters with = at the end: nothing was written.',
  );
}

function addressOf(reference: unknown, offset: unknown): MemoryAddress {
  const address = parseAddress(text(reference, "memoryReference"));
  if (address === undefined) throw new UserError(`${JSON.stringify(reference)} is not a memory address.`);
  return offsetBy(address, optionalWholeNumber(offset, "offset", 0));
}
