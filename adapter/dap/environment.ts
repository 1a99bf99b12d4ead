/** The program's environment: what a shell would give it, and what the launch configuration says. */
import { readFileSync } from "node:fs";
import { UserError } from "../debugger/types";

/** Variables that VS Code, Electron and Node set for their own children; a shell outside has none of them. */
const ofTheEditor =
  /^((VSCODE|ELECTRON|FORKPOINT|SNAP|GDK_PIXBUF)_.*|SNAP|CHROME_DESKTOP|ORIGINAL_XDG_CURRENT_DESKTOP|NODE_CHANNEL_FD|NODE_CHANNEL_SERIALIZATION_MODE|NODE_UNIQUE_ID|OLDPWD)$/;

/**
 * The environment of the program.
 * @param surroundings the adapter's own.
 * @param given what the configuration sets; null unsets.
 */
export function debuggeeEnvironment(
  surroundings: NodeJS.ProcessEnv,
  given: Readonly<Record<string, string | null>>,
  program: string,
  cwd: string,
): Record<string, string> {
  const environment = new Map<string, string>();
  for (const [name, value] of Object.entries(surroundings))
    if (value !== undefined && !ofTheEditor.test(name)) environment.set(name, value);
  environment.set("PWD", cwd);
  environment.set("_", program);
  for (const [name, value] of Object.entries(given)) {
    checkName(name);
    if (value === null) environment.delete(name);
    else environment.set(name, value);
  }
  return Object.fromEntries(environment);
}

function checkName(name: string): void {
  if (name === "" || /[=\0]/.test(name))
    throw new UserError(`"${name}" cannot be the name of an environment variable.`);
}

/**
 * Reads a file of `NAME=value` lines: `#` begins a comment line, `export ` may stand in front, a value may be in single
 * quotes (taken as it is) or double quotes (`\n`, `\"` and `\\` are escapes).
 * @throws UserError when the file cannot be read or a line has no `=`.
 */
export function readEnvironmentFile(file: string): Record<string, string> {
  const variables: Record<string, string> = {};
  const lines = readText(file)
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/);
  lines.forEach((line, index) => {
    const text = line.trim();
    if (text === "" || text.startsWith("#")) return;
    const match = /^(?:export\s+)?([^\s=]+)\s*=\s*(.*)$/.exec(text);
    if (!match) throw new UserError(`Line ${index + 1} of ${file} (envFile) is not NAME=value: ${text}`);
    variables[match[1] ?? ""] = unquote(match[2] ?? "");
  });
  return variables;
}

function unquote(value: string): string {
  const single = /^'(.*)'$/.exec(value);
  if (single) return single[1] ?? "";
  const double = /^"(.*)"$/.exec(value);
  if (!double) return value;
  return (double[1] ?? "").replace(/\\([\\"n])/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const reason =
      error instanceof Error && "code" in error && error.code === "ENOENT"
        ? "does not exist"
        : "cannot be read";
    throw new UserError(`The file ${file} (envFile) ${reason}.`);
  }
}
