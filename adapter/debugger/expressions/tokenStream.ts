/** A cursor over tokens, shared by the parsers of expressions and of type names. */
import { UserError } from "../types";
import { tokenize } from "./lexer";
import type { Spelling, Token } from "./lexer";
import type { Expression } from "./syntax";

/** What C's and C++'s grammar cannot tell. */
export interface KnownNames {
  /** Whether an identifier names a type of the program. */
  isType(name: string): boolean;
  readonly spelling: Spelling;
}

export class TokenStream {
  private readonly tokens: readonly Token[];
  private position = 0;

  /** `parse` parses an expression from here on. */
  constructor(
    readonly text: string,
    private readonly known: KnownNames,
    private readonly parse: (stream: TokenStream) => Expression,
  ) {
    this.tokens = tokenize(text, known.spelling);
  }

  get isRust(): boolean {
    return this.known.spelling.isRust;
  }

  isType(name: string): boolean {
    return this.known.isType(name);
  }

  peek(offset = 0): Token {
    const token = this.tokens[Math.min(this.position + offset, this.tokens.length - 1)];
    if (token === undefined) throw new UserError("The expression is empty.");
    return token;
  }

  next(): Token {
    const token = this.peek();
    this.position++;
    return token;
  }

  /** Takes an operator if it is next. */
  accept(operator: string): boolean {
    const token = this.peek();
    if (token.kind !== "operator" || token.text !== operator) return false;
    this.position++;
    return true;
  }

  /** Takes an operator that must come. Throws UserError. */
  expect(operator: string): void {
    if (this.accept(operator)) return;
    throw this.unexpected(`"${operator}" is expected`);
  }

  expression(): Expression {
    return this.parse(this);
  }

  unexpected(expected: string): UserError {
    const token = this.peek();
    const found = token.kind === "end" ? "the expression ends" : `"${token.text}" stands`;
    return new UserError(`In "${this.text}", ${expected} where ${found}.`);
  }
}
