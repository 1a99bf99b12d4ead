/**
 * Files of /proc about the program itself (proc(5)). Each belongs to one process for ever, and tells nothing any more when
 * that has ended; so a fresh copy opens them again.
 */
import { TargetError } from "../../../target";
import type { RemoteThread } from "../../remote/remoteThread";
import { reopenFile } from "../../remote/reopening";
import { NOTHING, type Carried, type Subject, type ThreadAt } from "../carried";
import { counted, FileFormat, type Descriptor } from "./descriptors";
import { ofFileSystem } from "./fileSystems";
import { linkOf } from "./openFiles";

interface ProcFile {
  readonly descriptor: Descriptor;
  /** Below /proc/PID, or below /proc/PID/task/TID. */
  readonly rest: string;
  /** Place of its thread in the records; undefined: it is the process's. */
  readonly thread: number | undefined;
}

/** Finds them; costs next to nothing where there are none. */
export function carryProcFiles(subject: Subject): Carried {
  const { copy, descriptors } = subject;
  const found = [FileFormat.regular, FileFormat.directory]
    .flatMap((format) => ofFileSystem(copy, descriptors.ofFormat(format), "proc"))
    .flatMap((descriptor) => ownFile(subject, descriptor) ?? []);
  if (found.length === 0) return NOTHING;
  const detail = `${counted(found.length, "descriptor")} about the program itself: opened again, about the copy`;
  return {
    reach: "process",
    restore: (fresh, threadAt) => restore(found, fresh, threadAt),
    fidelity: () => [{ resource: "files of /proc", state: "restored", detail }],
  };
}

/** Undefined: it is about something else. */
function ownFile({ live, copy, records }: Subject, descriptor: Descriptor): ProcFile | undefined {
  const link = linkOf(copy, descriptor.number);
  const [, process = "", thread, rest = ""] = /^\/proc\/(\d+)(?:\/task\/(\d+))?(\/.*)?$/.exec(link) ?? [];
  if (Number(process) !== live.knownProcessId) return undefined;
  if (thread === undefined) return { descriptor, rest, thread: undefined };
  for (let index = 0; index < records.count; index++)
    if (records.knownTid(index) === Number(thread)) return { descriptor, rest, thread: index };
  return undefined;
}

function restore(files: readonly ProcFile[], fresh: RemoteThread, threadAt: ThreadAt): void {
  const failed = files.filter(({ descriptor, rest, thread }) => {
    const folder = thread === undefined ? "" : `/task/${threadAt(thread).knownTid}`;
    return !reopenFile(fresh, `/proc/self${folder}${rest}`, [descriptor]);
  });
  if (failed.length > 0)
    throw new TargetError(
      `Files of /proc about the program could not be opened again: ${failed.map(({ descriptor }) => descriptor.number).join(", ")}.`,
    );
}
