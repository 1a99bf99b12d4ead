/** A VS Code of the test's own: code-server with the packaged extension, on a fresh profile, ended with all it started. */
import { execFile, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { repository } from "../helpers/compile";
import { markProcesses } from "../helpers/processes";

const settings = {
  "workbench.startupEditor": "none",
  "workbench.colorTheme": "Default Dark Modern",
  "workbench.tips.enabled": false,
  "chat.commandCenter.enabled": false,
  "extensions.ignoreRecommendations": true,
  "git.enabled": false,
  "telemetry.telemetryLevel": "off",
  "editor.minimap.enabled": false,
  "editor.hover.enabled": false,
};

/** A running code-server. */
export interface CodeServer {
  /** The address that shows the folder it was started for. */
  readonly url: string;
  /** Ends it, and fails when a process that it started, of whatever depth, outlives it. */
  stop(): Promise<void>;
}

/**
 * Starts code-server on a folder.
 * @param folder what to open
 * @param vsix the packaged extension to install
 * @param extraSettings user settings on top of those that make the window quiet
 */
export async function startCodeServer(
  folder: string,
  vsix: string,
  extraSettings: Record<string, unknown> = {},
): Promise<CodeServer> {
  if (!existsSync(vsix)) throw new Error(`There is no ${vsix}: run npm run package first.`);
  const mark = markProcesses();
  const home = mkdtempSync(path.join(os.tmpdir(), "forkpoint-e2e-"));
  const user = path.join(home, "data/User");
  mkdirSync(user, { recursive: true });
  writeFileSync(path.join(user, "settings.json"), JSON.stringify({ ...settings, ...extraSettings }));
  const command = [entry(), ...isolated(home)];
  const env = { ...process.env, ...mark.environment };
  await promisify(execFile)(process.execPath, [...command, "--install-extension", vsix], { env });
  const port = await freePort();
  const server = spawn(process.execPath, [...command, ...listening(port), folder], {
    detached: true,
    env,
    stdio: "ignore",
  });
  const forget = endWithUs(server);
  const stop = async () => {
    await end(server);
    forget();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    await mark.assertNoneLeft(10_000);
  };
  try {
    await untilItAnswers(port, server);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `http://127.0.0.1:${port}/?folder=${encodeURIComponent(folder)}`, stop };
}

/** Installs code-server where it is missing; its script's last line is the file to run. */
function entry(): string {
  const script = path.join(repository, "scripts/codeServer.mjs");
  const { stdout, stderr, status } = spawnSync(process.execPath, [script], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim().split("\n").at(-1) ?? "";
}

function isolated(home: string): string[] {
  const folders = [
    "--user-data-dir",
    path.join(home, "data"),
    "--extensions-dir",
    path.join(home, "extensions"),
  ];
  return [
    ...folders,
    "--config",
    path.join(home, "config.yaml"),
    "--disable-telemetry",
    "--disable-update-check",
  ];
}

function listening(port: number): string[] {
  return ["--auth", "none", "--bind-addr", `127.0.0.1:${port}`, "--disable-workspace-trust"];
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function untilItAnswers(port: number, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline && server.exitCode === null) {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(100);
  }
  throw new Error("code-server did not start.");
}

/** Ends the server and its children when this process ends before `stop`; the result takes that back. */
function endWithUs({ pid }: ChildProcess): () => void {
  if (pid === undefined) return () => undefined;
  const kill = () => process.kill(-pid, "SIGKILL");
  const exit = () => process.exit(1);
  process.once("exit", kill);
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.once(signal, exit);
  return () => {
    process.off("exit", kill);
    for (const signal of signals) process.off(signal, exit);
  };
}

async function end(server: ChildProcess): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, "exit");
  process.kill(-server.pid, "SIGTERM");
  const isSlow = await Promise.race([ended.then(() => false), sleep(8000, true, { ref: false })]);
  if (isSlow) process.kill(-server.pid, "SIGKILL");
  await ended;
}
