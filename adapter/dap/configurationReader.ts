/** Reads the keys of a launch configuration, which is JSON written by hand: each wrong value is told in a sentence. */
import { UserError } from "../debugger/types";

/** Keys that VS Code itself puts into every configuration, and that are none of the adapter's business. */
const ofTheClient = new Set([
  "type",
  "name",
  "request",
  "preLaunchTask",
  "postDebugTask",
  "presentation",
  "internalConsoleOptions",
  "debugServer",
  "serverReadyAction",
  "suppressMultipleSessionWarning",
  "linux",
  "osx",
  "windows",
]);

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * One object of a configuration. Each reading method takes a key and its other spelling, gives undefined where neither
 * is set, and throws UserError where the value is of another kind. `null` counts as not set.
 */
export class ConfigurationReader {
  private readonly known = new Set<string>();
  private readonly sections = new Map<string, ConfigurationReader>();
  private readonly object: JsonObject;

  /** @param prefix names the object in sentences: `checkpoints.` for the keys inside it. */
  constructor(
    value: unknown,
    private readonly prefix = "",
  ) {
    if (value !== undefined && !isObject(value))
      throw new UserError(
        prefix ? `"${prefix.slice(0, -1)}" must be an object.` : "The launch arguments must be an object.",
      );
    this.object = value ?? {};
  }

  has(key: string): boolean {
    return this.value(key) !== undefined;
  }

  /** The value as it is, by a key or its other spelling; both at once are refused. */
  value(key: string, alias?: string): unknown {
    const own = this.raw(key);
    const other = alias === undefined ? undefined : this.raw(alias);
    if (own !== undefined && other !== undefined)
      throw new UserError(`Both "${key}" and "${alias}" are set; keep one of them.`);
    return own ?? other;
  }

  private raw(key: string): unknown {
    this.known.add(key);
    return this.object[key] ?? undefined;
  }

  text(key: string): string | undefined {
    return this.read(key, undefined, "a string", isText);
  }

  flag(key: string, alias?: string): boolean | undefined {
    return this.read(key, alias, "true or false", (value) => typeof value === "boolean");
  }

  positiveInteger(key: string): number | undefined {
    const isPositive = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0;
    return this.read(key, undefined, "a whole number of at least 1", isPositive);
  }

  strings(key: string): string[] | undefined {
    const isList = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);
    return this.read(key, undefined, "a list of strings", isList);
  }

  stringsOrNulls(key: string, most: number): (string | null)[] | undefined {
    const isList = (value: unknown): value is (string | null)[] =>
      Array.isArray(value) && value.length <= most && value.every((each) => each === null || isText(each));
    return this.read(key, undefined, `a list of at most ${most} file names or nulls`, isList);
  }

  stringMap(key: string, alias?: string): Record<string, string> | undefined {
    const isMap = (value: unknown): value is Record<string, string> =>
      isObject(value) && Object.values(value).every((each) => typeof each === "string");
    return this.read(key, alias, "an object of strings", isMap);
  }

  stringOrNullMap(key: string): Record<string, string | null> | undefined {
    const isMap = (value: unknown): value is Record<string, string | null> =>
      isObject(value) && Object.values(value).every((each) => each === null || isText(each));
    return this.read(key, undefined, "an object of strings, or null for a variable to unset", isMap);
  }

  /** cpptools' list of `{ name, value }`. */
  nameValueList(key: string): Record<string, string> | undefined {
    const isPair = (each: unknown): each is { name: string; value: string } =>
      isObject(each) && typeof each["name"] === "string" && typeof each["value"] === "string";
    const isList = (value: unknown): value is { name: string; value: string }[] =>
      Array.isArray(value) && value.every(isPair);
    const list = this.read(key, undefined, `a list of { "name", "value" }`, isList);
    return list && Object.fromEntries(list.map(({ name, value }) => [name, value]));
  }

  oneOf<const Choice extends string>(key: string, choices: readonly Choice[]): Choice | undefined {
    const kind = choices.map((choice) => `"${choice}"`).join(" or ");
    const isChoice = (value: unknown): value is Choice => choices.some((choice) => choice === value);
    return this.read(key, undefined, kind, isChoice);
  }

  /** Refuses values that a later version will take, by name, apart from those that mean nothing. */
  only(key: string, supported: readonly string[], later: readonly string[]): void {
    const value = this.oneOf(key, [...supported, ...later]);
    if (value !== undefined && later.includes(value))
      throw new UserError(
        `"${this.prefix}${key}": "${value}" is not supported yet; use "${supported.join('" or "')}" or leave it out.`,
      );
  }

  /** An object inside this one; an empty one where it is not set. */
  section(key: string): ConfigurationReader {
    const section =
      this.sections.get(key) ?? new ConfigurationReader(this.value(key), `${this.prefix}${key}.`);
    this.sections.set(key, section);
    return section;
  }

  /** Keys that nobody has asked for, apart from the client's own. */
  unknownKeys(): string[] {
    const isUnknown = (key: string) => !this.known.has(key) && !ofTheClient.has(key) && !key.startsWith("__");
    const own = Object.keys(this.object).filter(isUnknown);
    const inside = [...this.sections.values()].flatMap((section) => section.unknownKeys());
    return [...own.map((key) => this.prefix + key), ...inside];
  }

  private read<T>(
    key: string,
    alias: string | undefined,
    kind: string,
    is: (value: unknown) => value is T,
  ): T | undefined {
    const value = this.value(key, alias);
    if (value === undefined || is(value)) return value;
    const name = alias !== undefined && this.raw(key) === undefined ? alias : key;
    throw new UserError(`"${this.prefix}${name}" must be ${kind}, not ${JSON.stringify(value)}.`);
  }
}

/** Whether a value from JSON is an object with keys. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && !value.includes("\0");
}
