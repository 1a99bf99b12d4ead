/** The adapter's entry: speaks DAP on stdio, or with `--port N` on 127.0.0.1 for developing, one session at a time. */
import "./engine";
import { EventEmitter } from "node:events";
import { createServer, type Socket } from "node:net";
import { Connection } from "./dap/connection";
import { Session } from "./dap/session";
import type { DebuggerParts } from "./debugger/launchSettings";
import { TraceLog } from "./log";
import { openModule, openModuleImage } from "./symbols/module";
import { launchPtraceTarget } from "./target/ptrace/ptraceTarget";
import { tracedTarget } from "./target/ptrace/tracedTarget";

/** Milliseconds. */
const LAST_CLIENT_WAIT = 1000;
const usage = "Usage: node adapter.js [--port N]";
const log = new TraceLog();
const parts: DebuggerParts = {
  async createTarget(options) {
    const target = await launchPtraceTarget(options);
    return log.isOpen ? tracedTarget(target, (line) => log.write("ptrace", line)) : target;
  },
  openModule,
  openModuleImage,
};

/** Says "session" when the one that was served with `--port` is over. */
const free = new EventEmitter();
let session: Session | undefined;
let connection: Connection | undefined;

/** Ends everything made here at once, and the process when the client has what was sent to it. */
function end(exitCode: number): void {
  session?.dispose();
  const exit = (): void => process.exit(exitCode);
  if (connection === undefined) exit();
  else connection.drain(exit);
}

function serveStdio(): void {
  connection = new Connection(process.stdin, process.stdout);
  connection.onBroken = () => {
    session?.dispose();
    process.exit(0);
  };
  session = new Session(connection, parts, log, () => end(0));
  process.stdin.on("end", () => end(0));
  process.stdin.on("close", () => end(0));
}

function servePort(port: number): void {
  const server = createServer((socket) => {
    if (session) keepWaiting(socket);
    else serveSocket(socket);
  });
  server.on("error", (error) => {
    process.stderr.write(`Cannot listen on port ${port}: ${error.message}\n`);
    process.exit(1);
  });
  server.listen(port, "127.0.0.1", () => {
    const address = server.address();
    const actual = typeof address === "object" && address ? address.port : port;
    process.stderr.write(`Listening on 127.0.0.1:${actual}, for one session at a time.\n`);
  });
}

/** A client that connects anew may come before the end of its last connection does. */
function keepWaiting(socket: Socket): void {
  const stopWaiting = (): void => {
    clearTimeout(giveUp);
    free.off("session", serve);
  };
  const serve = (): void => {
    if (session) return;
    stopWaiting();
    serveSocket(socket);
  };
  const giveUp = setTimeout(() => {
    stopWaiting();
    socket.resume().end();
  }, LAST_CLIENT_WAIT);
  socket.on("error", () => socket.destroy());
  socket.on("close", stopWaiting);
  free.on("session", serve);
}

function serveSocket(socket: Socket): void {
  const served = new Connection(socket, socket);
  const mine = new Session(served, parts, log, () => {
    served.flush();
    socket.end();
  });
  session = mine;
  served.onBroken = () => socket.destroy();
  socket.on("close", () => {
    mine.dispose();
    session = undefined;
    free.emit("session");
  });
}

function portOf(args: readonly string[]): number | undefined {
  if (args.length === 0) return undefined;
  const [option, value = ""] = args;
  const port = Number(value);
  if (option === "--port" && args.length === 2 && /^\d+$/.test(value) && port < 65536) return port;
  process.stderr.write(`${usage}\n`);
  return process.exit(2);
}

for (const signal of ["SIGTERM", "SIGHUP", "SIGINT"] as const) process.on(signal, () => end(0));
process.on("uncaughtException", (error) => {
  log.unexpected("uncaught", error);
  session?.breakDown(error);
  end(1);
});
process.on("unhandledRejection", (reason) => log.unexpected("unhandled rejection", reason));

const port = portOf(process.argv.slice(2));
if (port === undefined) serveStdio();
else servePort(port);
