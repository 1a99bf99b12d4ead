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
