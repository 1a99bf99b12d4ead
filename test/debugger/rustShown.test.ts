/** Values as a person who writes Rust expects to read them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { childrenOf, RUST_MINOR } from "./rustRows";
import { withProgram } from "./valuesProgram";

const expected: Readonly<Record<string, readonly [type: string, value: string | RegExp]>> = {
  place_reference: ["&rustShown::Place", /^0x7ff[0-9a-f]+ \{name = "here", at = \(3, -4\)\}$/],
  twice: ["&&rustShown::Place", /^0x7ff[0-9a-f]+ 0x7ff[0-9a-f]+ \{name = "here", at = \(3, -4\)\}$/],
  number_reference: ["&mut i32", /^0x7ff[0-9a-f]+ 7$/],
  pointer: ["*const i32", /^0x7ff[0-9a-f]+$/],
  nothing: ["&()", /^0x[0-9a-f]+$/],
  letters: ["[char; 5]", "{'a', '\\n', '\\'', 'ß', '😀'}"],
  matrix: ["[[i32; 3]; 2]", "{{1, 2, 3}, {4, 5, 6}}"],
  bytes: ["&[u8; 3]", /^0x[0-9a-f]+ \{114, 97, 119\}$/],
  flag: ["core::sync::atomic::AtomicBool", "true"],
  owned: ["alloc::ffi::c_str::CString", '"of C"'],
  borrowed: ["&core::ffi::c_str::CStr", '"of C"'],
  empty: ["alloc::ffi::c_str::CString", '""'],
  ip: ["core::net::ip_addr::IpAddr", "V4(127.0.0.1)"],
  ip6: ["core::net::ip_addr::Ipv6Addr", "2001:db8::1"],
  local6: ["core::net::ip_addr::IpAddr", "V6(::1)"],
  socket: ["core::net::socket_addr::SocketAddr", "V4(10.0.0.1:8080)"],
  scoped: ["core::net::socket_addr::SocketAddr", "V6([fe80::1%3]:80)"],
  mapped: ["core::net::ip_addr::Ipv6Addr", "::ffff:1.2.3.4"],
  socket6: ["core::net::socket_addr::SocketAddr", "V6([fe80::1]:80)"],
};

/** Where older libraries have what is of the network. */
function pathNow(path: string): string {
  return path
    .replace(/^std::net::/, "core::net::")
    .replace(/^core::net::ip::/, "core::net::ip_addr::")
    .replace(/^core::net::addr::/, "core::net::socket_addr::");
}

test("values of Rust are shown as Rust's", () =>
  withProgram("rustShown", "SHOWN", {}, async (program) => {
    const locals = await program.scope("Locals");
    for (const [name, [type, value]] of Object.entries(expected)) {
      if (RUST_MINOR < 64 && type.includes("::SocketAddr")) continue;
      const row = locals.get(name);
      assert.ok(row, name);
      assert.equal(pathNow(row.typeName), type, name);
      if (typeof value === "string") assert.equal(row.value, value, name);
      else assert.match(row.value, value, name);
    }
    assert.match(locals.get("boxed")?.value ?? "", /^Some\(0x[0-9a-f]+ \(2\.5\)\)$/);
    const [held] = await childrenOf(locals.get("boxed"));
    assert.equal(held?.name, "0");
  }));

test("a character that is none, and a reference to where nothing can be read, are told as they are", () =>
  withProgram("rustShown", "SHOWN", {}, async (program) => {
    await program.text("*(u32 *)&letters[0] = 0xd800");
    await program.text("*(u32 *)&letters[1] = 0x110000");
    assert.equal(await program.text("letters"), "{55296, 1114112, '\\'', 'ß', '😀'}");
    await program.text("*(unsigned long *)&place_reference = 16");
    assert.equal(await program.text("place_reference"), "0x10");
    assert.equal(await program.text("(unsigned long)twice == 0"), "false");
    await assert.rejects(program.text("twice == 0"), /Rust compares no &&rustShown::Place with i32/);
  }));
