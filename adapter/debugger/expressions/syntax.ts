/** The syntax tree of a C expression. */
import type { BaseType } from "../../symbols/sourceTypes";

export type UnaryOperator = "+" | "-" | "!" | "~" | "*" | "&";
export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%" | "&" | "|" | "^" | "<<" | ">>";
export type ComparisonOperator = "==" | "!=" | "<" | ">" | "<=" | ">=";
export type BinaryOperator = ArithmeticOperator | ComparisonOperator;

export type Expression =
  | { readonly kind: "integer"; readonly value: bigint; readonly type: BaseType }
  /** `text` is a decimal or hexadecimal number without its suffix. */
  | { readonly kind: "float"; readonly text: string; readonly type: BaseType }
  /** `isBytes`: one of Rust's byte strings, which end with no zero. */
  | { readonly kind: "string"; readonly bytes: Buffer; readonly isBytes?: true }
  /** `scope`: what stands before `::`, a source file or a function. */
  | { readonly kind: "name"; readonly name: string; readonly scope?: string }
  | { readonly kind: "register"; readonly name: string }
  | { readonly kind: "unary"; readonly operator: UnaryOperator; readonly operand: Expression }
  | {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: "logical";
      readonly operator: "&&" | "||";
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: "assign";
      /** Absent: plain `=`. */
      readonly operator?: ArithmeticOperator;
      readonly target: Expression;
      readonly value: Expression;
    }
  | {
      readonly kind: "increment";
      readonly delta: 1 | -1;
      readonly prefix: boolean;
      readonly target: Expression;
    }
  | {
      readonly kind: "conditional";
      readonly condition: Expression;
      readonly whenTrue: Expression;
      readonly whenFalse: Expression;
    }
  | { readonly kind: "comma"; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "call"; readonly callee: Expression; readonly arguments: readonly Expression[] }
  | { readonly kind: "index"; readonly array: Expression; readonly index: Expression }
  | { readonly kind: "member"; readonly record: Expression; readonly name: string; readonly arrow: boolean }
  | { readonly kind: "cast"; readonly type: TypeName; readonly operand: Expression }
  | { readonly kind: "sizeofType" | "alignofType"; readonly type: TypeName }
  | { readonly kind: "sizeof" | "alignof"; readonly operand: Expression }
  /** GDB's `object@count`. */
  | { readonly kind: "repeat"; readonly element: Expression; readonly count: Expression };

/** A type as it is written in a cast or sizeof. */
export type TypeName =
  | { readonly kind: "builtin"; readonly type: BaseType | "void" }
  | { readonly kind: "named"; readonly tag?: "struct" | "union" | "enum" | "class"; readonly name: string }
  | { readonly kind: "typeof"; readonly operand: Expression }
  | { readonly kind: "pointer"; readonly target: TypeName }
  | { readonly kind: "reference"; readonly target: TypeName }
  | { readonly kind: "array"; readonly element: TypeName; readonly count?: Expression }
  | {
      readonly kind: "function";
      readonly returns: TypeName;
      readonly parameters: readonly TypeName[];
      readonly variadic: boolean;
    };
