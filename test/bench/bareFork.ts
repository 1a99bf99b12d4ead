/** The floor: fork(2) itself, measured inside a program that holds as much. */
import type { Program } from "./debuggers";
import { LineProcess } from "./lines";

export class BareFork {
  private readonly process: LineProcess;

  /** Starts the program in its forking mode. */
  constructor({ path, args, env }: Program) {
    const [, ...amounts] = args;
    this.process = new LineProcess("The bare fork", [path, "fork", ...amounts], env);
  }

  /** Milliseconds that one fork(2) took. */
  async fork(): Promise<number> {
    this.process.send("");
    return Number(await this.process.line(/^\d+$/)) / 1e6;
  }

  end(): void {
    this.process.child.kill("SIGKILL");
  }
}
