/** What a program and the processes that it makes have in common: the terminal, and the namespace's first process. */
import type { ProgramOutput, TerminalOutput } from "./launch/terminalOutput";
import { childrenInNamespace } from "./pidNamespace";
import { shim } from "./shim";

/** Closed when the last target that uses them has left. */
export class Surroundings {
  private users = 1;

  /** @param init the first process of the program's namespace; 0: it has none of its own. */
  constructor(
    readonly output: TerminalOutput,
    private readonly init: number,
  ) {}

  get ownNamespace(): boolean {
    return this.init !== 0;
  }

  /** One target more. Gives its output: what it writes goes to the first one's listener, in the order written. */
  join(): ProgramOutput {
    this.users++;
    return { listener: () => undefined, drain: () => this.output.drain() };
  }

  /** One target less. */
  leave(): void {
    if (--this.users > 0) return;
    if (this.init !== 0) endNamespace(this.init);
    this.output.close();
  }
}

/** Its first process is not gone before all others are, those that the program was left for (followFork) among them: reaped by their parent. */
function endNamespace(init: number): void {
  for (const pid of childrenInNamespace()) if (pid !== init) shim.kill(pid, 1);
  shim.kill(init, 1);
}
