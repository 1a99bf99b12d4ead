/** Values made when first asked for. */

/**
 * Runs `make` once, at the first call. When damaged debug information makes it need its own result, that inner
 * call gives `circular`.
 */
export function lazily<T>(make: () => T, circular: T): () => T {
  let made: { readonly value: T } | undefined;
  let making = false;
  return () => {
    if (made) return made.value;
    if (making) return circular;
    making = true;
    try {
      made = { value: make() };
      return made.value;
    } finally {
      making = false;
    }
  };
}

/** What was last asked for, kept by key: between `most` and twice as much. */
export class Lately<Key, Value> {
  private recent = new Map<Key, { readonly value: Value }>();
  private before = new Map<Key, { readonly value: Value }>();

  constructor(private readonly most: number) {}

  get(key: Key, make: () => Value): Value {
    const known = this.recent.get(key);
    if (known) return known.value;
    const entry = this.before.get(key) ?? { value: make() };
    if (this.recent.size >= this.most) {
      this.before = this.recent;
      this.recent = new Map();
    }
    this.recent.set(key, entry);
    return entry.value;
  }
}
