/**
 * std::string where the debug information only declares it: clang leaves its description to the library, which mostly comes
 * without any. Its layout is part of the library's interface (libstdc++, bits/basic_string.h).
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

function membersOf(character: BaseType): Member[] {
  const size = character.byteSize ?? 1;
  const pointer: PointerType = {
    kind: "pointer",
    displayName: `${character.displayName} *`,
    byteSize: 8,
    target: character,
  };
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
  const data = struct("struct", 8, [{ name: "_M_p", type: pointer, byteOffset: 0 }]);
  return [
    { name: "_M_dataplus", type: data, byteOffset: 0 },
    { name: "_M_string_length", type: length, byteOffset: 8 },
    { type: capacity, byteOffset: 16 },
  ];
}

/** Size and members of a class by its whole name; undefined: it is no such string. */
export function standardString(name: string): { byteSize: number; members: readonly Member[] } | undefined {
  const character = characters[NAME.exec(name)?.[1] ?? ""];
  return character && { byteSize: 32, members: membersOf(character) };
}
