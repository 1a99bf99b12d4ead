// A code-server of one's own with the extension in it: no profile of the user's is touched, and nothing stays behind.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { codeServerEntry } from "./codeServer.mjs";
import { run } from "./run.mjs";

const settings = {
  "workbench.startupEditor": "none",
  "workbench.colorTheme": "Default Dark Modern",
  "extensions.ignoreRecommendations": true,
  "git.openRepositoryInParentFolders": "never",
};
const startDeadlineMs = 60_000;

function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Folders and switches that make this code-server independent of any other. */
function isolated(home) {
  const user = path.join(home, "data/User");
  mkdirSync(user, { recursive: true });
  writeFileSync(path.join(user, "settings.json"), JSON.stringify(settings));
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

async function untilItAnswers(port, server) {
  const deadline = Date.now() + startDeadlineMs;
  while (Date.now() < deadline && server.exitCode === null) {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(200);
  }
  throw new Error("code-server did not start.");
}

/** Ends code-server and all that it started, when this process is asked to end, and waits for it. */
function endWithUs(server) {
  const end = () => {
    if (server.exitCode === null) process.kill(-server.pid, "SIGTERM");
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, end);
  return { ended: new Promise((resolve) => server.once("exit", resolve)), end };
}

/**
 * Serves a folder until Ctrl-C.
 * @param codeServer the folder that `installCodeServer` gave
 * @param folder what to open
 * @param vsix the packaged extension
 */
export async function serve({ codeServer, folder, vsix }) {
  const home = mkdtempSync(path.join(os.tmpdir(), "forkpoint-start-"));
  try {
    const command = [codeServerEntry(codeServer), ...isolated(home)];
    run(process.execPath, [...command, "--install-extension", vsix], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const port = await freePort();
    const listen = ["--auth", "none", "--bind-addr", `127.0.0.1:${port}`, "--disable-workspace-trust"];
    const log = path.join(home, "code-server.log");
    const stdio = ["ignore", openSync(log, "a"), openSync(log, "a")];
    const server = spawn(process.execPath, [...command, ...listen, folder], { detached: true, stdio });
    const { ended, end } = endWithUs(server);
    await untilItAnswers(port, server).catch((error) => {
      end();
      throw new Error(`${error.message} It said:\n${readFileSync(log, "utf8")}`);
    });
    console.log(
      `\nOpen http://127.0.0.1:${port}/?folder=${encodeURIComponent(folder)} and press F5. Ctrl-C here ends it.`,
    );
    await ended;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
