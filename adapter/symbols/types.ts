/**
 * What the symbols room gives: plain objects about one ELF file and its debug information. It knows no process; all
 * addresses are the file's own. Everything is read when first asked for, and kept.
 */
import type { AddressRange, FileAddress } from "../target/addresses";
import type { Type, FunctionType } from "./sourceTypes";

/** The file cannot be used; a sentence for a person. */
export class SymbolError extends Error {}

export type FileRange = AddressRange<FileAddress>;

export interface Segment {
  readonly range: FileRange;
  readonly fileOffset: bigint;
  readonly fileSize: bigint;
  readonly executable: boolean;
  readonly writable: boolean;
}

/** One ELF file with its debug information, own or separate (by build id or debug link). */
export interface SymbolModule {
  readonly path: string;
  readonly buildId?: string;
  /** Where the debug information was found; absent: there is none. */
  readonly debugFile?: string;
  readonly positionIndependent: boolean;
  readonly entry: FileAddress;
  /** The dynamic linker's path (PT_INTERP); absent: static. */
  readonly interpreter?: string;
  readonly segments: readonly Segment[];
  /** The address of the dynamic section (PT_DYNAMIC). */
  readonly dynamicSection?: FileAddress;
  /** The image of the thread-local variables (PT_TLS), as long as a thread's copy; absent: there are none. */
  readonly threadLocals?: FileRange;
  /** A sentence about debug information that is damaged or missing, when some was met. Reading goes on without it. */
  readonly damage?: string;

  /** The compiler of its Rust code, with its version, as it calls itself (DW_AT_producer); undefined: it has no such code. */
  rustCompiler(): string | undefined;
  /** All source files that made code, absolute where the compiler said where it ran. */
  sourceFiles(): readonly string[];
  /** The line table row that covers an address. */
  lineAt(address: FileAddress): LineEntry | undefined;
  /** All contiguous ranges around an address that belong to its line (same file and line), for a step. */
  lineRangesAt(address: FileAddress): readonly FileRange[];
  /**
   * Where to stop for a source line: the line itself or the next one with code in the same function or file, with every
   * address a stop needs (one per function, inlined instance, or separate block), prologues skipped.
   * `file` must be one of `sourceFiles()`.
   */
  addressesForLine(file: string, line: number): { line: number; addresses: FileAddress[] } | undefined;
  /** Lines of a file in [from, to] that have code. */
  linesWithCode(file: string, from: number, to: number): readonly number[];

  /** The function (not inlined) that covers an address: from DWARF, else from the symbol table. */
  functionAt(address: FileAddress): FunctionSymbol | undefined;
  /** Functions by name: plain, qualified or linkage name; from DWARF, else from the symbol table. */
  functionsNamed(name: string): readonly FunctionSymbol[];
  /** Functions of the unit around an address by their own name alone: those of classes within functions, and all instances. */
  unitFunctionsNamed(name: string, near: FileAddress): readonly FunctionSymbol[];
  /**
   * Functions that a person may mean by a name: those of functionsNamed, in whatever namespaces and classes, and all
   * instances of a template whose arguments are left out (`max`, `Box::get`).
   */
  functionsMeant(name: string): readonly FunctionSymbol[];
  /** Those of them that debug information describes and a template was made into: their names end in its arguments. */
  instancesNamed(name: string): readonly FunctionSymbol[];
  /** Where inlined copies of such functions begin: further places for a breakpoint on the name. */
  inlinedEntries(name: string): readonly FileAddress[];
  /** What a function returns and takes; undefined when no debug information says so. */
  functionTypeOf(symbol: FunctionSymbol): FunctionType | undefined;
  /** Functions and file-level variables whose names begin with `prefix`, at most `limit`, for completion. */
  namesStartingWith(
    prefix: string,
    limit: number,
  ): readonly { name: string; kind: "function" | "variable" }[];
  /** The nearest symbol at or below an address, sized ones must cover it. */
  elfSymbolAt(address: FileAddress): ElfSymbol | undefined;
  elfSymbolNamed(name: string): ElfSymbol | undefined;
  /** Those of thread-local variables: their addresses are offsets in a thread's copy of the module's. */
  readonly threadLocalSymbols: readonly ElfSymbol[];

  /** Inlined calls active at an address, innermost first. */
  inlinedCallsAt(address: FileAddress): readonly InlinedCall[];
  /**
   * The scopes around an address, innermost first, up to and including the function (or, for `inlined`, up to that
   * inlined call: level 0 is the innermost inlined call's own scopes, the last level the physical function's).
   */
  scopesAt(address: FileAddress, level: number): readonly LexicalScope[];
  /** File-level variables of the unit that covers an address. */
  unitVariablesAt(address: FileAddress): readonly VariableSymbol[];
  /** File-level and external variables by name, anywhere in the module. */
  variablesNamed(name: string): readonly VariableSymbol[];
  /**
   * Static variables of functions, by their own name. Units are read through for it, for two seconds of a module's time: in
   * a program that takes longer some are not found.
   */
  functionStaticsNamed(name: string): readonly VariableSymbol[];
  /** Names that the code at an address can give to namespaces, those of the innermost block first (DWARF 5, 3.2.3). */
  namespaceAliasesAt(address: FileAddress): readonly NamespaceAlias[];
  /** What an implicit pointer names: a variable, or a DIE that is nothing but a constant's place. */
  variableOf(die: DieReference): VariableSymbol | undefined;
  /** Types by name (`struct point` as "point", typedefs, base types); the unit at `near` is searched first. */
  typesNamed(name: string, near?: FileAddress): readonly Type[];
  /** Of Rust: the type whose values have the table of methods of a trait that stands at an address. */
  methodTableAt(address: FileAddress): Type | undefined;
  /** Enumerators by name, near the unit at `near` first. */
  enumeratorNamed(name: string, near?: FileAddress): { value: bigint; type: Type } | undefined;

  /** Where a variable lives at an address. */
  locationOf(variable: VariableSymbol, address: FileAddress): Location;
  /** The frame base expression of the function that covers an address. */
  frameBaseAt(address: FileAddress): Location;
  /** What is known about the call that returns to an address. */
  callSiteAt(returnAddress: FileAddress): CallSite | undefined;
  /** The jumps by which a function leaves to other ones; none of a function that only the symbol table knows. */
  tailCallsOf(symbol: FunctionSymbol): readonly TailCall[];
  /** How to find the caller's frame from an address: from .eh_frame or .debug_frame. */
  callFrameAt(address: FileAddress): CallFrameRules | undefined;
  /** The bytes the file has at an address (code, constants), for disassembly without a process. */
  bytesAt(address: FileAddress, length: number): Buffer;
  dispose(): void;
}

export interface LineEntry {
  readonly file: string;
  /** Never 0: code that the compiler gives to no line goes with the line before it. */
  readonly line: number;
  readonly column: number;
  readonly range: FileRange;
  readonly isStatement: boolean;
}

export interface ElfSymbol {
  /** As the linker has it. */
  readonly name: string;
  /** As a person reads it (demangle.ts). */
  readonly displayName: string;
  readonly address: FileAddress;
  readonly size: bigint;
  /** linkageStub: NAME@plt, an entry of the procedure linkage table. It only passes control on, and is no function. */
  readonly kind: "function" | "object" | "threadLocal" | "indirectFunction" | "linkageStub" | "other";
  /** Seen by the linker in one object file alone: other files do not mean it by its name. */
  readonly isLocal: boolean;
}

export interface FunctionSymbol {
  readonly name: string;
  readonly linkageName?: string;
  readonly ranges: readonly FileRange[];
  readonly entry: FileAddress;
  /** The first address behind the prologue: where a function breakpoint stops. */
  readonly bodyStart: FileAddress;
  /** Absent for functions known from the symbol table alone. */
  readonly die?: DieReference;
  /** What it returns and takes is described; not so by GCC's -g1. Absent for functions that `die` is absent for. */
  readonly isTyped?: boolean;
  /** A method that the object's own class may have another of. */
  readonly isVirtual?: boolean;
  /** It takes an object. */
  readonly isMethod?: boolean;
  /** Other files see it, too. */
  readonly isExternal?: boolean;
  /** The compiler has changed what its code takes, or has made it for one value of a parameter: no call but its own can be made. */
  readonly isForOwnCalls?: boolean;
  /** A method with && behind its parameters. */
  readonly isForTemporaries?: boolean;
  readonly declaration?: Declaration;
  readonly language?: "c" | "c++" | "rust" | "assembly" | "other";
}

export interface InlinedCall {
  readonly functionName: string;
  readonly die: DieReference;
  readonly ranges: readonly FileRange[];
  readonly callFile?: string;
  readonly callLine?: number;
  readonly callColumn?: number;
}

export interface Declaration {
  readonly file: string;
  readonly line: number;
}

/** A call as the caller's debug information describes it, for DW_OP_entry_value in the callee. */
export interface CallSite {
  /** The called function's name as the linker knows it, where it is stated. */
  readonly callee?: string;
  /** What is called, of a call by a pointer: computable in the caller's frame. */
  readonly target?: readonly DwarfOp[];
  readonly parameters: readonly {
    /** Where the callee finds it at its entry: one DW_OP_reg op, or DW_OP_breg and such for the stack. */
    readonly location?: readonly DwarfOp[];
    /** Of one that GCC has taken out of the callee's parameters: which it was. */
    readonly parameter?: DieReference;
    /** What the caller passed, computable in the caller's frame. */
    readonly value: readonly DwarfOp[];
  }[];
}

/**
 * A jump to a function in place of a call and a return, which gives it the caller's frame (DW_AT_call_tail_call). Compilers state
 * where it is, or where it ends, as if it were a call.
 */
export interface TailCall extends CallSite {
  readonly jump?: FileAddress;
  readonly behind?: FileAddress;
}

/** A debugging information entry, as the module names it (its offset, and which section or file it is in). */
export type DieReference = number;

export interface LexicalScope {
  readonly die: DieReference;
  readonly kind: "function" | "inlined" | "block";
  /** The namespaces and classes that a function stands in, `lib::Circle`; empty: none. */
  readonly around: string;
  readonly ranges: readonly FileRange[];
  readonly variables: readonly VariableSymbol[];
}

/** A name for a namespace. */
export interface NamespaceAlias {
  readonly name: string;
  /** With those that are around it. */
  readonly namespace: string;
  /** The namespaces that the name stands in; undefined: it is of a function. */
  readonly scope?: string;
}

export interface VariableSymbol {
  readonly die: DieReference;
  readonly name: string;
  /** What the linker calls it, where that is another name. */
  readonly linkageName?: string;
  /** The namespaces and classes that it stands in, `lib::Circle`; empty: none. */
  readonly scope: string;
  readonly kind: "parameter" | "local" | "static" | "external";
  readonly type: Type;
  readonly declaration?: Declaration;
  /** Declared here, defined elsewhere: look it up by name. */
  readonly declarationOnly: boolean;
  readonly artificial: boolean;
}

/** One operation of a DWARF expression (DWARF 5 section 2.5), operands as the format defines them. */
export interface DwarfOp {
  readonly code: number;
  readonly operand1: bigint;
  readonly operand2: bigint;
  /** Offset of the op in its expression, for branches. */
  readonly offset: number;
  /** The bytes of DW_OP_implicit_value, DW_OP_const_type, or the ops of DW_OP_entry_value's expression. */
  readonly block?: Buffer;
  readonly nested?: readonly DwarfOp[];
  /** Of a typed op (DW_OP_const_type, _regval_type, _deref_type, _convert, _reinterpret); absent there: the generic type. */
  readonly operandType?: {
    readonly byteSize: number;
    readonly encoding: number;
    /** Of floating point of 16 bytes: it is no x87 number, as long double is. */
    readonly binary128?: boolean;
  };
}

export type Location =
  | { readonly kind: "expression"; readonly ops: readonly DwarfOp[] }
  | { readonly kind: "constant"; readonly bytes: Buffer }
  /** Known to the program, but not at this address. */
  | { readonly kind: "optimizedOut" }
  | { readonly kind: "absent" };

export type RegisterRule =
  | { readonly kind: "undefined" }
  | { readonly kind: "sameValue" }
  /** The value was saved at the address the expression gives (CFA pushed first). */
  | { readonly kind: "savedAt"; readonly ops: readonly DwarfOp[] }
  /** The expression gives the value itself. */
  | { readonly kind: "value"; readonly ops: readonly DwarfOp[] };

export interface CallFrameRules {
  readonly range: FileRange;
  readonly cfa: readonly DwarfOp[];
  /** By DWARF register number; absent: same value. */
  readonly registers: ReadonlyMap<number, RegisterRule>;
  readonly returnAddressRegister: number;
  /** The frame is a signal handler's trampoline: the caller was interrupted, not called. */
  readonly signalFrame: boolean;
}
