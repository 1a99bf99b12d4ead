/** Types and names, compared with what GDB prints of the same program. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { Die } from "../../adapter/symbols/dies";
import { At, Tag } from "../../adapter/symbols/dwarf";
import type { Member, RecordType, Type } from "../../adapter/symbols/sourceTypes";
import type { SymbolModule } from "../../adapter/symbols/types";
import { readDiscriminants, readVariantPart } from "../../adapter/symbols/variants";
import { compile, markers } from "../helpers/compile";
import { buildFacts, factsSource, functionNamed, localsOf, program, withModule } from "./builds";

function recordNamed(module: SymbolModule, name: string): RecordType {
  const [type] = module.typesNamed(name);
  const target = type?.kind === "typedef" ? type.target : type;
  assert.ok(target?.kind === "struct" || target?.kind === "union", `${name} is a record`);
  return target;
}

function membersOf(type: Type): ReadonlyMap<string, Member> {
  assert.ok(type.kind === "struct" || type.kind === "union");
  return new Map(type.members.map((member) => [member.name ?? "", member]));
}

/** What `ptype/ox` says of each member: byte offset, for bit-fields the bit in that byte, and size. */
function gdbLayout(executable: string, type: string): Map<string, string> {
  const output = execFileSync("gdb", ["-nx", "-batch", "-ex", `ptype/o ${type}`, executable], {
    encoding: "utf8",
  });
  const rows = output.matchAll(
    /^\/\*\s+(\d+)(?::\s*(\d+))?\s+\|\s+(\d+)\s+\*\/\s+[^;{]*?(\w+)(?:\[\d+\])?(?: : \d+)?;/gm,
  );
  return new Map([...rows].map(([, offset, bit, , name]) => [name ?? "", `${offset}:${bit ?? 0}`]));
}

for (const [compiler, flags] of [
  ["gcc", ["-gdwarf-5"]],
  ["gcc", ["-gdwarf-4"]],
  ["gcc", ["-gdwarf-3", "-gstrict-dwarf"]],
  ["clang", ["-gdwarf-5"]],
  ["clang", ["-gdwarf-2"]],
] as const) {
  test(`places members and bit-fields as GDB does: ${compiler} ${flags.join(" ")}`, () => {
    const executable = buildFacts(flags, compiler);
    const expected = gdbLayout(executable, "struct node");
    assert.equal(expected.size, 6);
    withModule(executable, (module) => {
      const { members, byteSize } = recordNamed(module, "struct node");
      assert.equal(byteSize, 40);
      for (const { name, byteOffset, bitOffset, bitSize } of members) {
        const bits = bitSize === undefined ? byteOffset * 8 : (bitOffset ?? 0);
        const [offset, bit] = (expected.get(name ?? "") ?? "").split(":").map(Number);
        assert.equal(bits, (offset ?? 0) * 8 + (bit ?? 0), name);
      }
      assert.deepEqual(
        members.map(({ bitSize }) => bitSize),
        [undefined, undefined, 3, 5, 40, undefined],
      );
    });
  });
}

for (const compiler of ["gcc", "clang"]) {
  test(`names types as C programmers write them: ${compiler}`, () => {
    withModule(buildFacts(["-g"], compiler), (module) => {
      const members = membersOf(recordNamed(module, "sample"));
      const names = [...members.values()].map(({ type }) => type.displayName);
      assert.deepEqual(names, [
        "union {...}",
        "struct {...}",
        compiler === "gcc" ? "_Bool" : "_Bool",
        "long double",
        names[4],
        "callback",
        "void (*)()",
        "int [2][3]",
        "struct opaque *",
        "const volatile char *const *",
        "int []",
      ]);
      assert.match(names[4] ?? "", /complex/i);
      assert.equal(recordNamed(module, "sample").members[0]?.name, undefined);
      const callback = module.typesNamed("callback")[0];
      assert.ok(callback?.kind === "typedef");
      assert.equal(callback.target.displayName, "int (*)(const char *, ...)");
      assert.equal(localsOf(module, "main").get("argv")?.type.displayName, "char **");
      assert.equal(localsOf(module, "fill").get("n")?.type.displayName, "int");
    });
  });

  test(`reads base types and enumerations: ${compiler}`, () => {
    withModule(buildFacts(["-g"], compiler), (module) => {
      const encodingOf = (type: Type | undefined): string => (type?.kind === "base" ? type.encoding : "none");
      const members = membersOf(recordNamed(module, "sample"));
      assert.equal(encodingOf(members.get("yes")?.type), "boolean");
      assert.equal(encodingOf(members.get("big")?.type), "float");
      assert.equal(members.get("big")?.type.byteSize, 16);
      assert.equal(encodingOf(members.get("z")?.type), "complex");
      for (const name of ["unsigned long", "long unsigned int", "unsigned long int"]) {
        assert.equal(module.typesNamed(name)[0]?.byteSize, 8, name);
      }
      assert.equal(encodingOf(module.typesNamed("unsigned char")[0]), "unsignedChar");
      assert.equal(encodingOf(module.typesNamed("int")[0]), "signed");
      const [color] = module.typesNamed("enum color");
      const [mask] = module.typesNamed("enum mask");
      assert.ok(color?.kind === "enum" && mask?.kind === "enum");
      assert.equal(color.signed, true);
      assert.equal(mask.signed, false);
      assert.deepEqual(
        color.enumerators.map(({ value }) => value),
        [0n, 5n, -1n],
      );
      assert.equal(mask.enumerators[1]?.value, 0x80000000n);
      assert.equal(module.enumeratorNamed("GREEN")?.type.displayName, "enum color");
    });
  });

  test(`finds what is declared inside a function only near it: ${compiler}`, () => {
    withModule(buildFacts(["-g"], compiler), (module) => {
      const { bodyStart } = functionNamed(module, "main");
      assert.equal(module.enumeratorNamed("SECOND", bodyStart)?.value, 41n);
      assert.equal(module.typesNamed("struct local", bodyStart)[0]?.byteSize, 4);
      assert.equal(module.typesNamed("struct local").length, 0);
    });
  });

  test(`completes a struct that only another unit defines: ${compiler}`, () => {
    withModule(buildFacts(["-g"], compiler), (module) => {
      const pointer = membersOf(recordNamed(module, "sample")).get("hidden")?.type;
      assert.ok(pointer?.kind === "pointer" && pointer.target.kind === "struct");
      assert.equal(pointer.target.incomplete, false);
      assert.deepEqual(
        pointer.target.members.map(({ name }) => name),
        ["inside"],
      );
      assert.equal(pointer.target.byteSize, 4);
    });
  });

  test(`reads the lengths of arrays, variable ones too: ${compiler}`, () => {
    const line = markers(factsSource);
    withModule(buildFacts(["-g"], compiler), (module) => {
      const grid = membersOf(recordNamed(module, "sample")).get("grid")?.type;
      assert.ok(grid?.kind === "array");
      assert.deepEqual(grid.dimensions, [{ count: 2 }, { count: 3 }]);
      assert.equal(grid.byteSize, 24);
      const flexible = membersOf(recordNamed(module, "sample")).get("flexible")?.type;
      assert.ok(flexible?.kind === "array");
      assert.deepEqual(flexible.dimensions, [{ count: undefined }]);
      const [at] = module.addressesForLine(factsSource, line["FILLED"] ?? 0)?.addresses ?? [];
      assert.ok(at !== undefined);
      const variables = module.scopesAt(at, 0).flatMap((scope) => scope.variables);
      const vla = variables.find(({ name }) => name === "vla")?.type;
      assert.ok(vla?.kind === "array");
      const [dimension] = vla.dimensions;
      assert.ok(dimension !== undefined && !("count" in dimension));
      const matrix = variables.find(({ name }) => name === "matrix")?.type;
      assert.ok(matrix?.kind === "array");
      assert.deepEqual(matrix.dimensions[1], { count: 4 });
    });
  });
}

test("lists names for completion", () => {
  withModule(buildFacts(["-g"]), (module) => {
    assert.deepEqual(module.namesStartingWith("other_c", 5), [{ name: "other_counter", kind: "function" }]);
    assert.deepEqual(module.namesStartingWith("global_t", 5), [{ name: "global_total", kind: "variable" }]);
    assert.equal(module.namesStartingWith("", 3).length, 3);
  });
});

test("reads C++ names with their namespaces and classes", () => {
  withModule(compile(program("classes.cc")), (module) => {
    const norm = functionNamed(module, "geometry::Point::norm");
    assert.equal(norm.name, "geometry::Point::norm");
    assert.equal(norm.linkageName, "_ZNK8geometry5Point4normEv");
    assert.equal(norm.language, "c++");
    assert.equal(functionNamed(module, "_ZNK8geometry5Point4normEv").entry, norm.entry);
    const locals = localsOf(module, "main");
    assert.equal(locals.get("reference")?.type.displayName, "const geometry::Point &");
    const point = locals.get("point")?.type;
    assert.ok(point?.kind === "struct");
    assert.deepEqual(
      point.members.map(({ name, byteOffset, isBase }) => [name, byteOffset, isBase ?? false]),
      [
        ["geometry::Base", 0, true],
        ["x", 16, false],
        ["y", 24, false],
      ],
    );
    assert.equal(module.variablesNamed("geometry::Base::made").length, 1);
    assert.equal(module.typesNamed("geometry::Point")[0]?.byteSize, 32);
  });
});

test("reads the variants of Rust's enums and what tells them apart", () => {
  withModule(compile("rustEnums", { flags: ["--edition=2021"] }), (module) => {
    const variants = (name: string) => {
      const record = recordNamed(module, name);
      const { discriminant, variants: all } = record.variantPart ?? { variants: [] };
      assert.ok(all.every(({ members }) => members.every((member) => record.members.includes(member))));
      const told = all.map(({ values, members }) => [members[0]?.name, values?.map(({ low }) => low)]);
      return [discriminant?.type.kind, ...told];
    };
    assert.deepEqual(variants("rustEnums::Shape"), [
      "base",
      ["Unit", [0n]],
      ["Circle", [1n]],
      ["Pair", [2n]],
    ]);
    assert.deepEqual(variants("rustEnums::Signed"), ["base", ["M", [0n]], ["P", [1n]]]);
    assert.deepEqual(variants("rustEnums::Alone"), [undefined, ["Only", undefined]]);
    assert.deepEqual(variants("core::option::Option<&u32>"), ["base", ["None", [0n]], ["Some", undefined]]);
    assert.deepEqual(variants("core::option::Option<u128>"), ["base", ["None", [0n]], ["Some", [1n]]]);
    assert.equal(recordNamed(module, "rustEnums::Holder").variantPart, undefined);
  });
});

test("reads discriminants of 128 bits, which stand in blocks", () => {
  const variant = new Die(
    2,
    Tag.variant,
    1,
    0,
    new Map([
      [At.discrValue, { kind: "block", value: Buffer.from("fbffffffffffffffffffffffffffffff", "hex") }],
    ]),
  );
  const part = new Die(1, Tag.variantPart, 0, 0, new Map());
  part.children.push(variant);
  const bits = BigInt.asUintN(128, -5n);
  const { variants } = readVariantPart(part, () => undefined);
  assert.deepEqual(variants, [{ members: [], values: [{ low: bits, high: bits }] }]);
});

test("reads lists of discriminants, up to what is damaged", () => {
  const list = Buffer.of(0, 0x7f, 1, 0x02, 0x80, 0x01);
  assert.deepEqual(readDiscriminants(list, false), [
    { low: 127n, high: 127n },
    { low: 2n, high: 128n },
  ]);
  assert.deepEqual(readDiscriminants(list, true), [
    { low: -1n, high: -1n },
    { low: 2n, high: 128n },
  ]);
  assert.deepEqual(readDiscriminants(Buffer.of(0, 5, 1, 3), false), [{ low: 5n, high: 5n }]);
  assert.deepEqual(readDiscriminants(Buffer.of(0, 5, 9, 3), false), [{ low: 5n, high: 5n }]);
  assert.deepEqual(readDiscriminants(Buffer.of(0, 0x80), false), []);
});
