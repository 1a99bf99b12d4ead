/** What a session is launched with, and what the debugger is built from. */
import type { SymbolModule } from "../symbols/types";
import type { LaunchOptions, Target } from "../target/target";

export type StopOnExit = "whenCheckpoints" | "always" | "never";

export interface LaunchSettings extends LaunchOptions {
  readonly stopOnEntry: boolean;
  readonly stopOnExit: StopOnExit;
  /** Default true; false: every signal passes to the program without a stop. */
  readonly stopOnSignals?: boolean;
  /** Prefix as compiled to prefix as it is here. */
  readonly sourceMap: Readonly<Record<string, string>>;
  readonly checkpoints: CheckpointPolicy;
}

export interface CheckpointPolicy {
  /** Of kinds `auto` and `branch` only; manual ones are never thinned. */
  readonly limit: number;
  readonly auto: "off" | "stops";
}

/** The makers of what the debugger works on; adapter/main.ts picks them. */
export interface DebuggerParts {
  /** The target starts stopped, before the program's first instruction. */
  createTarget(options: LaunchOptions): Promise<Target>;
  /** Opens an ELF file; throws SymbolError with a sentence. */
  openModule(path: string): SymbolModule;
  /** Opens an ELF image that is only in memory (the vDSO); throws SymbolError. */
  openModuleImage(name: string, image: Buffer): SymbolModule;
}
