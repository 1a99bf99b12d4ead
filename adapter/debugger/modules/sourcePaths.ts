/** Which compiled source file a person means, and where a compiled file is here. */
import { existsSync, realpathSync } from "node:fs";
import path from "node:path";
import type { SymbolModule } from "../../symbols/types";
import type { LoadedModule } from "../types";

/** Source file names between the compiler's and the person's machine. */
export class SourcePaths {
  private readonly prefixes: readonly { from: string; to: string }[];
  private readonly byBasename = new WeakMap<SymbolModule, Map<string, string[]>>();
  /** Names that the person has for folders or files, beside those that lead to the same by symbolic links; newest first. */
  private aliases: { from: string; to: string }[] = [];
  private readonly shown = new Map<string, string>();
  private readonly present = new Map<string, boolean>();

  /** `sourceMap`: prefix as compiled to prefix as it is here; the longest that fits is taken. */
  constructor(sourceMap: Readonly<Record<string, string>> = {}) {
    this.prefixes = Object.entries(sourceMap)
      .map(([from, to]) => ({ from: withoutSlash(from), to: withoutSlash(to) }))
      .sort((a, b) => b.from.length - a.from.length);
  }

  /** Where a compiled file is here, by the name that the person has for it. */
  local(compiled: string): string {
    let local = this.shown.get(compiled);
    if (local === undefined) {
      local = this.aliased(this.mapped(path.normalize(compiled)));
      this.shown.set(compiled, local);
    }
    return local;
  }

  /** Whether a compiled file can be read here. Looked up once. */
  isHere(compiled: string): boolean {
    let isHere = this.present.get(compiled);
    if (isHere === undefined) {
      isHere = existsSync(this.local(compiled));
      this.present.set(compiled, isHere);
    }
    return isHere;
  }

  private mapped(compiled: string): string {
    for (const { from, to } of this.prefixes) {
      if (compiled === from) return to;
      if (compiled.startsWith(`${from}/`)) return to + compiled.slice(from.length);
    }
    return compiled;
  }

  private aliased(local: string): string {
    for (const { from, to } of this.aliases) {
      if (local !== from && !local.startsWith(`${from}/`)) continue;
      const other = to + local.slice(from.length);
      if (realPath(other) === realPath(local)) return other;
    }
    return local;
  }

  /** The person has asked for a compiled file by another name, which its neighbours are called by from now on, too. */
  private learnAlias(compiled: string, wanted: string): void {
    const local = this.mapped(path.normalize(compiled));
    const tail = commonTail(local, wanted);
    const [from, to] = [withoutTail(local, tail), withoutTail(wanted, tail)];
    this.aliases = [{ from, to }, ...this.aliases.filter((each) => each.from !== from)];
    this.shown.clear();
  }

  /**
   * The compiled files that a person's path names, over several modules: files of that very path, else those whose
   * path ends most like it. Where one module has the file itself, a namesake in another (libc has a `loop.c`) is not it.
   */
  filesIn(modules: readonly LoadedModule[], requested: string): { module: LoadedModule; file: string }[] {
    const found = modules.flatMap((module) =>
      this.compiledFiles(module.symbols, requested).map((file) => ({ module, file })),
    );
    const score = ({ file }: { file: string }) => this.likeness(file, requested);
    const best = Math.max(0, ...found.map(score));
    return found.filter((each) => score(each) === best);
  }

  /** How much a compiled file is the requested one: all for the file itself, else the components its path's end shares. */
  private likeness(compiled: string, requested: string): number {
    const local = this.local(compiled);
    const wanted = path.normalize(requested);
    if (local === wanted || realPath(local) === realPath(wanted)) return Infinity;
    return commonTail(compiled, wanted);
  }

  /**
   * The compiled files of a module that a person's path names: the same path, else the same file by its real path, else
   * the one file whose path ends most like it and that is not another file that exists here.
   */
  compiledFiles(module: SymbolModule, requested: string): string[] {
    const wanted = path.normalize(requested);
    const real = realPath(wanted);
    const index = this.index(module);
    const candidates = new Set([
      ...(index.get(path.basename(wanted)) ?? []),
      ...(index.get(path.basename(real)) ?? []),
    ]);
    const exact = [...candidates].filter((file) => this.local(file) === wanted);
    if (exact.length > 0) return exact;
    const same = [...candidates].filter((file) => realPath(this.local(file)) === real);
    for (const file of same) this.learnAlias(file, wanted);
    if (same.length > 0) return same;
    return mostAlike(
      [...candidates].filter((file) => !existsSync(this.local(file))),
      wanted,
    );
  }

  private index(module: SymbolModule): Map<string, string[]> {
    let index = this.byBasename.get(module);
    if (index === undefined) {
      index = new Map();
      for (const file of module.sourceFiles()) {
        const basename = path.basename(this.mapped(path.normalize(file)));
        index.set(basename, [...(index.get(basename) ?? []), file]);
      }
      this.byBasename.set(module, index);
    }
    return index;
  }
}

/** Of files with the same base name, the one with the most trailing components in common; none when two tie. */
function mostAlike(files: readonly string[], wanted: string): string[] {
  const scored = files
    .map((file) => ({ file, score: commonTail(file, wanted) }))
    .sort((a, b) => b.score - a.score);
  const [best, second] = scored;
  if (best === undefined || best.score === second?.score) return [];
  return [best.file];
}

function commonTail(a: string, b: string): number {
  const left = a.split("/").reverse();
  const right = b.split("/").reverse();
  let count = 0;
  while (count < left.length && left[count] === right[count]) count++;
  return count;
}

function withoutTail(file: string, components: number): string {
  return components === 0 ? file : file.split("/").slice(0, -components).join("/");
}

function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

function withoutSlash(prefix: string): string {
  const normal = path.normalize(prefix);
  return normal.length > 1 && normal.endsWith("/") ? normal.slice(0, -1) : normal;
}
