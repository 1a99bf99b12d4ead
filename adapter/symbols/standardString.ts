/**
 * std::string where the debug information only declares it, or the class of a part of it: clang leaves their description to the
 * library, which mostly comes without any. Its layout is part of the library's interface (libstdc++, bits/basic_string.h).
 */
import type { BaseType, Member, PointerType, RecordType, Type } from "./sourceTypes";

const NAME = /^std::__cxx11::basic_string<(char|wchar_t), ?std::char_traits<\1>, ?std::allocator<\1> ?>$/;

/** Bytes of a short string's characters, with the one that is zero. */
const LOCAL = 16;

const length: BaseType = { kind: "base", encoding: "unsigned", byteSize: 8, displayName: "unsigned long" };

const characters: Readonly<Record<string, BaseType>> = {
  char: { kind: "base", encoding: "signedChar", byteSize: 1, displayName: "char" },
  wchar_t: { kind: "base", encoding: "signed", byteSize: 4, displayName: "wchar_t" },
};

function struct(kind: RecordType["kind"], byteSize: number, members: readonly Member[]): RecordType {
  return { kind, displayName: `${kind} {...}`, byteSize, members, incomplete: false };
}

function pointerTo(character: BaseType): Member[] {
  const displayName = `${character.displayName} *`;
  const type: PointerType = { kind: "pointer", displayName, byteSize: 8, target: character };
  return [{ name: "_M_p", type, byteOffset: 0 }];
}

function membersOf(character: BaseType): Member[] {
  const size = character.byteSize ?? 1;
  const local: Type = {
    kind: "array",
    element: character,
    dimensions: [{ count: LOCAL / size }],
    byteSize: LOCAL,
    displayName: `${character.displayName} [${LOCAL / size}]`,
  };
  const capacity = struct("union", LOCAL, [
    { name: "_M_local_buf", type: local, byteOffset: 0 },
    { name: "_M_allocated_capacity", type: length, byteOffset: 0 },
  ]);
  return [
    { name: "_M_dataplus", type: struct("struct", 8, pointerTo(character)), byteOffset: 0 },
    { name: "_M_string_length", type: length, byteOffset: 8 },
    { type: capacity, byteOffset: 16 },
  ];
}

interface Layout {
  readonly byteSize: number;
  readonly members: readonly Member[];
}

/** The class of a string's pointer to its characters. */
const HOLDER = "::_Alloc_hider";

/** Size and members of a class by its whole name, of a string or of a part of it that is a class; undefined: it is neither. */
export function standardRecord(name: string): Layout | undefined {
  if (!name.endsWith(HOLDER)) return standardString(name);
  const character = characters[NAME.exec(name.slice(0, -HOLDER.length))?.[1] ?? ""];
  return character && { byteSize: 8, members: pointerTo(character) };
}

/** Size and members of a class by its whole name; undefined: it is no such string. */
export function standardString(name: string): Layout | undefined {
  const character = characters[NAME.exec(name)?.[1] ?? ""];
  return character && { byteSize: 32, members: membersOf(character) };
}
