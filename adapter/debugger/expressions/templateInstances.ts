/** What function templates are in a program: the instances that the compiler has made of them. */
import { isMeantBy, isSameScope, lastPart, withoutArguments } from "../../symbols/qualifiedNames";
import type { FunctionType } from "../../symbols/sourceTypes";
import { argumentsIn } from "../../symbols/templateNames";
import type { FunctionSymbol } from "../../symbols/types";
import type { LoadedModule } from "../types";
import { nearest, splitName } from "./enclosingScopes";
import { languageAt, scopesAround } from "./names";
import type { NamePlace } from "./names";
import { callableOf, seenFrom } from "./overloads";
import type { Callable } from "./overloads";

interface Instance {
  readonly symbol: FunctionSymbol;
  readonly module: LoadedModule;
  readonly scope: string;
}

/**
 * What can be called by a template's name without arguments: what stands in the scope that is nearest to the place, or in `scope`. The
 * arguments of a call tell which of them is meant.
 */
export function instancesNamed(name: string, place: NamePlace, scope?: string): readonly Callable[] {
  if (languageAt(place) !== "c++") return [];
  const instances = place.modules.flatMap((module) => instancesIn(module, name.replace(/^::/, ""), place));
  const meant = scope ?? scopeMeant(name, instances, place);
  return instances
    .filter((each) => meant !== undefined && isSameScope(each.scope, meant))
    .flatMap(({ symbol, module }) =>
      callableOf(symbol, module).flatMap((each) => asInstance(each, symbol.name)),
    );
}

/** The scope of the instances that a name means; undefined: none, or of several nobody can tell. */
function scopeMeant(name: string, instances: readonly Instance[], place: NamePlace): string | undefined {
  const scopeOf = ({ scope }: Instance): string => scope;
  if (name.startsWith("::")) return splitName(name.slice(2)).written;
  const near = nearest(instances, scopeOf, splitName(name).written, scopesAround(place) ?? []);
  if (near !== undefined) return near.scope;
  // Those of one other namespace may be seen by a `using`.
  const [any, ...others] = instances;
  return any && others.every(({ scope }) => isSameScope(scope, any.scope)) ? any.scope : undefined;
}

function instancesIn(module: LoadedModule, name: string, place: NamePlace): Instance[] {
  const isInstance = ({ name: found }: FunctionSymbol): boolean =>
    lastPart(found) !== withoutArguments(lastPart(found)) && isMeantBy(found, name);
  return seenFrom(place, module, lastPart(name), module.symbols.instancesNamed(name))
    .filter(isInstance)
    .map((symbol) => ({ symbol, module, scope: splitName(symbol.name).written }));
}

/** A number among the template's arguments is told by no argument of a call, but where a parameter's type has it. */
function isTold(madeFor: readonly string[], { parameters }: FunctionType): boolean {
  const numbers = madeFor.filter((argument) => /^(?:-?\d+\w*|true|false|'.*'|\(.*\).*)$/s.test(argument));
  return numbers.every((number) => parameters.some(({ displayName }) => displayName.includes(number)));
}

/** A function that a name without template arguments means by those of a call; empty: these do not tell. */
export function asInstance<T extends Callable>(callable: T, name: string): T[] {
  const plain = lastPart(name);
  const open = withoutArguments(plain).length;
  if (open === plain.length) return [callable];
  const madeFor = argumentsIn(plain.slice(plain.indexOf("<", open) + 1, -1)).map((each) => each.trim());
  return isTold(madeFor, callable.type) ? [{ ...callable, madeFor }] : [];
}
