/** The part of @alexaltea/capstone-js that is used; the package has no types of its own. */
declare module "@alexaltea/capstone-js" {
  interface Instruction {
    readonly id: number;
    /** Exact only below 2^53. */
    readonly address: number;
    readonly size: number;
    readonly bytes: ArrayLike<number>;
    readonly mnemonic: string;
    readonly op_str: string;
  }
  interface Disassembler {
    option(option: number, value: number): void;
    /** Throws a string when not even the first instruction is valid. */
    disasm(code: Uint8Array, address: bigint, most: number): Instruction[];
    close(): void;
  }
  interface Capstone {
    readonly ARCH_X86: number;
    readonly MODE_64: number;
    readonly OPT_SYNTAX: number;
    readonly OPT_SYNTAX_INTEL: number;
    readonly OPT_SYNTAX_ATT: number;
    readonly Capstone: new (architecture: number, mode: number) => Disassembler;
  }
  const load: () => Promise<Capstone>;
  export default load;
}
