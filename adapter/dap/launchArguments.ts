/** The arguments of `launch`, checked and completed: every mistake gets one sentence that names the key. */
import { statSync } from "node:fs";
import path from "node:path";
import type { LaunchSettings } from "../debugger/launchSettings";
import { UserError } from "../debugger/types";
import { ConfigurationReader } from "./configurationReader";
import { debuggeeEnvironment, readEnvironmentFile } from "./environment";

/** What a launch asks for, complete. */
export interface LaunchPlan {
  /** What the debugger is to do. */
  readonly settings: LaunchSettings;
  readonly trace: boolean | string;
  /** Run without stopping (DAP's `noDebug`). */
  readonly noDebug: boolean;
  /** The client asks its user before a restart frees checkpoints. */
  readonly confirmRestart: boolean;
  /** Sentences about keys that are ignored. */
  readonly warnings: readonly string[];
}

const defaultCheckpointLimit = 50;

/**
 * Checks the arguments of a launch and fills in what was left out.
 * @param args what came over the wire, of any shape.
 * @param surroundings the adapter's own environment, which the program's is made from.
 * @throws UserError naming the key that is wrong, missing or not supported yet.
 */
export function readLaunchArguments(args: unknown, surroundings: NodeJS.ProcessEnv): LaunchPlan {
  const reader = new ConfigurationReader(args);
  refuseWhatComesLater(reader);
  const noDebug = reader.flag("noDebug") ?? false;
  const settings = readSettings(reader, surroundings);
  const plan = {
    settings: noDebug ? withoutStops(settings) : settings,
    trace: readTrace(reader),
    noDebug,
    confirmRestart: reader.flag("confirmRestart") ?? false,
  };
  const unknown = reader.unknownKeys();
  return {
    ...plan,
    warnings: unknown.map((key) => `"${key}" is not a key of a Forkpoint launch; it is ignored.`),
  };
}

/** Without debugging nothing stops the program but a pause, and its end while there are checkpoints to go back to. */
function withoutStops(settings: LaunchSettings): LaunchSettings {
  const { stopOnExit } = settings;
  return {
    ...settings,
    stopOnEntry: false,
    stopOnSignals: false,
    followFork: "parent",
    stopOnExit: stopOnExit === "always" ? "whenCheckpoints" : stopOnExit,
  };
}

function readSettings(reader: ConfigurationReader, surroundings: NodeJS.ProcessEnv): LaunchSettings {
  const { program, cwd } = readProgram(reader);
  const checkpoints = reader.section("checkpoints");
  return {
    program,
    cwd,
    args: reader.strings("args") ?? [],
    env: readEnvironment(reader, surroundings, program, cwd),
    stdio: readStdio(reader, cwd),
    disableASLR: reader.flag("disableASLR") ?? true,
    files: checkpoints.oneOf("files", ["offsets", "contents"]) ?? "offsets",
    sameProcessId: checkpoints.oneOf("sameProcessId", ["auto", "never", "namespace"]) ?? "auto",
    followFork: reader.oneOf("followFork", ["parent", "child", "both", "suspend"]) ?? "parent",
    stopOnEntry: reader.flag("stopOnEntry", "stopAtEntry") ?? false,
    stopOnExit: reader.oneOf("stopOnExit", ["whenCheckpoints", "always", "never"]) ?? "whenCheckpoints",
    sourceMap: reader.stringMap("sourceMap", "sourceFileMap") ?? {},
    checkpoints: {
      limit: checkpoints.positiveInteger("limit") ?? defaultCheckpointLimit,
      auto: checkpoints.oneOf("auto", ["off", "stops"]) ?? "off",
    },
  };
}

function refuseWhatComesLater(reader: ConfigurationReader): void {
  for (const key of ["pid", "processId"])
    if (reader.has(key))
      throw new UserError(
        `"${key}" is for attaching, which is not supported yet; launch a "program" instead.`,
      );
  for (const key of ["coreFile", "coreDumpPath"])
    if (reader.has(key))
      throw new UserError(`"${key}" is not supported yet: core files cannot be opened. Remove it.`);
  reader.only("console", ["internalConsole"], ["integratedTerminal", "externalTerminal"]);
  if (reader.flag("externalConsole") === true)
    throw new UserError(`"externalConsole": true is not supported yet; use "console": "internalConsole".`);
}

function readProgram(reader: ConfigurationReader): { program: string; cwd: string } {
  const program = reader.text("program");
  if (program === undefined || program === "")
    throw new UserError(`"program" is missing: set it to the executable to debug.`);
  const given = reader.text("cwd");
  const base = path.resolve(given || ".");
  const absolute = path.resolve(base, program);
  const cwd = given ? base : path.dirname(absolute);
  if (given && !statSync(cwd, { throwIfNoEntry: false })?.isDirectory())
    throw new UserError(`There is no folder ${cwd}; correct "cwd".`);
  return { program: absolute, cwd };
}

function readEnvironment(
  reader: ConfigurationReader,
  surroundings: NodeJS.ProcessEnv,
  program: string,
  cwd: string,
): Record<string, string> {
  const file = reader.text("envFile");
  const fromFile = file ? readEnvironmentFile(path.resolve(cwd, file)) : {};
  const given = { ...fromFile, ...readVariables(reader) };
  return debuggeeEnvironment(surroundings, given, program, cwd);
}

function readVariables(reader: ConfigurationReader): Record<string, string | null> {
  const list = reader.nameValueList("environment");
  const map = reader.stringOrNullMap("env");
  if (list && map) throw new UserError(`Both "env" and "environment" are set; keep one of them.`);
  return map ?? list ?? {};
}

function readStdio(reader: ConfigurationReader, cwd: string): LaunchSettings["stdio"] {
  const list = reader.stringsOrNulls("stdio", 3) ?? [];
  const file = (index: number) => {
    const name = list[index];
    return name ? path.resolve(cwd, name) : null;
  };
  return [file(0), file(1), file(2)];
}

function readTrace(reader: ConfigurationReader): boolean | string {
  const value = reader.value("trace");
  if (value === undefined) return false;
  if (typeof value === "boolean" || typeof value === "string") return value;
  throw new UserError(`"trace" must be true, false or the name of a file to log to.`);
}
