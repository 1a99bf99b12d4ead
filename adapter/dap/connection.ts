/** DAP's messages over a pair of streams: framing and sequence numbers, by @vscode/debugadapter. */
import type { Writable } from "node:stream";
import { ProtocolServer } from "@vscode/debugadapter/lib/protocol";
import type { DebugProtocol } from "@vscode/debugprotocol";

/** Longest stretch of bytes without a header that is taken for the beginning of one. */
const LONGEST_HEADER = 4096;
/** Milliseconds. */
const ANSWER_WAIT = 60_000;
const DRAIN_WAIT = 2_000;

export class Connection extends ProtocolServer {
  /** Called for every request, in the order they come. */
  onRequest: (request: DebugProtocol.Request) => void = () => undefined;
  /** Called for what is no message; `detail` says what was wrong. The connection goes on behind it. */
  onGarbage: (detail: string) => void = () => undefined;
  /** Called when the other side reads no more. */
  onBroken: () => void = () => undefined;
  private gathering = false;

  /** Starts to read and write. */
  constructor(
    input: NodeJS.ReadableStream,
    private readonly output: Writable,
  ) {
    super();
    this.on("error", (event: DebugProtocol.Event) => this.onGarbage(String(event.body)));
    output.on("error", () => this.onBroken());
    input.on(
      "data",
      watchHeaders((detail) => this.onGarbage(detail)),
    );
    this.start(input, output);
  }

  override sendEvent(event: DebugProtocol.Event): void {
    this.gather();
    super.sendEvent(event);
  }

  override sendResponse(response: DebugProtocol.Response): void {
    this.gather();
    super.sendResponse(response);
  }

  /** Sends a request of DAP's "Reverse Requests". Rejects with an Error when the client refuses or stays silent. */
  ask(command: string, args: object): Promise<void> {
    return new Promise((resolve, reject) => {
      this.sendRequest(command, args, ANSWER_WAIT, ({ success, message }) => {
        if (success) resolve();
        else reject(new Error(`the client refused ${command} (${message ?? "no reason given"})`));
      });
    });
  }

  /** Writes what was gathered. */
  flush(): void {
    if (!this.gathering) return;
    this.gathering = false;
    this.output.uncork();
  }

  /**
   * Writes all that was sent, and calls back when the other side has it, can have no more, or has not read it in time: a
   * pipe takes 64 KiB, and the end of this process would cut off the rest.
   */
  drain(done: () => void): void {
    this.flush();
    if (this.output.writableLength === 0 || !this.output.writable) {
      done();
      return;
    }
    setTimeout(done, DRAIN_WAIT);
    this.output.write("", done);
  }

  /** What is sent in one turn of the event loop goes out in one write: each wakes the client up. */
  private gather(): void {
    if (this.gathering) return;
    this.gathering = true;
    this.output.cork();
    setImmediate(() => this.flush());
  }

  protected override dispatchRequest(request: DebugProtocol.Request): void {
    if (typeof request.command === "string") this.onRequest(request);
    else this.onGarbage(`a request without a command: ${JSON.stringify(request)}`);
  }
}

/**
 * ProtocolServer waits without a word for the end of a header, for ever when what it gets is none: this tells of it,
 * once. It looks at the first bytes of the connection only, which is where a wrong program on the other side shows.
 */
function watchHeaders(report: (detail: string) => void): (data: Buffer) => void {
  let start = "";
  let settled = false;
  return (data) => {
    if (settled) return;
    start += data.toString("latin1", 0, LONGEST_HEADER);
    const line = start.split("\r\n", 1)[0] ?? "";
    settled = start.includes("\r\n") || start.length >= 16;
    if (settled && !/^Content-(Length|Type):/i.test(line))
      report(`"${line.slice(0, 60)}" is no header of a message`);
  };
}
