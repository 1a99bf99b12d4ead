/** What a session sends, in an order that a client can rely on: events wait until what must be answered first is. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { TraceLog } from "../log";
import { ClientFormat } from "./clientFormat";
import type { Connection } from "./connection";

export class Outbox {
  private unanswered = 0;
  private held: DebugProtocol.Event[] = [];
  /** How the client writes places. */
  format = new ClientFormat();

  constructor(
    private readonly connection: Connection,
    private readonly log: TraceLog,
  ) {}

  /** Sends an event, or keeps it until the requests that must be answered first are answered. */
  send(event: string, body?: unknown): void {
    const message: DebugProtocol.Event = {
      type: "event",
      seq: 0,
      event,
      ...(body === undefined ? {} : { body: this.format.toClient(body) }),
    };
    if (this.unanswered > 0) this.held.push(message);
    else this.transmit(message);
  }

  /** A line of the debugger's own. */
  print(sentence: string, category: "console" | "important" = "console"): void {
    this.send("output", { category, output: `${sentence}\n` });
  }

  /** Events are kept until the answer is sent that the caller owes. */
  hold(): void {
    this.unanswered++;
  }

  /** `held`: the answer that `hold` was called for. */
  answer(response: DebugProtocol.Response, held: boolean): void {
    if (response.body !== undefined) response.body = this.format.toClient(response.body);
    this.trace("<-", response);
    this.connection.sendResponse(response);
    if (held && --this.unanswered === 0) this.flush();
  }

  /** Sends what is kept: nothing will be answered any more. */
  giveUpAnswers(): void {
    this.unanswered = 0;
    this.flush();
  }

  /** A request of the adapter's. Rejects with an Error when the client refuses it. */
  ask(command: string, args: object): Promise<void> {
    this.trace("<-", { command, arguments: args });
    return this.connection.ask(command, args);
  }

  /** Writes a message into the trace. */
  trace(direction: "->" | "<-", message: object): void {
    if (this.log.isOpen) this.log.write("protocol", `${direction} ${JSON.stringify(message)}`);
  }

  private flush(): void {
    for (const event of this.held.splice(0)) this.transmit(event);
  }

  private transmit(message: DebugProtocol.Event): void {
    this.trace("<-", message);
    this.connection.sendEvent(message);
  }
}
