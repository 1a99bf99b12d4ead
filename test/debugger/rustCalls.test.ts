/** Calls of Rust's functions, values of its enums and tuples as they are typed, and operators on references and arrays. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { expectCondition, withDebuggee, type LiveDebugger } from "./liveDebugger";

const options = { compiler: "rustc" };

const calls: Readonly<Record<string, string>> = {
  'text_length("abcd")': "4",
  'sum_bytes(b"ab", b\'c\', b"d\\x01\\x02")': "2099195",
  "owned(text)":
    "A alloc::string::String that is passed is freed by the function, and would be again by its owner: call one that takes a reference.",
  "pair(tuple)": "56",
  "pair((3, 4))": "34",
  "after_nothing(nothing, 200)": "200 does not fit in i8 (-128 to 127).",
  "sum_bytes(&arr, 1, 2)": "A value of type &[i32; 3] cannot be converted to &[u8].",
  "nested_pair(((1, 2), 3))": "123",
  "nested_pair((tuple, 3))": "563",
  "pair((3, 4, 5))": "(i32, u8) has 2 members, and 3 are given.",
  "pair((3, 400))": "400 does not fit in u8 (0 to 255).",
  "make_pair(3)": "(4, 3)",
  "make_floats(2.0)": "(3, 2)",
  "make_three(2.0)": "{2, 3, 4}",
  "or_none(option)": "3",
  "or_none(Some(77))": "77",
  "or_none(None)": "-1",
  "above_five(3)": "None",
  "above_five(7)": "Some(7)",
  "sum_four(four)": "10",
  "sum_three(arr)": "A value of type [i32; 3] cannot be converted to [u32; 3].",
  "sum_large(large)": "10",
  "of_point(Point::new(4))": "414",
  'points[0].moved(Some(4), "two")': "3041",
  'points[0].moved(None, "")': "1001",
  "points[0].shown()": "13",
  "points[0].moved(None)": "rustCalls::Point::moved takes 2 arguments, but 1 is given.",
  "of_floats((1.5, 2.5))": "17.5",
  "of_mixed((1.5, -4))": "11",
  "of_meters(meters)": "3.5",
  "of_meters(Meters(2.5, 3))": "5.5",
  "of_aligned(Aligned(2.0, 3.0))": "23",
  "of_packed(Packed(2.0, 3.0))": "23",
  "make_aligned(2.0)": "(2, 3)",
  "of_c_lengths(1, CLength(2.0), CLength(3.0))": "123",
  "of_lengths(1, Length(2.0), Length(3.0))": "123",
  "c_sum(1, 2.5)": "3.5",
  "of_c_point(c_point)":
    'rustCalls::of_c_point cannot be called: the debug information does not tell whether it is extern "C", and takes or gives a struct, a tuple or an array differently then.',
  "next_wide(7)": "8",
  "result_of(5)": "Ok(5)",
  "result_of(1)": 'Err("small")',
  "area(shape)": "6.25",
  "area(Shape::Dot)": "0",
  "area(Circle(3.0))": "9",
  "area(Shape::Rect(1, 2))": "The members of Rect have names: set them one by one.",
  "many((1, 2), (3, 4), (5, 6), (7, 8), 9)": "912345678",
  "after_nothing(nothing, -3)": "-4",
};

const operators: Readonly<Record<string, string>> = {
  "ra == rb": "true",
  "&a == &b": "true",
  "&arr == &same": "true",
  "(&arr)[1]": "2",
  "ra + 1": "2",
  "ra + rb": "2",
  "-ra": "-1",
  "!rb": "-2",
  "arr == same": "true",
  "arr == slice": "true",
  "arr != more": "true",
  "arr < more": "true",
  "more < arr": "false",
  "slice == slice": "true",
  'bytes == *b"xyz"': "true",
  'letters == b"hello"': "true",
  'letters == b"help!"': "false",
  "words == words": "true",
  "one_set == other_set":
    "Values of type std::collections::hash::set::HashSet<i32> are compared by code of the program: compare their parts.",
  "one_tree == other_tree": "true",
  "many_bytes == arr": "false",
  "many_bytes != more_bytes": "true",
  "many_bytes == many_bytes": "70000 elements are too many to compare.",
  "one_box == other_box": "true",
  "one_box < other_box": "false",
  "ra == 1": "Rust compares no &i32 with i32: write * before the reference.",
  "1 == ra": "Rust compares no i32 with &i32: write * before the reference.",
  "rra == &rb": "true",
  'text_length("ab") == 2': "true",
  "points == points":
    "Values of type rustCalls::Point are compared by code of the program: compare their parts.",
};

const stored: Readonly<Record<string, string>> = {
  "option = Some(4)": "Some(4)",
  "option = Some(-4)": "Some(-4)",
  "option = None": "None",
  "option = Option::Some(5)": "Some(5)",
  "boxed = None": "None",
  "string = Some(text)":
    "A alloc::string::String owns what it has: with two owners it would be freed twice. Set its parts one by one.",
  "string = None": "None",
  "*reference.unwrap()": "There is nothing to unwrap: it is None.",
  "reference = Some(&number), *reference.unwrap()": "42",
  "result = Err(4)": "Err(4)",
  "result = Ok(7)": "Ok(7)",
  "truth = Some(None)": "Some(None)",
  "truth = Some(Some(false))": "Some(Some(false))",
  "truth = None": "None",
  "real = Some(2.5)": "Some(2.5)",
  "small = Some(200)": "Some(200)",
  "small = Some(300)": "300 does not fit in u8 (0 to 255).",
  "small = Some(1, 2)": "Some has 1 members, and 2 are given.",
  "letter = Some('y')": "Some('y')",
  "letter = None": "None",
  "both = Some((5, 6))": "Some((5, 6))",
  "shape = Shape::Dot": "Dot",
  "shape = Shape::Circle(3.5)": "Circle(3.5)",
  "meters = Meters(3.5, 4)": "(3.5, 4)",
};

async function atMark(
  mark: string,
  look: (live: LiveDebugger) => Promise<void>,
  build = options,
): Promise<void> {
  await withDebuggee("rustCalls", build, async (live, marks) => {
    live.breakAt("rustCalls", [marks[mark] ?? 0]);
    await live.debugger.start();
    await live.stop();
    await look(live);
  });
}

test("functions of Rust are called as Rust does it", () =>
  atMark("MAIN", async (live) => assert.deepEqual(await live.answers(Object.keys(calls)), calls)));

test("references and arrays mean in operators what they do in Rust", () =>
  atMark("MAIN", async (live) => {
    const found = await live.answers(Object.keys(operators));
    // How a set is hashed and where it is allocated is called otherwise by each version of the library.
    const set = found["one_set == other_set"]?.replace(/(HashSet<i32), .*(?=> are compared)/, "$1");
    assert.deepEqual({ ...found, "one_set == other_set": set }, operators);
  }));

test("a condition on references and arrays holds as the expression does", () =>
  expectCondition(
    "rustCalls",
    "MAIN",
    "ra == rb && arr == same && ra + 1 == 2 && one_box == other_box",
    options,
  ));

test("variants and tuples are stored as Rust writes them", () =>
  atMark("MAIN", async (live) => {
    assert.deepEqual(await live.answers(Object.keys(stored)), stored);
    const typed = { option: "Some(9)", shape: "Circle(1.5)", boxed: "None", meters: "Meters(0.5, 1)" };
    for (const [name, text] of Object.entries(typed)) {
      const row = await live.debugger.evaluate(name, live.frame(), "watch");
      assert.equal((await row.assign?.(text))?.value, text.replace("Meters", ""));
    }
  }));

test("completions offer the places of a tuple", () =>
  atMark("MAIN", async (live) => {
    const found = await live.debugger.completions("tuple.", 6, live.frame());
    assert.deepEqual(
      found.map(({ label }) => label),
      ["0", "1"],
    );
  }));

test("Self is the type whose method it is", async () => {
  const expected = { "Self::helper(3)": "13", "sizeof(Self)": "8" };
  for (const mark of ["METHOD", "NEW", "TRAIT"])
    await atMark(mark, async (live) =>
      assert.deepEqual(await live.answers(Object.keys(expected)), expected, mark),
    );
});
