/** What could follow in a half-typed expression. */
import type { RecordType } from "../../symbols/sourceTypes";
import { UserError } from "../types";
import type { EvaluationContext } from "../types";
import { recordOf } from "../values/valuesMembers";
import { isPointer, plainType, voidType } from "../values/valuesTypes";
import { hasOnlyPositions } from "../values/valuesVariants";
import { looksAt } from "../views/methods";
import { viewOf } from "../views/views";
import { evaluateToValue } from "./evaluation";
import { isRust, namePlaceOf, scopedVariable } from "./names";
import { registersOf } from "./registers";

export interface Completion {
  readonly label: string;
  readonly kind: "variable" | "member" | "function" | "register";
  readonly detail?: string;
  /** The typed characters that the label replaces: `length` of them from `start` (0-based, in the text). */
  readonly start: number;
  readonly length: number;
}

type Candidate = Pick<Completion, "label" | "kind" | "detail">;

const MAX_NAMES = 200;

/** Completions for `text` with the cursor before the 0-based `column`. Empty where nothing fits; never throws. */
export async function completions(
  context: EvaluationContext,
  text: string,
  column: number,
): Promise<Completion[]> {
  const typed = text.slice(0, column);
  const prefix = /[\p{L}_$][\p{L}\p{M}\p{N}_$]*$/u.exec(typed)?.[0] ?? "";
  const before = typed.slice(0, typed.length - prefix.length);
  const place = { start: typed.length - prefix.length, length: prefix.length };
  const candidates = await candidatesFor(before, prefix, context);
  return candidates
    .filter(({ label }) => label.startsWith(prefix))
    .slice(0, MAX_NAMES)
    .map((candidate) => ({ ...candidate, ...place }));
}

async function candidatesFor(
  before: string,
  prefix: string,
  context: EvaluationContext,
): Promise<Candidate[]> {
  const operator = /(\.|->)\s*$/.exec(before);
  if (operator !== null) return membersOf(before.slice(0, operator.index), operator[1] === "->", context);
  if (/["'\d]$/.test(before)) return [];
  if (prefix.startsWith("$"))
    return registersOf(context).map(({ name }) => ({ label: `$${name}`, kind: "register" as const }));
  return names(prefix, context);
}

/** The members of what the text ends with. */
async function membersOf(text: string, isArrow: boolean, context: EvaluationContext): Promise<Candidate[]> {
  try {
    const value = await evaluateToValue(postfixAtEnd(text), context, { sideEffects: false });
    const view = viewOf(value, context);
    const meant = isArrow && view?.kind === "stead" ? view.value : value;
    const plain = plainType(meant.type);
    const record = recordOf(isPointer(plain) ? plain.target : plain, context);
    const ofRust = isRust(namePlaceOf(context));
    const looks = view === undefined || isArrow ? [] : looksAt(view, ofRust);
    const methods = looks.map((name): Candidate => ({ label: `${name}()`, kind: "function" }));
    const members = record === undefined ? [] : memberNames(record);
    const arePositions = ofRust && record !== undefined && hasOnlyPositions(record);
    const named = arePositions ? members.map((each, index) => ({ ...each, label: String(index) })) : members;
    return [...methods, ...named];
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

function memberNames(record: RecordType): Candidate[] {
  return record.members.flatMap((member) => {
    const inner = plainType(member.type);
    const nested = (member.name === undefined || member.isBase) && "members" in inner;
    if (nested) return memberNames(inner);
    if (member.name === undefined) return [];
    return [{ label: member.name, kind: "member" as const, detail: member.type.displayName }];
  });
}

/** The postfix expression a text ends with: names, member operators and whole brackets, read backwards. */
function postfixAtEnd(text: string): string {
  let start = text.trimEnd().length;
  const end = start;
  for (let depth = 0; start > 0; start--) {
    const character = text[start - 1] ?? "";
    if (character === ")" || character === "]") depth++;
    else if (character === "(" || character === "[") {
      if (depth-- === 0) break;
    } else if (depth === 0 && !/[\p{L}\p{M}\p{N}_$.:]/u.test(character)) {
      if (text.slice(start - 2, start) !== "->") break;
      start--;
    }
  }
  return text.slice(start, end);
}

function names(prefix: string, context: EvaluationContext): Candidate[] {
  const place = namePlaceOf(context);
  const found = new Map<string, Candidate>();
  const add = (candidate: Candidate): void => {
    if (!found.has(candidate.label)) found.set(candidate.label, candidate);
  };
  const { module, address } = place;
  const unit = module === undefined || address === undefined ? [] : module.symbols.unitVariablesAt(address);
  for (const symbol of [...place.scopes.flatMap(({ variables }) => variables), ...unit])
    if (!symbol.artificial && symbol.name.startsWith(prefix))
      add({ label: symbol.name, kind: "variable", detail: symbol.type.displayName });
  const self = plainType(scopedVariable("this", place)?.type ?? voidType);
  const object = isPointer(self) ? recordOf(self.target, context) : undefined;
  for (const member of object === undefined ? [] : memberNames(object))
    if (member.label.startsWith(prefix)) add(member);
  if (prefix === "") return [...found.values()];
  for (const each of place.modules)
    for (const { name, kind } of each.symbols.namesStartingWith(prefix, MAX_NAMES))
      add({ label: name, kind });
  return [...found.values()];
}
