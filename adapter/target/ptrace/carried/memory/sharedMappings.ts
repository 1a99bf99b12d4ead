/** Of which kind a shared mapping is (mmap(2), MAP_SHARED): each has a carrier of its own. */
import type { Mapping } from "../../../target";

/** Memory of no file: of nobody else but those that the program gave it to (mmap(2), memfd_create(2), shmget(2)). */
export function isMemoryOnly({ path }: Mapping): boolean {
  return /^(\/dev\/zero \(deleted\)|\/memfd:.*|\/SYSV.*|\/dev\/shm\/.*)$/.test(path);
}

/** Memory that is the face of something in the kernel; another carrier speaks of it. */
export function isKernelObject({ path }: Mapping): boolean {
  return (
    /^(anon_inode:|socket:|\/\[aio\]|\/anon_hugepage|\/secretmem|\/dev\/hugepages\/)/.test(path) ||
    (path.startsWith("/dev/") && !path.startsWith("/dev/zero") && !path.startsWith("/dev/shm/"))
  );
}

/** Of a file that had no name when this was read; a file may be called so, too. */
export function looksNameless(mapping: Mapping): boolean {
  const { path, permissions } = mapping;
  return (
    permissions.endsWith("s") &&
    path.endsWith(" (deleted)") &&
    !/^\/(dev\/zero|SYSV)/.test(path) &&
    !isKernelObject(mapping)
  );
}

/** Two mappings of the same part of the same object are saved once. */
export function distinct<Of extends Mapping>(mappings: readonly Of[]): Of[] {
  const byPart = new Map(
    mappings.map((each) => [`${each.path} ${each.inode} ${each.offset} ${each.high - each.low}`, each]),
  );
  return [...byPart.values()];
}
