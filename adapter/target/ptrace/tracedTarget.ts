/** A target whose use is written down, for `trace`: what it was asked, and what came of it. */
import type { Target } from "../target";

/** The capabilities of a target that hold methods of their own. */
const capabilities: ReadonlySet<string | symbol> = new Set(["execution", "checkpointer", "memory"]);

/** Longest line of the trace; a page of memory says nothing to a reader. */
const LONGEST = 400;

/**
 * The same target, with every call of its methods and those of its capabilities given to `write` as a line: the call,
 * then its result, its error, or what its promise came to.
 */
export function tracedTarget(target: Target, write: (line: string) => void): Target {
  return traced(target, "target", write);
}

function traced<T extends object>(object: T, name: string, write: (line: string) => void): T {
  return new Proxy(object, {
    get(real, key) {
      const value: unknown = Reflect.get(real, key, real);
      if (typeof value === "function") return tracedMethod(real, value, `${name}.${String(key)}`, write);
      const isCapability = typeof value === "object" && value !== null && capabilities.has(key);
      return isCapability ? traced(value, String(key), write) : value;
    },
    // The object's own accessors must see the object itself.
    set: (real, key, value) => Reflect.set(real, key, value, real),
  });
}

function tracedMethod(owner: object, method: object, name: string, write: (line: string) => void): unknown {
  return (...args: unknown[]): unknown => {
    const call = `${name}(${args.map(shown).join(", ")})`;
    try {
      const result: unknown = Reflect.apply(method as () => unknown, owner, args);
      if (result instanceof Promise) {
        write(`${call} ...`);
        result.then(
          (value: unknown) => write(`${name} gave ${shown(value)}`),
          (error: unknown) => write(`${name} failed: ${String(error)}`),
        );
      } else write(`${call} = ${shown(result)}`);
      return result;
    } catch (error) {
      write(`${call} failed: ${String(error)}`);
      throw error;
    }
  };
}

function shown(value: unknown): string {
  const text = JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === "bigint") return `0x${part.toString(16)}`;
    if (part instanceof Uint8Array) return `<${part.length} bytes>`;
    return part instanceof Map || part instanceof Set ? [...part] : part;
  });
  return (text ?? "undefined").slice(0, LONGEST);
}
