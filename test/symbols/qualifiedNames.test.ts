import assert from "node:assert/strict";
import test from "node:test";
import {
  isMeantBy,
  isSameScope,
  lookedThrough,
  partsOf,
  readScope,
  standsIn,
  withoutArguments,
} from "../../adapter/symbols/qualifiedNames";
import { isSpelling } from "../../adapter/symbols/templateNames";

test("names are taken apart outside of template arguments and brackets", () => {
  assert.deepEqual(partsOf("lib::Box<a::b, c::d<e::f>>::get"), ["lib", "Box<a::b, c::d<e::f>>", "get"]);
  assert.deepEqual(partsOf("(anonymous namespace)::run"), ["(anonymous namespace)", "run"]);
  assert.deepEqual(partsOf("lib::operator<< <a::b>"), ["lib", "operator<< <a::b>"]);
  assert.deepEqual(partsOf("main"), ["main"]);
});

test("template arguments are told from operators, as gcc and as clang write them", () => {
  for (const [part, expected] of [
    ["get<int>", "get"],
    ["get", "get"],
    ["operator<", "operator<"],
    ["operator<<", "operator<<"],
    ["operator<=>", "operator<=>"],
    ["operator< <int>", "operator<"],
    ["operator<<int>", "operator<"],
    ["operator<< <int>", "operator<<"],
    ["operator<<<int>", "operator<<"],
    ["operator><int>", "operator>"],
    ["operator()<int>", "operator()"],
    ["operator+=<a<b> >", "operator+="],
    ["operators<int>", "operators"],
  ] as const)
    assert.equal(withoutArguments(part), expected, part);
});

test("what is around a name may be left out, and arguments, but what is there must fit", () => {
  for (const [name, wanted, expected] of [
    ["lib::Box<int>::get", "get", true],
    ["lib::Box<int>::get", "Box::get", true],
    ["lib::Box<int>::get", "Box<int>::get", true],
    ["lib::Box<int>::get", "Box<double>::get", false],
    ["lib::Box<int>::get", "ox::get", false],
    ["largest<int>", "largest", true],
    ["largest", "largest<int>", false],
    ["get", "Box::get", false],
  ] as const)
    assert.equal(isMeantBy(name, wanted), expected, `${name} by ${wanted}`);
});

test("inline namespaces are looked through once they have been read", () => {
  assert.equal(lookedThrough("library::v2::inner"), "library::v2::inner");
  assert.equal(readScope("library::v2\u0001::inner"), "library::v2::inner");
  assert.equal(lookedThrough("library::v2::inner"), "library::inner");
  assert.equal(lookedThrough("v2::inner"), "v2::inner");
  assert.ok(isMeantBy("library::v2::inner::run", "library::inner::run"));
  assert.ok(isMeantBy("library::v2::inner::run", "v2::inner::run"));
  assert.ok(standsIn("library::v2::inner", "v2::inner"));
  assert.ok(standsIn("library::v2::inner", "library::inner"));
  assert.ok(!standsIn("library::v2::inner", "brary::inner"));
  assert.ok(isSameScope("library::v2", "library"));
  assert.ok(!isSameScope("library::v2", "v2"));
});

test("an anonymous namespace around an inline one is looked through with it and without", () => {
  readScope("(anonymous namespace)::hidden\u0001");
  assert.ok(isSameScope("(anonymous namespace)::hidden", "hidden"));
  assert.ok(isSameScope("(anonymous namespace)::hidden", ""));
  assert.ok(isSameScope("(anonymous namespace)::hidden", "(anonymous namespace)"));
  assert.ok(!isSameScope("(anonymous namespace)::hidden", "other"));
});

test("template arguments are spelt in several ways, those that are always the same left out", () => {
  const vector = "vector<int, std::allocator<int> >";
  const string = "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >";
  for (const [found, wanted, expected] of [
    ["Box<int>", "Box<int>", true],
    ["Box<int, 3>", "Box<int>", false],
    ["Box<int, 3ul>", "Box<int,3>", true],
    ["Box<long unsigned int>", "Box<unsigned long>", true],
    ["Box<unsigned int>", "Box<unsigned>", true],
    ["Box<char const*>", "Box<const char *>", true],
    ["Box<int>", "Box<in>", false],
    [vector, "vector<int>", true],
    [vector, "vector< int , std::allocator<int>>", true],
    ["vector<int, pool<int> >", "vector<int>", false],
    [`vector<${string}, std::allocator<${string} > >`, "vector<std::string>", true],
    [`map<int, std::${vector}, std::less<int>, std::allocator<int> >`, "map<int, std::vector<int>>", true],
    ["tuple<int, std::vector<int> >", "tuple<int>", false],
    [
      "unordered_map<int, int, my_hash, std::equal_to<int>, std::allocator<int> >",
      "unordered_map<int, int>",
      false,
    ],
  ] as const)
    assert.equal(isSpelling(found, wanted, "std"), expected, `${wanted} for ${found}`);
  assert.ok(!isSpelling("vector<int, std::allocator<int> >", "vector<int>", "own"));
});
