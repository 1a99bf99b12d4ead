/** Array types (DWARF 5 section 5.5), variable-length ones included. */
import type { DebugData } from "./debugData";
import type { Die } from "./dies";
import { At, Tag } from "./dwarf";
import type { Locations } from "./locations";
import type { ArrayDimension } from "./sourceTypes";
import type { VariableSymbol } from "./types";

/** What types need from the rest of the room. */
export interface TypeSources {
  readonly data: DebugData;
  readonly locations: Locations;
  variable(die: Die): VariableSymbol;
}

/** The dimensions of an array's DIE, outermost first. */
export function readDimensions(die: Die, sources: TypeSources): ArrayDimension[] {
  const dimensions = die.children
    .filter(({ tag }) => tag === Tag.subrangeType || tag === Tag.enumerationType)
    .map((child) => readDimension(child, sources));
  return dimensions.length > 0 ? dimensions : [{ count: undefined }];
}

/** The number of elements when all dimensions are constant. */
export function elementCount(dimensions: readonly ArrayDimension[]): number | undefined {
  return dimensions.reduce<number | undefined>((product, dimension) => {
    if (product === undefined || !("count" in dimension) || dimension.count === undefined) return undefined;
    return product * dimension.count;
  }, 1);
}

function readDimension(die: Die, sources: TypeSources): ArrayDimension {
  const lower = die.number(At.lowerBound) ?? 0;
  return (
    readBound(die, At.count, 0, sources) ??
    readBound(die, At.upperBound, 1 - lower, sources) ?? { count: undefined }
  );
}

function readBound(
  die: Die,
  attribute: number,
  plus: number,
  sources: TypeSources,
): ArrayDimension | undefined {
  const value = die.attribute(attribute);
  switch (value?.kind) {
    case "number":
      /* An upper bound of -1 is how compilers write a length of none. */
      return { count: Math.max(0, Number(BigInt.asIntN(64, value.value)) + plus) };
    case "reference": {
      const variable = sources.data.node(value.value);
      return variable && { countFrom: sources.variable(variable), plus };
    }
    case "expression": {
      const countOps = sources.locations.expression(die.reference, attribute);
      return countOps && { countOps, plus };
    }
    default:
      return undefined;
  }
}
