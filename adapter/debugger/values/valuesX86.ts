/** x86-64's registers as DWARF numbers them (psABI figure 3.36), and the parts of them that have names. */

const general = [
  "rax",
  "rdx",
  "rcx",
  "rbx",
  "rsi",
  "rdi",
  "rbp",
  "rsp",
  "r8",
  "r9",
  "r10",
  "r11",
  "r12",
  "r13",
  "r14",
  "r15",
  "rip",
];

/** The name of a DWARF register; undefined for those the debugger does not show. */
export function registerName(dwarfNumber: number): string | undefined {
  if (dwarfNumber <= 16) return general[dwarfNumber];
  if (dwarfNumber >= 17 && dwarfNumber <= 32) return `xmm${dwarfNumber - 17}`;
  if (dwarfNumber >= 33 && dwarfNumber <= 40) return `st${dwarfNumber - 33}`;
  return undefined;
}

/** The DWARF number of a general register or pc by name; undefined for others. */
export function generalRegisterNumber(name: string): number | undefined {
  const number = general.indexOf(name);
  return number < 0 ? undefined : number;
}

export interface SubRegister {
  readonly register: string;
  readonly byteOffset: number;
  readonly byteSize: number;
}

function legacyPart(name: string): SubRegister | undefined {
  const letter = /^([abcd])([lhx])$/.exec(name);
  if (letter !== null) {
    const byteSize = letter[2] === "x" ? 2 : 1;
    return { register: `r${letter[1]}x`, byteOffset: letter[2] === "h" ? 1 : 0, byteSize };
  }
  const word = /^(si|di|bp|sp)(l?)$/.exec(name);
  return word === null ? undefined : { register: `r${word[1]}`, byteOffset: 0, byteSize: word[2] ? 1 : 2 };
}

/** `eax`, `al`, `ah`, `r8d`, `sil` ...: the part of a general register that a name stands for. */
export function subRegister(name: string): SubRegister | undefined {
  const extended = /^e(ax|bx|cx|dx|si|di|bp|sp)$/.exec(name);
  if (extended !== null) return { register: `r${extended[1]}`, byteOffset: 0, byteSize: 4 };
  const numbered = /^(r(?:8|9|1[0-5]))([dwbl])$/.exec(name);
  if (numbered !== null) {
    const byteSize = numbered[2] === "d" ? 4 : numbered[2] === "w" ? 2 : 1;
    return { register: numbered[1] ?? "", byteOffset: 0, byteSize };
  }
  return legacyPart(name);
}
