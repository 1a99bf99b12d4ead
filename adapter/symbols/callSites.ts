/** Call sites: what a caller passed, for values that a callee no longer holds (DWARF 5 section 3.4). */
import type { FileAddress } from "../target/addresses";
import { fileAddress } from "../target/addresses";
import type { DebugData } from "./debugData";
import type { Die } from "./dies";
import { At, Tag } from "./dwarf";
import type { Functions } from "./functions";
import type { Locations } from "./locations";
import type { CallSite } from "./types";

function returnsTo(die: Die, address: FileAddress): boolean {
  if (die.tag === Tag.callSite) return die.bigint(At.callReturnPc) === address;
  return die.tag === Tag.gnuCallSite && die.bigint(At.lowPc) === address;
}

function findSite(die: Die, address: FileAddress): Die | undefined {
  if (returnsTo(die, address)) return die;
  for (const child of die.children) {
    const found = findSite(child, address);
    if (found) return found;
  }
  return undefined;
}

export class CallSites {
  constructor(
    private readonly data: DebugData,
    private readonly functions: Functions,
    private readonly locations: Locations,
  ) {}

  at(returnAddress: FileAddress): CallSite | undefined {
    /* The call is the instruction before: the return address can lie behind the function's end. */
    const caller = this.functions.dieAt(fileAddress(returnAddress - 1n));
    const tree = caller && this.data.tree(caller.reference);
    const site = tree && findSite(tree, returnAddress);
    if (site === undefined) return undefined;
    const isGnu = site.tag === Tag.gnuCallSite;
    const reference = isGnu ? site.origin : site.referenceTo(At.callOrigin);
    const called = reference ? this.data.node(reference) : undefined;
    const callee = called?.linkageName ?? called?.name;
    const target = this.locations.expression(site.reference, isGnu ? At.gnuCallSiteTarget : At.callTarget);
    return {
      parameters: site.children.flatMap((child) => this.parameter(child)),
      ...(callee === undefined ? {} : { callee }),
      ...(target ? { target } : {}),
    };
  }

  private parameter(die: Die): CallSite["parameters"][number][] {
    const isGnu = die.tag === Tag.gnuCallSiteParameter;
    if (!isGnu && die.tag !== Tag.callSiteParameter) return [];
    const location = this.locations.expression(die.reference, At.location);
    const value = this.locations.expression(die.reference, isGnu ? At.gnuCallSiteValue : At.callValue);
    return location && value ? [{ location, value }] : [];
  }
}
