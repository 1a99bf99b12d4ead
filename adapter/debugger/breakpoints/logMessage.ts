/** Log messages of log points: text with `{expressions}`; `\{` and `\}` are braces themselves. */
import { UserError } from "../types";

export type LogPart = { readonly text: string } | { readonly expression: string };

/** Splits a log message. A brace inside an expression's string, character or nested braces does not end it. */
export function parseLogMessage(message: string): LogPart[] {
  const parts: LogPart[] = [];
  let text = "";
  for (let at = 0; at < message.length; at++) {
    const character = message.charAt(at);
    if (character === "\\" && /[{}]/.test(message.charAt(at + 1))) text += message.charAt(++at);
    else if (character === "{") {
      const end = expressionEnd(message, at + 1);
      if (text !== "") parts.push({ text });
      text = "";
      parts.push({ expression: message.slice(at + 1, end).trim() });
      at = end;
    } else text += character;
  }
  if (text !== "") parts.push({ text });
  return parts;
}

function expressionEnd(message: string, start: number): number {
  let depth = 0;
  for (let at = start; at < message.length; at++) {
    const character = message.charAt(at);
    if (character === '"' || character === "'") at = quoteEnd(message, at);
    else if (character === "{") depth++;
    else if (character === "}" && depth-- === 0) return at;
  }
  throw new UserError(
    `The log message "${message}" has an opening brace that is not closed: write \\{ for a brace.`,
  );
}

function quoteEnd(message: string, start: number): number {
  for (let at = start + 1; at < message.length; at++) {
    if (message[at] === "\\") at++;
    else if (message[at] === message[start]) return at;
  }
  return start;
}
