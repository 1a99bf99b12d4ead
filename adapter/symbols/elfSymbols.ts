/** ELF symbols. */
import { fileAddress } from "../target/addresses";
import type { FileAddress } from "../target/addresses";
import { demangle } from "./demangle";
import type { AnswerReader, ShimModule } from "./shim";
import type { ElfSymbol } from "./types";

/** A symbol with the end of what it covers (equal to its address: nothing). */
export interface CoveringSymbol extends ElfSymbol {
  readonly end: FileAddress;
}

/** STT_* of elf(5), and the shim's FP_SYMBOL_LINKAGE_STUB. */
const kinds: Readonly<Record<number, ElfSymbol["kind"]>> = {
  1: "object",
  2: "function",
  6: "threadLocal",
  10: "indirectFunction",
  16: "linkageStub",
};

/** elf(5) */
const STB_LOCAL = 0;

function readSymbol(reader: AnswerReader): CoveringSymbol {
  const address = fileAddress(reader.u64());
  const size = reader.u64();
  const end = fileAddress(reader.u64());
  const kind = kinds[reader.u8()] ?? "other";
  const isLocal = reader.u8() === STB_LOCAL;
  const name = reader.string();
  return {
    address,
    size,
    end: end > address ? end : address,
    kind,
    isLocal,
    name,
    get displayName() {
      return demangle(name);
    },
  };
}

export class ElfSymbols {
  private readonly byAddress = new Map<FileAddress, CoveringSymbol | undefined>();

  constructor(private readonly shim: ShimModule) {}

  at(address: FileAddress): CoveringSymbol | undefined {
    if (!this.byAddress.has(address)) {
      if (this.byAddress.size > 10_000) this.byAddress.clear();
      const reader = this.shim.elfAt(address);
      this.byAddress.set(address, reader && readSymbol(reader));
    }
    return this.byAddress.get(address);
  }

  /** All of a name, globals first. */
  named(name: string): CoveringSymbol[] {
    return readAll(this.shim.elfNamed(name));
  }

  /** All that have a text in their names, as the linker has these. */
  containing(text: string): CoveringSymbol[] {
    return readAll(this.shim.elfContaining(text));
  }
}

function readAll(reader: AnswerReader | undefined): CoveringSymbol[] {
  const found: CoveringSymbol[] = [];
  while (reader?.more) found.push(readSymbol(reader));
  return found;
}
