import type { CompareCheckpointsResponseBody, VariableChange } from "../adapter/protocol";

/** The two sides of a comparison as texts that a diff editor can lay side by side, line by line. */
export interface ComparisonText {
  readonly before: string;
  readonly after: string;
}

/** `3 pages of memory differ, 120 bytes in them`. */
export function memoryInWords({ pagesChanged, bytesChanged }: CompareCheckpointsResponseBody): string {
  const pages = pagesChanged === 1 ? "1 page of memory differs" : `${pagesChanged} pages of memory differ`;
  const where = pagesChanged === 1 ? "it" : "them";
  return `${pages}, ${bytesChanged === 1 ? "1 byte" : `${bytesChanged} bytes`} in ${where}`;
}

/** The variables below their scopes, in the order in which the scopes come first. */
export function comparisonTextOf(comparison: CompareCheckpointsResponseBody): ComparisonText {
  const scopes = new Map<string, VariableChange[]>();
  for (const change of comparison.changes)
    scopes.set(change.scope, [...(scopes.get(change.scope) ?? []), change]);
  const side = (key: "before" | "after") =>
    [
      `${memoryInWords(comparison)}.`,
      ...[...scopes].flatMap(([scope, changes]) => [
        "",
        scope,
        ...changes.map((change) => `    ${declarationOf(change)} = ${oneLine(change[key])}`),
      ]),
      "",
    ].join("\n");
  return { before: side("before"), after: side("after") };
}

function declarationOf({ type, name }: VariableChange): string {
  return type.endsWith("*") ? `${type}${name}` : `${type} ${name}`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " ");
}
