import path from "node:path";
import { DEBUG_TYPE } from "../adapter/protocol";

/** A launch configuration as VS Code hands it over: only these four keys are sure to mean what they say. */
export interface Configuration {
  type: string;
  name: string;
  request: string;
  [key: string]: unknown;
}

/** Whether F5 was pressed with no launch.json: VS Code then gives an empty configuration. */
export function isEmptyConfiguration(config: Partial<Configuration>): boolean {
  return !config.type && !config.request && !config.name;
}

/** Whether the person has to be asked for a program. */
export function needsProgram(config: Partial<Configuration>): boolean {
  if (isEmptyConfiguration(config)) return true;
  return config.request === "launch" && !config.program && !config.coreFile && !config.coreDumpPath;
}

/**
 * Fills in what the person left out; every other key is left for the adapter, which alone judges them.
 * @param hasFolder whether a workspace folder is open, for `cwd`; without one the adapter takes the program's folder.
 * @param program the program that was chosen where the configuration names none.
 */
export function withDefaults(
  config: Partial<Configuration>,
  hasFolder: boolean,
  program: string | undefined,
): Configuration {
  const request = config.request || "launch";
  const name = config.name || (program && path.basename(program)) || "Forkpoint";
  const filled: Configuration = { ...config, type: DEBUG_TYPE, request, name };
  if (program !== undefined) filled.program = program;
  if (request === "launch" && hasFolder && filled.cwd === undefined) filled.cwd = "${workspaceFolder}";
  return filled;
}

/** A configuration for one program found in the workspace, for the list of the Run view. */
export function configurationFor(program: string, shownPath: string): Configuration {
  return {
    type: DEBUG_TYPE,
    request: "launch",
    name: `Debug ${shownPath}`,
    program,
    cwd: "${workspaceFolder}",
  };
}
