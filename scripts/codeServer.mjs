// A VS Code without a download: code-server from the npm registry, in a cache folder that all clones share.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { run } from "./run.mjs";

/** The newest that runs on Node 20. It is VS Code 1.100. */
const version = "4.100.3";

/** Stands in the names of folders that an installation is going on in, before its process id. */
const unfinishedMark = ".unfinished-";

/** Where code-server is kept: `$XDG_CACHE_HOME/forkpoint/code-server-VERSION`. */
export function codeServerFolder() {
  const cache = process.env.XDG_CACHE_HOME || path.join(os.homedir(), ".cache");
  return path.join(cache, "forkpoint", `code-server-${version}`);
}

/** The script that `node` runs to start code-server. */
export function codeServerEntry(folder = codeServerFolder()) {
  return path.join(folder, "node_modules/code-server/out/node/entry.js");
}

/**
 * Installs code-server unless it is there, and gives its folder. An installation that was cut short leaves nothing
 * that looks whole: it happens in a folder of its own, which takes its final name at the very end.
 */
export function installCodeServer() {
  const folder = codeServerFolder();
  if (existsSync(codeServerEntry(folder))) return folder;
  console.log(`Installing code-server ${version} into ${folder} (about 350 MB, a minute or two).`);
  removeLeftovers(folder);
  const unfinished = `${folder}${unfinishedMark}${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  try {
    installInto(unfinished);
    moveIntoPlace(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
}

/** Clears away what installations left that were killed, and not what others are just doing. */
function removeLeftovers(folder) {
  const cache = path.dirname(folder);
  for (const name of existsSync(cache) ? readdirSync(cache) : []) {
    const [, pid] = name.split(unfinishedMark);
    if (pid && !existsSync(`/proc/${pid}`)) rmSync(path.join(cache, name), { recursive: true, force: true });
  }
}

/**
 * npm's own installation of code-server fetches from hosts other than the registry, so its steps are done here, and
 * only the native modules that a session needs are compiled.
 */
function installInto(folder) {
  const vscode = path.join(folder, "node_modules/code-server/lib/vscode");
  npm(folder, "install", "--ignore-scripts", "--no-package-lock", `code-server@${version}`);
  npm(vscode, "install", "--ignore-scripts", "--omit=dev");
  npm(vscode, "rebuild", "node-pty", "@vscode/spdlog", "native-watchdog");
  npm(folder, "rebuild", "argon2");
}

function npm(cwd, ...args) {
  const env = { ...process.env, ...compiling() };
  run("npm", [...args, "--no-audit", "--no-fund", "--loglevel=error"], { cwd, env });
}

/**
 * Settings for compiling native modules: node-pty's script calls `npx node-gyp`, which asks a question unless told
 * the answer; and where this Node came with its headers, none are to be fetched.
 */
function compiling() {
  const prefix = path.dirname(path.dirname(process.execPath));
  const headers = existsSync(path.join(prefix, "include/node/node.h")) ? { npm_config_nodedir: prefix } : {};
  return { npm_config_yes: "true", ...headers };
}

/** Another clone may have been faster: then its installation is as good as ours. */
function moveIntoPlace(unfinished, folder) {
  try {
    if (!existsSync(codeServerEntry(folder))) rmSync(folder, { recursive: true, force: true });
    renameSync(unfinished, folder);
  } catch (error) {
    if (!existsSync(codeServerEntry(folder))) throw error;
  }
}

if (process.argv[1] === import.meta.filename) console.log(codeServerEntry(installCodeServer()));
