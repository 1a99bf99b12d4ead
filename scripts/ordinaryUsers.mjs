// Some tests run as an ordinary user, who must be able to enter the clone. Root's home is closed to them.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, rmdirSync, statSync } from "node:fs";
import path from "node:path";

const OTHERS_MAY_ENTER = 0o001;
/** Only root makes folders there, so nobody else can have made ours. */
const MOUNTS = "/run/forkpoint-";

/** The outermost folder on the way to `folder`, itself included, that ordinary users may not enter; or undefined. */
export function closedFolder(folder) {
  const above = path.dirname(folder);
  const closed = above === folder ? undefined : closedFolder(above);
  return closed ?? (statSync(folder).mode & OTHERS_MAY_ENTER ? undefined : folder);
}

/**
 * Runs a Node script of the clone with the clone mounted, for that process alone (mount_namespaces(7)), where
 * everyone may enter: always the same place, since compilers write it into what they make.
 * @returns the exit status
 * @throws a sentence for a person when nothing may be mounted here
 */
export function runWhereAllMayEnter(root, script, args) {
  const place = MOUNTS + createHash("sha256").update(root).digest("hex").slice(0, 8);
  mkdirSync(place, { recursive: true, mode: 0o755 });
  try {
    const mounted = spawnSync("unshare", ["--mount", "mount", "--bind", root, place]);
    if (mounted.status !== 0)
      throw new Error(
        `Some tests run as an ordinary user, who may not enter ${closedFolder(root)}: please move this clone to a folder that everyone may enter.`,
      );
    const inside = 'mount --bind "$1" "$2" && cd "$2" && shift 2 && exec "$@"';
    const command = ["--mount", "sh", "-c", inside, "sh", root, place, process.execPath, script, ...args];
    return spawnSync("unshare", command, { stdio: ["ignore", "inherit", "inherit"] }).status ?? 1;
  } finally {
    rmdirSync(place);
  }
}
