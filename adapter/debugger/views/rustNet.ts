/** Views of network addresses of Rust's library, as they are written (library/core/src/net). */
import type { EvaluationContext, Value } from "../types";
import { bytesOf } from "../values/values";
import { numberAt, partAt, type ViewMaker } from "./view";

/** They are all that an address has, whatever its members are called. */
function octets(address: Value, context: EvaluationContext): number[] {
  return [...bytesOf(address, context)];
}

/** ::ffff:0:0/96: the last four octets are an IPv4 address, and are written so. */
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** The shortest way to write it (RFC 5952). */
function written(address: Value, context: EvaluationContext): string {
  const all = octets(address, context);
  if (MAPPED.every((octet, index) => all[index] === octet)) return `::ffff:${all.slice(12).join(".")}`;
  const groups = Buffer.from(all).toString("hex").match(/.{4}/g) ?? [];
  return new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1);
}

const ipv4: ViewMaker = (value, context) => ({ kind: "word", word: octets(value, context).join(".") });

const ipv6: ViewMaker = (value, context) => ({ kind: "word", word: written(value, context) });

const socketV4: ViewMaker = (value, context) => {
  const address = octets(partAt(value, ["ip"], context), context).join(".");
  return { kind: "word", word: `${address}:${numberAt(value, ["port"], context)}` };
};

const socketV6: ViewMaker = (value, context) => {
  const scope = numberAt(value, ["scope_id"], context);
  const address = written(partAt(value, ["ip"], context), context) + (scope === 0n ? "" : `%${scope}`);
  return { kind: "word", word: `[${address}]:${numberAt(value, ["port"], context)}` };
};

/** By the path of a type; before Rust 1.77 the same were in std, and before 1.64 with sockets of the system's making. */
export const rustNet: ReadonlyMap<string, ViewMaker> = new Map(
  ["core", "std"].flatMap((library) => [
    [`${library}::net::ip_addr::Ipv4Addr`, ipv4],
    [`${library}::net::ip_addr::Ipv6Addr`, ipv6],
    [`${library}::net::ip::Ipv4Addr`, ipv4],
    [`${library}::net::ip::Ipv6Addr`, ipv6],
    [`${library}::net::socket_addr::SocketAddrV4`, socketV4],
    [`${library}::net::socket_addr::SocketAddrV6`, socketV6],
  ]),
);
