/** Names of C++ and Rust as their linkers have them, made readable. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { demangle } from "../../adapter/symbols/demangle";
import { mangledPart, parametersOf, withoutParameters } from "../../adapter/symbols/mangledNames";

const names: readonly (readonly [mangled: string, readable: string])[] = [
  ["_ZNSt6thread4joinEv", "std::thread::join()"],
  ["_ZL4lock", "lock"],
  ["_ZN2ns5valueE", "ns::value"],
  ["_ZNSt6vectorIiSaIiEE9push_backERKi", "std::vector<int, std::allocator<int> >::push_back(int const&)"],
  ["_ZZ4mainENKUlvE_clEv", "main::{lambda()#1}::operator()() const"],
  ["_Znwm", "operator new(unsigned long)"],
  ["_ZN4llvm11SmallVectorIiLj8EEC2Ev", "llvm::SmallVector<int, 8>::SmallVector()"],
  ["_ZN4PassIiJEE3runEv", "Pass<int>::run()"],
  ["_ZN12_GLOBAL__N_19filelocalE", "(anonymous namespace)::filelocal"],
  ["_ZTVN6shapes6CircleE", "vtable for shapes::Circle"],
  ["_ZTTN6shapes6CircleE", "VTT for shapes::Circle"],
  ["_ZTIN6shapes6CircleE", "typeinfo for shapes::Circle"],
  ["_ZThn16_N1B1fEv", "non-virtual thunk to B::f()"],
  ["_ZTv0_n24_N1B1fEv", "virtual thunk to B::f()"],
  ["_ZGVZ3foovE1x", "guard variable for foo()::x"],
  ["_Z3foov.cold", "foo() [clone .cold]"],
  ["_Z3fooi.constprop.0", "foo(int) [clone .constprop.0]"],
  ["_ZN4core3fmt9Formatter3pad17h0123456789abcdefE", "core::fmt::Formatter::pad"],
  ["_RNvCskwGfYPst2Cb_3foo3bar", "foo::bar"],
  ["_ZNSt6thread4joinEv@plt", "std::thread::join()@plt"],
  ["_ZTIi@CXXABI_1.3", "typeinfo for int"],
  ["main", "main"],
  ["_Zinvalid", "_Zinvalid"],
  ["_ZTVinvalid", "_ZTVinvalid"],
  ["_R", "_R"],
  ["_Right", "_Right"],
  ["__Zone", "__Zone"],
  ["", ""],
];

for (const [mangled, readable] of names)
  test(`${mangled || "no name"} is read as ${readable || "none"}`, () => {
    for (let time = 0; time < 2; time++) assert.equal(demangle(mangled), readable);
  });

test("a demangled function is its name and its parameters", () => {
  const parts = (name: string) => [withoutParameters(name), parametersOf(name)];
  assert.deepEqual(parts("std::thread::join()"), ["std::thread::join", ""]);
  assert.deepEqual(parts("B::f(int (*)(char), A&) const"), ["B::f", "int (*)(char), A&"]);
  assert.deepEqual(parts("Box<int>::operator()(long)"), ["Box<int>::operator()", "long"]);
  assert.deepEqual(parts("text[abi:cxx11](int)"), ["text", "int"]);
  assert.deepEqual(parts("foo(int) [clone .constprop.0]"), ["foo", "int"]);
  assert.deepEqual(parts("core::fmt::Formatter::pad"), ["core::fmt::Formatter::pad", undefined]);
});

test("what stands in a mangled name is known of identifiers, and of few operators", () => {
  assert.equal(mangledPart("join"), "4join");
  assert.equal(mangledPart("~Circle"), "6Circle");
  assert.equal(mangledPart("operator new[]"), "_Zna");
  assert.equal(mangledPart("operator+"), undefined);
});
