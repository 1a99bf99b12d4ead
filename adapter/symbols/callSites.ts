/**
 * Call sites: what a caller passed, for values that a callee no longer holds, and where functions leave by a jump to another
 * (DWARF 5 section 3.4; before, GNU's extension of the same shape).
 */
import type { FileAddress } from "../target/addresses";
import { fileAddress } from "../target/addresses";
import type { DebugData } from "./debugData";
import type { Die } from "./dies";
import { At, Tag } from "./dwarf";
import type { Functions } from "./functions";
import type { Locations } from "./locations";
import type { CallSite, DieReference, FunctionSymbol, TailCall } from "./types";

function isGnu({ tag }: Die): boolean {
  return tag === Tag.gnuCallSite || tag === Tag.gnuCallSiteParameter;
}

/** The address behind a call or jump; Clang states that of a jump itself in DWARF 5, and no other. */
function behind(site: Die): FileAddress | undefined {
  const stated = site.bigint(isGnu(site) ? At.lowPc : At.callReturnPc);
  return stated === undefined ? undefined : fileAddress(stated);
}

/** The call sites of a function, those of what is inlined into it among them; not of functions that are defined in it. */
function* sitesIn(die: Die): Generator<Die> {
  for (const child of die.children) {
    if (child.tag === Tag.callSite || child.tag === Tag.gnuCallSite) yield child;
    else if (child.tag !== Tag.subprogram) yield* sitesIn(child);
  }
}

/** What is seldom asked for is read when it is. */
class DieSite implements TailCall {
  constructor(
    private readonly site: Die,
    private readonly data: DebugData,
    private readonly locations: Locations,
  ) {}

  get behind(): FileAddress | undefined {
    return behind(this.site);
  }

  get jump(): FileAddress | undefined {
    const stated = this.site.bigint(At.callPc);
    return stated === undefined ? undefined : fileAddress(stated);
  }

  get callee(): string | undefined {
    const reference = isGnu(this.site) ? this.site.origin : this.site.referenceTo(At.callOrigin);
    const called = reference ? this.data.node(reference) : undefined;
    return called?.linkageName ?? called?.name;
  }

  get target(): CallSite["target"] {
    return this.expression(this.site, isGnu(this.site) ? At.gnuCallSiteTarget : At.callTarget);
  }

  get parameters(): CallSite["parameters"] {
    return this.site.children.flatMap((die) => {
      if (die.tag !== Tag.gnuCallSiteParameter && die.tag !== Tag.callSiteParameter) return [];
      const location = this.expression(die, At.location);
      const parameter = isGnu(die) ? die.origin : die.referenceTo(At.callParameter);
      const value = this.expression(die, isGnu(die) ? At.gnuCallSiteValue : At.callValue);
      if (value === undefined) return [];
      return [{ value, ...(location && { location }), ...(parameter && { parameter }) }];
    });
  }

  private expression(die: Die, attribute: number): CallSite["target"] {
    return this.locations.expression(die.reference, attribute);
  }
}

export class CallSites {
  private readonly tailCalls = new Map<DieReference, readonly TailCall[]>();

  constructor(
    private readonly data: DebugData,
    private readonly functions: Functions,
    private readonly locations: Locations,
  ) {}

  at(returnAddress: FileAddress): CallSite | undefined {
    /* The call is the instruction before: the return address can lie behind the function's end. */
    const caller = this.functions.dieAt(fileAddress(returnAddress - 1n));
    const tree = caller && this.data.tree(caller.reference);
    for (const site of tree ? sitesIn(tree) : [])
      if (behind(site) === returnAddress) return this.describe(site);
    return undefined;
  }

  tailCallsOf({ die }: FunctionSymbol): readonly TailCall[] {
    const known = die === undefined ? [] : this.tailCalls.get(die);
    if (known !== undefined || die === undefined) return known ?? [];
    const tree = this.data.tree(die);
    const jumps = (tree ? [...sitesIn(tree)] : []).filter(
      (site) => site.flag(At.callTailCall) || site.flag(At.gnuTailCall),
    );
    const described = jumps.map((site) => this.describe(site));
    this.tailCalls.set(die, described);
    return described;
  }

  private describe(site: Die): TailCall {
    return new DieSite(site, this.data, this.locations);
  }
}
