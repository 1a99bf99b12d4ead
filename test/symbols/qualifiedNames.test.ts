import assert from "node:assert/strict";
import test from "node:test";
import { isMeantBy, partsOf, withoutArguments } from "../../adapter/symbols/qualifiedNames";

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
