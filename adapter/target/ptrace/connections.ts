/**
 * Pipes and connections. A copy that held them would keep them open: who reads from one would not see its end while a
 * checkpoint is there. So copies have none. A restart makes anew what was the program's alone, contents and all, and takes
 * what others have too from the live program, or from the child that has the other end.
 */
import { TargetError, type Fidelity } from "../target";
import {
  accompaniedFidelity,
  keepAccompanied,
  putBackFiles,
  releaseAccompanied,
  sendAgain,
  type Accompaniment,
} from "./accompanied";
import { NOTHING, type Carried, type Subject } from "./carried";
import { counted, type Descriptor } from "./descriptors";
import { hasRoom } from "./descriptorRoom";
import { handOver, type Gift } from "./handover";
import { encodeMaking } from "./madeEnds";
import { NOBODY, type Connection } from "./connection";
import type { Place } from "./openFiles";
import { makeEndsFor } from "./ownPairs";
import { judgePipes } from "./pipes";
import type { RemoteThread } from "./remoteThread";
import type { RescuedEnds, WantedEnd } from "./rescuedEnds";
import { errorName, shim } from "./shim";
import { judgeSockets } from "./sockets";
import { vacateSoon } from "./vacancies";

interface Kept {
  readonly wanted: readonly [WantedEnd | undefined, WantedEnd | undefined];
  /** Known when the copy has none of them any more. */
  readonly places: () => readonly [readonly Place[], readonly Place[]];
  readonly record: Buffer;
  /** Messages that are sent again when it has been made. */
  readonly accompaniment: Accompaniment | undefined;
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
    const wantedOf = ([first]: readonly Descriptor[]): WantedEnd | undefined =>
      other === NOBODY || first === undefined
        ? undefined
        : { inode: first.inode, flags: first.flags, child: other };
    const placesOf = (end: readonly Descriptor[]): Place[] =>
      numbersOf(end).flatMap((number) => places.get(number) ?? []);
    return {
      wanted: [wantedOf(ends[0]), wantedOf(ends[1])],
      places: () => [placesOf(ends[0]), placesOf(ends[1])],
      record: encodeMaking(making),
      accompaniment: accompaniments[index],
    };
  });
}

function restore(fresh: RemoteThread, kept: readonly Kept[], rescued: RescuedEnds, beside: boolean): void {
  const found = kept.map(({ wanted }) => wanted.map((end) => end && rescued.find(end)));
  const lacking = kept.filter((_, index) => found[index]?.every((file) => file === undefined));
  const made = makeEndsFor(
    fresh,
    lacking.map(({ record }) => record),
  );
  try {
    const gifts = kept.flatMap(({ places }, index) => {
      const files = found[index]?.some((file) => file !== undefined)
        ? found[index]
        : made[lacking.indexOf(kept[index] as Kept)]?.files;
      return [0, 1].flatMap((end): Gift[] => {
        const file = files?.[end] ?? -1;
        const there = places()[end as 0 | 1];
        return file >= 0 && there.length > 0 ? [{ file, places: there }] : [];
      });
    });
    handOver(fresh, gifts);
    lacking.forEach(({ accompaniment, places }, index) => {
      if (accompaniment === undefined) return;
      const [near, far] = places().map(([first]) => first?.number);
      if (!beside) putBackFiles(accompaniment);
      sendAgain(fresh, accompaniment, [near, far], made[index]?.files ?? [-1, -1]);
    });
  } finally {
    for (const { files } of made) for (const file of files) if (file >= 0) shim.close(file);
  }
  const failed = made.flatMap(({ result }) => (result < 0 ? [errorName(result)] : []));
  if (failed.length > 0)
    throw new TargetError(
      `What was in ${counted(failed.length, "pipe or socket", "pipes and sockets")} (${failed.join(", ")}).`,
    );
}
