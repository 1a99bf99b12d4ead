/** The kinds of state that checkpoints carry, in the order in which they are put back. */
import type { Carrier } from "./carried";

/** Each with the name that a person reads when it cannot be carried. */
export const carriers: readonly (readonly [resource: string, carrier: Carrier])[] = [];
