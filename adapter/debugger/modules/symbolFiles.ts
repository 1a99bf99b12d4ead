/** The files whose symbols were read: each is opened once, and stays open for whatever is loaded next. */
import { statSync } from "node:fs";
import { SymbolError, type SymbolModule } from "../../symbols/types";
import type { DebuggerParts } from "../launchSettings";

/** What opens a file, or an image in memory. */
export type SymbolOpeners = Pick<DebuggerParts, "openModule" | "openModuleImage">;

/** The path that the kernel's own module has. */
export const VDSO = "[vdso]";

export class SymbolFiles {
  private readonly opened = new Map<string, SymbolModule>();
  private readonly unusable = new Set<string>();
  /** The kernel's is the same for all programs of its kind: opened once. */
  private readonly vdsos: { readonly image: Buffer; readonly symbols: SymbolModule }[] = [];

  constructor(
    private readonly openers: SymbolOpeners,
    /** Told once of each file that cannot be used. */
    private readonly complain: (sentence: string) => void,
  ) {}

  /** Throws SymbolError for a file that cannot be used. */
  open(file: string): SymbolModule {
    const key = fileKey(file);
    let symbols = this.opened.get(key);
    if (symbols === undefined) {
      symbols = this.openers.openModule(file);
      this.opened.set(key, symbols);
    }
    return symbols;
  }

  /** The same; undefined when it cannot be used. */
  tryOpen(file: string): SymbolModule | undefined {
    try {
      return this.open(file);
    } catch (error) {
      if (!(error instanceof SymbolError)) throw error;
      if (!this.unusable.has(file)) this.complain(error.message);
      this.unusable.add(file);
      return undefined;
    }
  }

  /** The kernel's module, by what it has in memory. */
  tryOpenVdso(image: Buffer): SymbolModule | undefined {
    const known = this.vdsos.find((one) => one.image.equals(image));
    if (known !== undefined) return known.symbols;
    try {
      const symbols = this.openers.openModuleImage(VDSO, image);
      this.vdsos.push({ image, symbols });
      return symbols;
    } catch (error) {
      if (!(error instanceof SymbolError)) throw error;
      this.complain(error.message);
      return undefined;
    }
  }

  dispose(): void {
    for (const symbols of this.opened.values()) symbols.dispose();
    this.opened.clear();
    for (const { symbols } of this.vdsos.splice(0)) symbols.dispose();
  }
}

/** A file that was rebuilt under the same name is another file. */
function fileKey(file: string): string {
  const status = statSync(file, { throwIfNoEntry: false });
  return status === undefined ? file : `${file}:${status.ino}:${status.mtimeMs}`;
}
