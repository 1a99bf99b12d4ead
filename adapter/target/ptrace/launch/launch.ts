/** Starting a program under ptrace. */
import path from "node:path";
import { TargetError, type LaunchOptions } from "../../target";
import { errorName, shim } from "../shim";
import { descriptorLimit } from "./descriptorLimit";
import { checkProgram, notExecutable } from "./launchCheck";

const NO_RANDOMISATION = 1;
const OWN_NAMESPACE = 2;

/** The stages of fp_launch (native-shim/shim_ptrace.h), as a person would say what could not be done. */
function sentence(stage: number, result: number, options: LaunchOptions): string {
  const error = errorName(result);
  const [input, output, errors] = options.stdio;
  switch (stage) {
    case 1:
      return `No terminal could be made for the program (${error}).`;
    case 2:
      return error === "EAGAIN"
        ? "The program cannot be started: the limit of processes (ulimit -u) is reached."
        : `The program cannot be started (${error}).`;
    case 3:
      return (
        `Debugging is not permitted here (ptrace: ${error}). In a container, allow it with ` +
        "--cap-add=SYS_PTRACE or a seccomp profile that does; elsewhere look at /proc/sys/kernel/yama/ptrace_scope."
      );
    case 4:
      return `The working directory ${options.cwd} cannot be entered (${error}); set "cwd" to one that can.`;
    case 5:
      return `Standard input cannot be read from ${input ?? "/dev/null"} (${error}).`;
    case 6:
      return `Standard output cannot be written to ${output ?? "the terminal"} (${error}).`;
    case 7:
      return `Standard error cannot be written to ${errors ?? "the terminal"} (${error}).`;
    case 9:
      return (
        `The program cannot have a namespace of its own here (${error}): the system does not allow user namespaces. ` +
        'Set "checkpoints.sameProcessId" to "auto".'
      );
    default:
      return execSentence(error, options.program);
  }
}

function execSentence(error: string, program: string): string {
  if (error === "EACCES") return notExecutable(program);
  if (error === "ENOEXEC") return `${program} is not a program for this machine.`;
  if (error === "ENOENT")
    return `${program} cannot be started: it, or the interpreter it names, does not exist.`;
  if (error === "EIO")
    return `${program} cannot be started: it is damaged (EIO); build it anew, or copy it again.`;
  return `${program} cannot be started (${error}).`;
}

function encode(options: LaunchOptions): Buffer {
  const variables = Object.entries(options.env).map(([name, value]) => `${name}=${value}`);
  const header = Buffer.alloc(16);
  header.writeUInt32LE(
    (options.disableASLR ? NO_RANDOMISATION : 0) |
      (options.sameProcessId === "namespace" ? OWN_NAMESPACE : 0),
    0,
  );
  header.writeUInt32LE(options.args.length + 1, 4);
  header.writeUInt32LE(variables.length, 8);
  header.writeUInt32LE(descriptorLimit(), 12);
  const strings = [
    options.program,
    options.cwd,
    ...options.stdio.map((name) => (name === null ? "" : path.resolve(options.cwd, name))),
    options.program,
    ...options.args,
    ...variables,
  ];
  if (strings.some((text) => text.includes("\0")))
    throw new TargetError("A NUL character cannot be part of an argument, a variable or a file name.");
  return Buffer.concat([header, Buffer.from(strings.map((text) => `${text}\0`).join(""), "utf8")]);
}

export interface Launched {
  readonly processId: number;
  /** The two ends of the program's terminal. */
  readonly master: number;
  readonly slave: number;
  /** The first process of the program's namespace; 0: it has none of its own. */
  readonly init: number;
}

/** Starts a program and leaves it in its exec stop. Throws TargetError with a sentence for a person. */
export function launch(options: LaunchOptions): Launched {
  checkProgram(options.program);
  const result = Buffer.alloc(20);
  const status = shim.launch(encode(options), result);
  if (status < 0) throw new TargetError(sentence(result.readInt32LE(12), status, options));
  return {
    processId: result.readInt32LE(0),
    master: result.readInt32LE(4),
    slave: result.readInt32LE(8),
    init: result.readInt32LE(16),
  };
}
