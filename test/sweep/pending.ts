/** Programs whose state a restart does not bring back yet, by what is missing; `name (build)`: only that build. */
export const pending: Readonly<Record<string, readonly string[]>> = {};
