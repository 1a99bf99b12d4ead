/** Sockets without a connection as they were: records of the shim (native-shim/shim_files.h, fp_read_socket_images). */
import { TargetError } from "../../../target";
import { errorName, shim } from "../../shim";
import { AF_UNIX, SOCK_STREAM } from "./socketKinds";

const SIZE = 1848;
/** struct fp_socket_image (native-shim/files/outside.h). */
const DOMAIN = 4;
const TYPE = 8;
const BACKLOG = 16;
const NAME_SIZE = 20;
const NAME = 32;
/** Where the name of a struct sockaddr_un begins (unix(7)); an abstract one has a zero in front. */
const PATH = 2;

const states = ["other", "unbound", "bound", "listening", "connected", "connecting"] as const;

/** connected: datagrams have a peer. */
export type SocketState = Exclude<(typeof states)[number], "other" | "connecting">;

export interface SocketImage {
  readonly state: SocketState;
  /** As fp_make_ends takes it. */
  readonly record: Buffer;
}

/** What is known of sockets without a connection, by number. */
export interface SocketImages {
  readonly renewable: ReadonlyMap<number, SocketImage>;
  /** Those whose connection is being made. */
  readonly connecting: ReadonlySet<number>;
}

/** Looks at descriptors of a process. Throws TargetError. */
export function readImages(processId: number, numbers: readonly number[]): SocketImages {
  const fds = Buffer.from(Int32Array.from(numbers).buffer);
  const bytes = Buffer.alloc(numbers.length * SIZE);
  const result = shim.readSocketImages(processId, fds, numbers.length, bytes);
  if (result < 0) throw new TargetError(`They cannot be looked at (${errorName(result)}).`);
  const renewable = new Map<number, SocketImage>();
  const connecting = new Set<number>();
  numbers.forEach((number, index) => {
    const record = bytes.subarray(index * SIZE, (index + 1) * SIZE);
    const state = states[record.readInt32LE(0)] ?? "other";
    if (state === "connecting") connecting.add(number);
    else if (state !== "other") renewable.set(number, { state, record: Buffer.from(record) });
  });
  return { renewable, connecting };
}

/** Whether a socket of this process has an image's state and names. */
export function isLike(file: number, { record }: SocketImage): boolean {
  return shim.isLike(file, record) === 1;
}

/** A socket of a process that is like an image and none of `others`, in this process: the caller's to close. Undefined: there is none. */
export function takeLike(
  processId: number,
  { record }: Pick<SocketImage, "record">,
  others: readonly number[],
): number | undefined {
  const fds = Buffer.from(Int32Array.from(others).buffer);
  const file = shim.takeLike(processId, record, fds, others.length);
  return file < 0 ? undefined : file;
}

/** Whether it has a port that only one may have at a time (bind(2), SO_REUSEADDR). */
export function hasPort({ state, record }: SocketImage): boolean {
  const isStream = record.readInt32LE(TYPE) === SOCK_STREAM && record.readInt32LE(DOMAIN) !== AF_UNIX;
  return isStream && state !== "unbound";
}

/** What was given to listen(2), of a Unix socket that listens. */
export function unixBacklog({ state, record }: SocketImage): number | undefined {
  const isUnix = record.readInt32LE(DOMAIN) === AF_UNIX;
  return isUnix && state === "listening" ? record.readInt32LE(BACKLOG) : undefined;
}

/** Where it is bound, for a person: "port 80", "@name" (unix(7)); undefined: nowhere. */
export function addressOf({ state, record }: SocketImage): string | undefined {
  if (state === "unbound") return undefined;
  const end = NAME + record.readInt32LE(NAME_SIZE);
  if (record.readInt32LE(DOMAIN) === AF_UNIX) return `@${record.toString("latin1", NAME + PATH + 1, end)}`;
  return `port ${record.readUInt16BE(NAME + 2)}`;
}
