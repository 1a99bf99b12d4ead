import assert from "node:assert/strict";
import test from "node:test";
import {
  isMeantBy,
  isSameScope,
  lookedThrough,
  partsOf,
  readScope,
  spellingsOf,
  standsIn,
  withoutArguments,
} from "../../adapter/symbols/qualifiedNames";

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

test("template arguments are those that are meant, the usual ones left out", () => {
  const vector = "vector<int, std::allocator<int> >";
  for (const [wanted, names, expected] of [
    ["Box<int>", ["Box<int>", "Box<int, 3>"], ["Box<int>"]],
    ["Box<int>", ["Box<int, 3>"], ["Box<int, 3>"]],
    ["Box<int>", ["Box<int, 3>", "Box<int, 4>"], []],
    ["Box<int,3>", ["Box<int, 3ul>"], ["Box<int, 3ul>"]],
    ["Box<in>", ["Box<int>", "Box<int, 3>"], []],
    ["vector<int>", [vector, "vector<int, pool<int> >"], [vector]],
    ["vector< int , std::allocator<int>>", [vector], [vector]],
    ["Box", ["Box<int>"], []],
  ] as const)
    assert.deepEqual(spellingsOf(wanted, names), expected, wanted);
});
