/**
 * Sockets without a connection: unbound, bound, listening, for datagrams. A copy that held one would keep its address in use. So copies
 * have none: a restart takes it from the live program where it is as it was, or else opens it anew.
 */
import type { Fidelity } from "../../../checkpointer";
import { NOBODY, STRANGER, type Connection } from "./connection";
import { isShut, type Socket } from "./socketDescriptions";
import { SOCK_DGRAM } from "./socketKinds";

export interface SocketRenewal {
  readonly connection: Connection;
  readonly said: readonly [what: string, state: Fidelity["state"]];
}

/** Of a socket that one of the program's children has as well. */
export function sharedWith(child: number): string {
  return `shared with process ${child}, which is not wound back`;
}

/** How a socket is had again; undefined: it cannot be opened anew. `child`: one that has it, too. */
export function renewalOf(socket: Socket, child: number | undefined): SocketRenewal | undefined {
  const { image, descriptor, all, domain, type, state } = socket;
  // One that was connected, or shut down, tells its end on and on.
  if (image === undefined || isShut(socket)) return undefined;
  // Who waits there, or what has come, is to be had only with the socket itself.
  const hasQueue = image.state === "listening" || (type === SOCK_DGRAM && image.state !== "unbound");
  const near = { flags: descriptor.flags, state, image };
  const far = { flags: 0, isClosed: true };
  return {
    connection: {
      ends: [all, []],
      other: child ?? (hasQueue ? STRANGER : NOBODY),
      making: { kind: "unconnected", domain, type, ends: [near, far] },
    },
    said: child === undefined ? describe(image.state, hasQueue) : [sharedWith(child), "notRestored"],
  };
}

function describe(state: string, hasQueue: boolean): SocketRenewal["said"] {
  if (!hasQueue) return ["without a peer: opened anew, as they were", "restored"];
  const later = "as they are at a restart, or opened anew at their address";
  return state === "listening"
    ? [`listening: ${later}; whoever waits there is not wound back`, "approximate"]
    : [`for datagrams: ${later}; what is in their queues is not wound back`, "approximate"];
}
