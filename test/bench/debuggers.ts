/** What the benchmark asks of a debugger, whichever it is. */

/** One program under one debugger, stopped at the start of its outer loop. Every wait is bounded. */
export interface Subject {
  /** Makes a checkpoint. */
  create(): Promise<void>;
  /** Goes back to the newest checkpoint. */
  restart(): Promise<void>;
  /** Frees all checkpoints, after either of the above. */
  clear(): Promise<void>;
  /** One source line onwards. */
  next(): Promise<void>;
  /** One instruction onwards. */
  stepInstruction(): Promise<void>;
  /** To the next breakpoint that stops. */
  goOn(): Promise<void>;
  /** Sets breakpoints on lines of the program, in place of all others. */
  setBreakpoints(breakpoints: readonly Breakpoint[]): Promise<void>;
  /** Ends the program and the debugger. */
  end(): Promise<void>;
}

/** A line, and a C expression without which nothing stops there. */
export interface Breakpoint {
  readonly line: number;
  readonly condition?: string;
}

/** What to debug. */
export interface Program {
  /** The executable. */
  readonly path: string;
  readonly args: readonly string[];
  /** The path of its one C file. */
  readonly source: string;
  /** The environment of debugger and program. */
  readonly env: NodeJS.ProcessEnv;
}
