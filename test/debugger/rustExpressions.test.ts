/** Expressions of Rust's own: casts by `as`, literals, paths, constants, `!`, and the names of types. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { expectCondition, withDebuggee } from "./liveDebugger";

/** By expression its value and type. */
const inMain: Readonly<Record<string, readonly [value: string, type: string]>> = {
  "number as u64": ["5", "u64"],
  "small as i8": ["-56", "i8"],
  "small as i8 as i64": ["-56", "i64"],
  "(small as u32) + 100": ["300", "u32"],
  "number as f64 / 2.0": ["2.5", "f64"],
  "-number as f32": ["-5", "f32"],
  "real as i32": ["2", "i32"],
  "300.7 as u8": ["255", "u8"],
  "-1.5 as u8": ["0", "u8"],
  "letter as u32": ["233", "u32"],
  "97u8 as char": ["'a'", "char"],
  "number as usize as u8": ["5", "u8"],
  "list[number as usize - 4]": ["20", "u32"],
  "*(&number as *const i32)": ["5", "i32"],
  "*(&number as *mut i32)": ["5", "i32"],
  "small + 100": ["44", "u8"],
  "small << 1": ["144", "u8"],
  "small > 100 && least < 0": ["true", "bool"],
  "least - 127": ["29", "i8"],
  "-least": ["100", "i8"],
  "u8::MAX + 1": ["0", "u8"],
  "single == 0.1": ["true", "bool"],
  "7 as f32 / 2.0": ["3.5", "f32"],
  "2 * real": ["5.5", "f64"],
  "b'-'": ["45", "u8"],
  "'\\u{e9}' == letter": ["true", "bool"],
  "!number": ["-6", "i32"],
  "!small": ["55", "u8"],
  "!yes": ["false", "bool"],
  "!(number == 5)": ["false", "bool"],
  "yes & false": ["false", "bool"],
  "yes ^ (number == 5)": ["false", "bool"],
  "1_000 + number": ["1005", "i32"],
  "0xff_u64": ["255", "u64"],
  "0o17": ["15", "i32"],
  "0b1010_1010u8": ["170", "u8"],
  "1_0.5f32": ["10.5", "f32"],
  "2f64": ["2", "f64"],
  "number % 3": ["2", "i32"],
  "number == 5 && yes": ["true", "bool"],
  "i32::MAX": ["2147483647", "i32"],
  "i64::MIN": ["-9223372036854775808", "i64"],
  "u8::MAX": ["255", "u8"],
  "f64::MAX": ["1.7976931348623157e+308", "f64"],
  "f32::MAX": ["3.4028235e+38", "f32"],
  "f32::MIN_POSITIVE": ["1.1754944e-38", "f32"],
  "f64::EPSILON * 2.0": ["4.440892098500626e-16", "f64"],
  "real < f64::INFINITY": ["true", "bool"],
  "f64::NAN == f64::NAN": ["false", "bool"],
  "sizeof(number)": ["4", "u64"],
  "array.len()": ["3", "usize"],
  "empty.is_empty()": ["true", "bool"],
  "list.len()": ["2", "usize"],
  "some.is_some()": ["true", "bool"],
  "some.is_none()": ["false", "bool"],
  "none.is_none()": ["true", "bool"],
  "some.unwrap() + 1": ["5", "i32"],
  "fine.is_ok()": ["true", "bool"],
  "fine.unwrap()": ["9", "u8"],
  "wrong.is_err()": ["true", "bool"],
  "wrong.unwrap_err()": ['"bad"', "alloc::string::String"],
  "crate::LIMIT": ["7", "u32"],
  "self::LIMIT": ["7", "u32"],
  "crate::shapes::SIDES": ["4", "u32"],
  "crate::shapes::round::area(1)": ["10", "u32"],
  "larger::<i32>(3, 8)": ["8", "i32"],
};

const refused: Readonly<Record<string, RegExp>> = {
  "number as": /^In "number as", a type is expected where the expression ends\.$/,
  "number as *i32": /^In "number as \*i32", "const" or "mut" is expected where "i32" stands\.$/,
  "number as Nothing": /^No type "Nothing" in this context\.$/,
  "none.unwrap()": /^There is nothing to unwrap: it is None\.$/,
  "5u7": /^"5u7" is no number\.$/,
  "bool::MAX": /^No symbol "bool::MAX" in this context\.$/,
  "f64::LARGEST": /^No symbol "f64::LARGEST" in this context\.$/,
  "i33::MAX": /^No symbol "i33::MAX" in this context\.$/,
};

test("casts, literals, paths and looks of Rust", () =>
  withDebuggee("rustExpressions", { compiler: "rustc" }, async (live, marks) => {
    live.breakAt(
      "rustExpressions",
      ["AREA", "SCALED", "CLOSURE", "REFERENCES", "MAIN"].map((mark) => marks[mark] ?? 0),
    );
    await live.debugger.start();
    await live.stop();
    assert.equal(await live.value("super::SIDES"), "4");
    assert.equal(await live.value("self::PI + doubled"), "17");
    assert.equal(await live.value("super::super::LIMIT"), "7");
    await live.continue();
    assert.equal(await live.value("self.side"), "3");
    assert.equal(await live.value("self::SIDES"), "4");
    assert.equal(await live.value("super::LIMIT"), "7");
    await live.continue();
    assert.equal(await live.value("self::SIDES + grown as u32"), "10");
    assert.equal(await live.value("super::LIMIT"), "7");
    await live.continue();
    for (const [expression, value] of [
      ["list[1]", "20"],
      ["pair[0] as char", "'h'"],
      ["pair[1] == b'i'", "true"],
      ["slice[0] + 1", "11"],
    ] as const)
      assert.equal(await live.value(expression), value, expression);
    await live.continue();
    live.breakAt("rustExpressions", []);
    for (const [expression, [value, type]] of Object.entries(inMain)) {
      const node = await live.debugger.evaluate(expression, live.frame(), "repl");
      assert.deepEqual([node.value, node.typeName], [value, type], expression);
    }
    for (const [expression, sentence] of Object.entries(refused))
      await assert.rejects(live.value(expression), { message: sentence }, expression);
    const reference = await live.debugger.evaluate("&number", live.frame(), "watch");
    assert.equal(reference.typeName, "&i32");
  }));

test("in a condition ! of an integer turns its bits, too", () =>
  expectCondition("rustExpressions", "MAIN", "!number == -6", { compiler: "rustc" }));

test("in a condition small integers are cut off, too", () =>
  expectCondition("rustExpressions", "MAIN", "small << 1 == 144 && single == 0.1", { compiler: "rustc" }));

test("as, and names of Rust's types, are names like others in C", () =>
  withDebuggee("values", {}, async (live, marks) => {
    live.breakAt("values", [Object.values(marks)[0] ?? 0]);
    await live.debugger.start();
    await live.stop();
    assert.equal(await live.value("0xfffffff8 == -8"), "1");
    assert.equal(await live.value("sizeof(0xfffffff8)"), "4");
    await assert.rejects(
      live.value("b'x'"),
      /No symbol "b" in this context|an operator is expected where "'x'"/,
    );
    await assert.rejects(live.value("(toString)1"), /No type "toString" in this context/);
    await assert.rejects(live.value("1_000"), /"1_000" is no number/);
    await assert.rejects(live.value("1 as u8"), /an operator is expected where "as" stands/);
    await assert.rejects(live.value("(u8)1"), /No type "u8" in this context/);
    await assert.rejects(live.value("i32::MAX"), /No symbol "i32::MAX" in this context/);
  }));
