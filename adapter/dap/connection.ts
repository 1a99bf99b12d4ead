/** DAP's messages over a pair of streams; sequence numbers and what goes out are by @vscode/debugadapter. */
import { PassThrough, type Writable } from "node:stream";
import { ProtocolServer } from "@vscode/debugadapter/lib/protocol";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { MessageReader } from "./messageReader";

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
    this.on("error", () => undefined);
    output.on("error", () => this.onBroken());
    const reader = new MessageReader({
      message: (message) => this.received(message),
      garbage: (detail) => this.onGarbage(detail),
    });
    input.on("data", (data: Buffer) => reader.take(data));
    input.on("error", (error) => this.onGarbage(String(error)));
    // What comes in is read here: ProtocolServer waits for ever, without a word, behind a header that it does not know.
    this.start(new PassThrough(), output);
    input.resume();
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

  private received(message: object): void {
    const type = "type" in message ? message.type : undefined;
    if (type === "request" || type === "response")
      this.handleMessage(message as DebugProtocol.ProtocolMessage);
    else if (type !== "event")
      this.onGarbage(`a message of no type: ${JSON.stringify(message).slice(0, 200)}`);
  }

  protected override dispatchRequest(request: DebugProtocol.Request): void {
    if (typeof request.command === "string") this.onRequest(request);
    else this.onGarbage(`a request without a command: ${JSON.stringify(request)}`);
  }
}
