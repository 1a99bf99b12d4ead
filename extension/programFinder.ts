import { open, readdir, stat } from "node:fs/promises";
import path from "node:path";

/** Folders that hold no program of the user's. */
const skippedFolders = new Set(["node_modules", "CMakeFiles", "meson-private", "__pycache__"]);
/** Beside what cargo has built (there it keeps `.fingerprint`, too): the same programs by other names, and build scripts. */
const cargosOwn = new Set(["deps", "build", "incremental"]);
const ELF64 = "\x7fELF\x02";
const ET_EXEC = 2;
const ET_DYN = 3;
const EM_X86_64 = 62;
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
    const entries = await readdir(next.folder, { withFileTypes: true }).catch(() => []);
    const ofCargo = entries.some(({ name }) => name === ".fingerprint");
    for (const entry of entries) {
      const entryPath = path.join(next.folder, entry.name);
      const skipped = isSkipped(entry.name) || (ofCargo && cargosOwn.has(entry.name));
      if (entry.isDirectory() && next.depth < maximumDepth && !skipped)
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

/** Whether the file begins with an ELF header (gABI, "ELF Header") of type ET_EXEC or ET_DYN for x86-64. */
async function isElfProgram(file: string): Promise<boolean> {
  const handle = await open(file, "r").catch(() => undefined);
  if (!handle) return false;
  try {
    const header = Buffer.alloc(20);
    const { bytesRead } = await handle.read(header, 0, header.length, 0);
    if (bytesRead < header.length || header.toString("latin1", 0, 5) !== ELF64) return false;
    return [ET_EXEC, ET_DYN].includes(header.readUInt16LE(16)) && header.readUInt16LE(18) === EM_X86_64;
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
