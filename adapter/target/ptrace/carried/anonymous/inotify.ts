/** Watches of inotify(7). Which file one is of cannot be told from outside, so only what was added since can be undone. */
import type { Fidelity } from "../../../checkpointer";
import { TargetError } from "../../../target";
import { runOperations, withoutBlocking } from "../../remote/remoteOperations";
import type { RemoteThread } from "../../remote/remoteThread";
import type { Carried, Subject } from "../carried";
import { counted } from "../files/descriptors";
import { field, readOpenFiles, type OpenFile } from "../files/openFiles";

/** asm/unistd_64.h, ioctl(2) FIONREAD. */
const SYS_READ = 0;
const SYS_IOCTL = 16;
const SYS_INOTIFY_RM_WATCH = 255;
const FIONREAD = 0x541b;
const CHUNK = 8192;
/** Rounds of a drain: the longest queue there may be has half of that (fs.inotify.max_queued_events). */
const MOST_ROUNDS = 512;

interface Instance {
  readonly number: number;
  /** Status flags (fcntl(2)). */
  readonly flags: number;
  /** Watch descriptor to event mask. */
  readonly watches: ReadonlyMap<number, string>;
  /** Bytes of events that had not been read. */
  readonly queued: number;
}

export function carryInotify(files: readonly OpenFile[], { live }: Subject): Carried {
  const instances = files.map((file) => ({
    number: file.number,
    flags: parseInt(field(file, "flags") ?? "0", 8),
    watches: watchesOf(file),
    queued: queuedIn(live, file.number),
  }));
  return {
    reach: "shared",
    restore: (fresh) => restore(fresh, instances),
    fidelity: () => fidelity(instances),
  };
}

function watchesOf({ info }: OpenFile): Map<number, string> {
  const lines = info.matchAll(/^inotify wd:([0-9a-f]+) .*?mask:([0-9a-f]+)/gm);
  return new Map([...lines].map(([, watch = "0", mask = ""]) => [parseInt(watch, 16), mask]));
}

function queuedIn(thread: RemoteThread, number: number): number {
  const data = Buffer.alloc(8);
  const [result = -1n] = thread.calls([[SYS_IOCTL, number, FIONREAD, thread.dataAddress]], data);
  return result < 0n ? 0 : data.readInt32LE(0);
}

function restore(fresh: RemoteThread, instances: readonly Instance[]): void {
  const now = readOpenFiles(
    fresh.processId,
    instances.map(({ number }) => number),
  );
  const failed = instances.flatMap((instance, index) => {
    const file = now[index];
    return file === undefined ? [] : restoreOne(fresh, instance, watchesOf(file));
  });
  if (failed.length > 0) throw new TargetError(`${failed.join("; ")}.`);
}

function restoreOne(fresh: RemoteThread, instance: Instance, now: ReadonlyMap<number, string>): string[] {
  const { number, watches, queued } = instance;
  const added = [...now.keys()].filter((watch) => !watches.has(watch));
  const failed = runOperations(
    fresh,
    added.map((watch) => ({
      what: `Watch ${watch} of the inotify that is descriptor ${number}, added since`,
      data: Buffer.alloc(0),
      calls: () => [[SYS_INOTIFY_RM_WATCH, number, watch]],
    })),
  );
  if (queued === 0) drain(fresh, instance);
  const changed = [...watches].filter(([watch, mask]) => now.get(watch) !== mask).map(([watch]) => watch);
  if (changed.length > 0)
    failed.push(
      `Watches of the inotify that is descriptor ${number}, removed or changed since: ${changed.join(", ")}`,
    );
  return failed;
}

/** Throws away what is in it; there was nothing. */
function drain(fresh: RemoteThread, { number, flags }: Instance): void {
  for (let round = 0; round < MOST_ROUNDS && queuedIn(fresh, number) > 0; round++) {
    const read = [SYS_READ, number, fresh.dataAddress, CHUNK] as const;
    fresh.calls(withoutBlocking(number, flags, [read]), Buffer.alloc(CHUNK));
  }
}

function fidelity(instances: readonly Instance[]): Fidelity[] {
  const watches = instances.reduce((sum, instance) => sum + instance.watches.size, 0);
  const queued = instances.reduce((sum, instance) => sum + instance.queued, 0);
  const detail = `${counted(watches, "watch", "watches")}: those added since go, those removed since do not come back`;
  return [
    { resource: "inotify", state: "approximate", detail },
    ...(queued > 0
      ? [
          {
            resource: "inotify",
            state: "notRestored" as const,
            detail: `${queued} bytes of events that had not been read: the queue stays as it is now`,
          },
        ]
      : []),
  ];
}
