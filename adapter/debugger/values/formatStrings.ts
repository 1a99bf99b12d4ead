/** Characters and strings as C literals. What is no valid UTF-8 is shown as octal escapes. */

const escapes: Record<number, string> = {
  7: "\\a",
  8: "\\b",
  9: "\\t",
  10: "\\n",
  11: "\\v",
  12: "\\f",
  13: "\\r",
  27: "\\033",
  92: "\\\\",
};

function octal(byte: number): string {
  return `\\${byte.toString(8).padStart(3, "0")}`;
}

function isPrintable(character: string): boolean {
  return !/[\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Cf}]/u.test(character);
}

/** How many bytes a UTF-8 sequence takes by its first byte; 0: none begins with it. */
function sequenceLength(byte: number): number {
  if (byte < 0x80) return 1;
  if (byte >= 0xc2 && byte < 0xe0) return 2;
  if (byte >= 0xe0 && byte < 0xf0) return 3;
  return byte >= 0xf0 && byte < 0xf5 ? 4 : 0;
}

/** The printable character at `at`, with its length in bytes; undefined for anything that must be escaped. */
function characterAt(bytes: Buffer, at: number): { text: string; length: number } | undefined {
  const length = sequenceLength(bytes[at] ?? 0);
  if (length === 0 || at + length > bytes.length) return undefined;
  const text = bytes.toString("utf8", at, at + length);
  if (text.includes("\ufffd") || [...text].length !== 1 || !isPrintable(text)) return undefined;
  return { text, length };
}

/** The inside of a string literal for UTF-8 bytes. */
export function escapeBytes(bytes: Buffer, quote: '"' | "'" = '"'): string {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const byte = bytes[at] ?? 0;
    const found = characterAt(bytes, at);
    if (escapes[byte] !== undefined) text += escapes[byte];
    else if (found?.text === quote) text += `\\${quote}`;
    else text += found?.text ?? octal(byte);
    at += escapes[byte] === undefined ? (found?.length ?? 1) : 1;
  }
  return text;
}

/** The inside of a literal for wide characters given as code units of 2 or 4 bytes. */
export function escapeUnits(units: readonly number[], unitSize: number, quote: '"' | "'" = '"'): string {
  const characters =
    unitSize === 2
      ? [...String.fromCharCode(...units)]
      : units.map((unit) => (unit >= 0 && unit <= 0x10ffff ? String.fromCodePoint(unit) : unit));
  return characters
    .map((character) => {
      const code = typeof character === "number" ? character : (character.codePointAt(0) ?? 0);
      if (escapes[code] !== undefined) return escapes[code];
      if (typeof character === "string" && isPrintable(character))
        return character === quote ? `\\${quote}` : character;
      return code < 0x20 ? octal(code) : `\\x${(code >>> 0).toString(16)}`;
    })
    .join("");
}

/** A one-byte character literal. */
export function characterLiteral(byte: number): string {
  return `'${escapeBytes(Buffer.from([byte]), "'")}'`;
}

/**
 * Whether bytes look like text and not like numbers: something printable before the first NUL, and nothing but NUL
 * behind it.
 */
export function looksLikeText(bytes: Buffer): boolean {
  const end = bytes.indexOf(0);
  const text = end < 0 ? bytes : bytes.subarray(0, end);
  if (text.length === 0 || (end >= 0 && bytes.subarray(end).some((byte) => byte !== 0))) return false;
  for (let at = 0; at < text.length;) {
    const found = characterAt(text, at);
    const space = [9, 10, 13].includes(text[at] ?? 0);
    if (found === undefined && !space) return false;
    at += found?.length ?? 1;
  }
  return true;
}
