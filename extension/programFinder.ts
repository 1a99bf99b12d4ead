import { open, readdir, stat } from "node:fs/promises";
import path from "node:path";

/** Folders that hold no program of the user's. */
const skippedFolders = new Set(["node_modules", "CMakeFiles", "__pycache__"]);
const maximumDepth = 4;
const maximumFolders = 400;

/** An executable file that a search found. */
export interface FoundProgram {
  readonly path: string;
  /** Time of its last change, in milliseconds since 1970. */
  readonly changedAt: number;
}

/**
 * Searches a folder for ELF programs, bounded in depth and number of folders; hidden folders are left out.
 * @returns newest first; empty when the folder cannot be read.
 */
export async function findPrograms(folder: string): Promise<FoundProgram[]> {
  const found: FoundProgram[] = [];
  const queue = [{ folder, depth: 0 }];
  for (let visited = 0; visited < maximumFolders; visited++) {
    const next = queue.shift();
    if (!next) break;
    for (const entry of await readdir(next.folder, { withFileTypes: true }).catch(() => [])) {
      const entryPath = path.join(next.folder, entry.name);
      if (entry.isDirectory() && next.depth < maximumDepth && !isSkipped(entry.name))
        queue.push({ folder: entryPath, depth: next.depth + 1 });
      const program = entry.isFile() ? await asProgram(entryPath) : undefined;
      if (program) found.push(program);
    }
  }
  return found.sort((a, b) => b.changedAt - a.changedAt);
}

function isSkipped(name: string): boolean {
  return name.startsWith(".") || skippedFolders.has(name);
}

async function asProgram(file: string): Promise<FoundProgram | undefined> {
  if (/\.(so(\.[\d.]+)?|o|ko|a)$/.test(file)) return undefined;
  const status = await stat(file).catch(() => undefined);
  if (!status || (status.mode & 0o111) === 0 || !(await isElfProgram(file))) return undefined;
  return { path: file, changedAt: status.mtimeMs };
}

/** Whether the file begins with an ELF header (gABI, "ELF Header") of type ET_EXEC or ET_DYN. */
async function isElfProgram(file: string): Promise<boolean> {
  const handle = await open(file, "r").catch(() => undefined);
  if (!handle) return false;
  try {
    const header = Buffer.alloc(18);
    const { bytesRead } = await handle.read(header, 0, header.length, 0);
    return (
      bytesRead === 18 && header.toString("latin1", 0, 4) === "\x7fELF" && [2, 3].includes(header[16] ?? 0)
    );
  } finally {
    await handle.close();
  }
}

/**
 * The program that is meant without asking: the one named like the file in the editor (`sum` for `sum.c`), else the only one.
 * @param sourceFile the file in the active editor.
 */
export function obviousProgram(found: readonly FoundProgram[], sourceFile?: string): string | undefined {
  const stem = sourceFile && path.parse(sourceFile).name;
  const sameName = found.filter((program) => path.parse(program.path).name === stem);
  if (sameName.length > 0) return sameName[0]?.path;
  return found.length === 1 ? found[0]?.path : undefined;
}
