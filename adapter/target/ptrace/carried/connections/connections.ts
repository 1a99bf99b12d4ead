/**
 * Pipes and connections. A copy that held them would keep them open: who reads from one would not see its end while a
 * checkpoint is there. So copies have none. A restart makes anew what was the program's alone, contents and all, and takes
 * what others have too from the live program, or from the child that has the other end.
 */
import type { Fidelity } from "../../../checkpointer";
import { TargetError } from "../../../target";
import { hasRoom } from "../../remote/descriptorRoom";
import { handOver, type Gift } from "../../remote/handover";
import type { RemoteCall, RemoteThread } from "../../remote/remoteThread";
import { errorName, shim } from "../../shim";
import { NOTHING, type Carried, type Subject } from "../carried";
import { counted, type Descriptor } from "../files/descriptors";
import type { Place } from "../files/openFiles";
import { vacateSoon } from "../files/vacancies";
import {
  accompaniedFidelity,
  keepAccompanied,
  putBackFiles,
  releaseAccompanied,
  sendAgain,
  type Accompaniment,
} from "./accompanied";
import { NOBODY, STRANGER, type Connection } from "./connection";
import { encodeMaking, putBackSocket } from "./madeEnds";
import { describeFailures, namesOf, renewConnection } from "./ownConnections";
import { makeEndsFor } from "./ownPairs";
import { judgePipes } from "./pipes";
import type { RescuedEnds, WantedEnd } from "./rescuedEnds";
import { addressOf, unixBacklog, type SocketImage } from "./socketImages";
import { judgeSockets } from "./sockets";

/** asm/unistd_64.h */
const SYS_LISTEN = 50;

interface Kept {
  readonly wanted: readonly [WantedEnd | undefined, WantedEnd | undefined];
  /** Known when the copy has none of them any more. */
  readonly places: () => readonly [readonly Place[], readonly Place[]];
  readonly record: Buffer;
  /** Messages that are sent again when it has been made. */
  readonly accompaniment: Accompaniment | undefined;
  /** Of a socket without a connection. */
  readonly image: SocketImage | undefined;
  /** A connection of the program with itself. */
  readonly isOwn: boolean;
}

function unroomed(line: Fidelity): Fidelity {
  const why =
    "the program may not open enough files for it to be made anew (RLIMIT_NOFILE), so it stays as it is at the restart";
  return line.state === "notRestored"
    ? line
    : { ...line, state: "notRestored", detail: `${line.detail}: ${why}` };
}

/** Carrier of all that copies do not have. */
export function carryConnections(subject: Subject): Carried {
  const pipes = judgePipes(subject);
  const sockets = judgeSockets(subject);
  const connections = [...pipes.connections, ...sockets.connections];
  if (connections.length + pipes.fidelity.length + sockets.fidelity.length === 0) return NOTHING;
  const isRoom = connections.length === 0 || hasRoom(subject);
  // Else the copy keeps them, as they are.
  const kept = isRoom && connections.length > 0 ? keep(subject, connections) : [];
  const wanted = kept.flatMap((one) => one.wanted.flatMap((end) => end ?? []));
  const accompaniments = kept.flatMap(({ accompaniment }) => accompaniment ?? []);
  const said = accompaniedFidelity(accompaniments);
  return {
    reach: "process",
    wanted,
    restore: (fresh, _, rescued) => restore(fresh, kept, rescued, false),
    restoreBeside: (fresh, _, rescued) => restore(fresh, kept, rescued, true),
    fidelity: () =>
      [...pipes.fidelity, ...sockets.fidelity, ...said].map((line) => (isRoom ? line : unroomed(line))),
    bytes: kept.reduce((sum, { record }) => sum + record.length, 0),
    release: () => accompaniments.forEach(releaseAccompanied),
  };
}

/** Puts what was in those that copies do have back into them. */
export function carryHeldQueues(subject: Subject): Carried {
  const all = [judgePipes(subject), judgeSockets(subject)];
  return {
    reach: "shared",
    restore: ({ processId }) => {
      const failed = all.flatMap(({ refill }) => refill(processId));
      if (failed.length > 0) throw new TargetError(`What was in the queue ${failed.join(", ")}.`);
    },
    fidelity: () => [],
  };
}

function keep(subject: Subject, connections: readonly Connection[]): Kept[] {
  const numbersOf = (end: readonly Descriptor[]): number[] => end.map(({ number }) => number);
  const places = vacateSoon(
    subject,
    connections.flatMap(({ ends }) => ends.flatMap(numbersOf)),
  );
  const accompaniments = keepAccompanied(subject, connections);
  return connections.map(({ ends, making, other }, index) => {
    const { image, own } = making.ends[0];
    const names = making.ends.map((end) => end.own && namesOf(end.own));
    const besideOnly = other === NOBODY && image !== undefined && image.state !== "unbound";
    const child = besideOnly ? STRANGER : other;
    const wantedOf = ([first]: readonly Descriptor[], end: 0 | 1): WantedEnd | undefined =>
      child === NOBODY || first === undefined
        ? undefined
        : { inode: first.inode, flags: first.flags, child, image, names: names[end], besideOnly };
    const placesOf = (end: readonly Descriptor[]): Place[] =>
      numbersOf(end).flatMap((number) => places.get(number) ?? []);
    return {
      wanted: [wantedOf(ends[0], 0), wantedOf(ends[1], 1)],
      places: () => [placesOf(ends[0]), placesOf(ends[1])],
      record: encodeMaking(making),
      accompaniment: accompaniments[index],
      image,
      isOwn: own !== undefined,
    };
  });
}

/** Connections of the program with itself, of those that were found: as they were. What could not be had so is not there. */
function renewOwn(kept: readonly Kept[], found: (readonly (number | undefined)[] | undefined)[]): Failure[] {
  return kept.flatMap(({ isOwn, record }, index) => {
    const files = found[index];
    if (!isOwn || files === undefined) return [];
    const renewed = renewConnection(files, record);
    if (renewed === undefined) found[index] = undefined;
    return renewed ? [{ ...renewed, image: undefined, isOwn }] : [];
  });
}

/** What there is still of ends; nothing that only a copy beside the program is given, if that is none. */
function findEnds(
  kept: readonly Kept[],
  rescued: RescuedEnds,
  beside: boolean,
): (readonly (number | undefined)[] | undefined)[] {
  const used = kept.map(({ wanted }) =>
    wanted.map((end) => (end?.besideOnly === true && !beside ? undefined : end)),
  );
  const found = used.map((ends) => ends.map((end) => end && rescued.find(end)));
  const isThere = found.map((files) => files.some((file) => file !== undefined));
  if (kept.some(({ image }, index) => image && !isThere[index]))
    rescued.dropOthers(
      used.flatMap((ends, index) => (isThere[index] ? ends.flatMap((end) => end ?? []) : [])),
    );
  return found.map((files, index) => (isThere[index] ? files : undefined));
}

/** A socket that is there still may have been given other options since; `file`: none when it is to be made. */
function putBack({ image, isOwn, record }: Kept, file: number | undefined): Failure {
  return { image, isOwn, result: image && file !== undefined ? putBackSocket(file, record) : 0 };
}

function restore(fresh: RemoteThread, kept: readonly Kept[], rescued: RescuedEnds, beside: boolean): void {
  const found = findEnds(kept, rescued, beside);
  const renewed = renewOwn(kept, found);
  // Listeners are there before connections, whose ports they have.
  const lacking = kept
    .filter((_, index) => found[index] === undefined)
    .sort((one, two) => Number(one.isOwn) - Number(two.isOwn));
  // What a child has as well, or the program beside, is left as it is.
  const own = beside ? lacking : kept.filter(({ wanted }) => (wanted[0]?.child ?? STRANGER) === STRANGER);
  const failed = [...renewed, ...own.map((one) => putBack(one, found[kept.indexOf(one)]?.[0]))];
  const made = makeEndsFor(
    fresh,
    lacking.map(({ record }) => record),
  );
  try {
    const gifts = kept.flatMap((one, index) => {
      const files = found[index] ?? made[lacking.indexOf(one)]?.files;
      return [0, 1].flatMap((end): Gift[] => {
        const file = files?.[end] ?? -1;
        const there = one.places()[end as 0 | 1];
        return file >= 0 && there.length > 0 ? [{ file, places: there }] : [];
      });
    });
    handOver(fresh, gifts);
    listenAgain(fresh, own);
    lacking.forEach(({ accompaniment, places }, index) => {
      if (accompaniment === undefined) return;
      const [near, far] = places().map(([first]) => first?.number);
      if (!beside) putBackFiles(accompaniment);
      sendAgain(fresh, accompaniment, [near, far], made[index]?.files ?? [-1, -1]);
    });
  } finally {
    for (const { files } of made) for (const file of files) if (file >= 0) shim.close(file);
  }
  failed.push(
    ...made.map(({ result }, index) => {
      const { image, isOwn = false } = lacking[index] ?? {};
      return { result, image, isOwn };
    }),
  );
  sayWhatFailed(failed.filter(({ result }) => result !== 0));
}

/** The clients of a Unix socket are told of who has said that it listens (unix(7), SO_PEERCRED). */
function listenAgain(fresh: RemoteThread, lacking: readonly Kept[]): void {
  const calls = lacking.flatMap(({ image, places }): RemoteCall[] => {
    const backlog = image && unixBacklog(image);
    const [place] = places()[0];
    return backlog === undefined || place === undefined ? [] : [[SYS_LISTEN, place.number, backlog]];
  });
  if (calls.length > 0) fresh.calls(calls);
}

interface Failure {
  /** As of Made. */
  readonly result: number;
  readonly image: SocketImage | undefined;
  /** As of Kept. */
  readonly isOwn: boolean;
}

function sayWhatFailed(failed: readonly Failure[]): void {
  const lost = failed.filter(({ result, image, isOwn }) => !image && (result < 0 || !isOwn));
  const queues = lost.map(({ result }) => errorName(result));
  const sentences = failed.flatMap(({ result, image }) => (image ? [whyNotOpened(image, result)] : []));
  sentences.push(...describeFailures(failed.flatMap(({ result, isOwn }) => (isOwn ? [result] : []))));
  if (queues.length > 0)
    sentences.unshift(
      `What was in ${counted(queues.length, "pipe or socket", "pipes and sockets")} (${queues.join(", ")}).`,
    );
  if (sentences.length > 0) throw new TargetError(sentences.join(" "));
}

function whyNotOpened(image: SocketImage, result: number): string {
  const address = addressOf(image);
  const where = address === undefined ? "" : ` at ${address}`;
  if (result > 0) return `An option of a socket${where} could not be set again (${errorName(-result)}).`;
  const error = errorName(result);
  const why =
    error === "EADDRINUSE" ? `${error}: another socket, or what is left of one, has its address` : error;
  return `A socket could not be opened anew${where} (${why}).`;
}
