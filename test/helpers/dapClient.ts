/** A DAP client for tests: every event is kept, none can be missed. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import type { Readable, Writable } from "node:stream";
import { ProtocolServer } from "@vscode/debugadapter/lib/protocol";
import { DebugClient } from "@vscode/debugadapter-testsupport";
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { StartDebuggingArguments } from "../../adapter/protocol";

/** Reads the adapter's requests, which DebugClient passes over, and answers them. */
class ReverseRequests extends ProtocolServer {
  /** @param answer gives why it is refused; undefined: it is done. */
  constructor(private readonly answer: (request: DebugProtocol.Request) => string | undefined) {
    super();
  }

  protected override dispatchRequest(request: DebugProtocol.Request): void {
    const message = this.answer(request);
    const { seq, command } = request;
    const outcome = message === undefined ? { success: true } : { success: false, message };
    this.sendResponse({ type: "response", seq: 0, request_seq: seq, command, ...outcome });
  }
}

/** The events of a session in the order they came, and requests with the answers a test wants. */
export class DapClient extends DebugClient {
  readonly log: DebugProtocol.Event[] = [];
  /** Answer `startDebugging` with a refusal that says this. */
  refusesSessions: string | undefined;
  private readonly wanted: StartDebuggingArguments[] = [];
  private readonly taken = new Set<DebugProtocol.Event>();
  private readonly arrivals = new Set<() => void>();
  private closed = false;

  constructor(
    input: Readable,
    private readonly toAdapter: Writable,
    private readonly patience = 10_000,
  ) {
    super("node", "", "forkpoint");
    toAdapter.on("error", () => undefined);
    this.connect(input, toAdapter);
    new ReverseRequests((request) => this.asked(request)).start(input, toAdapter);
  }

  /** Introduces itself as VS Code does. */
  introduce(more: Partial<DebugProtocol.InitializeRequestArguments> = {}): Promise<unknown> {
    const columns = { linesStartAt1: true, columnsStartAt1: true, pathFormat: "path" };
    return this.request("initialize", {
      adapterID: "forkpoint",
      ...columns,
      supportsStartDebuggingRequest: true,
      ...more,
    });
  }

  /** The next session that the adapter wants started. */
  async startDebugging(): Promise<StartDebuggingArguments> {
    return this.until(
      () => this.wanted.shift(),
      () => `No 'startDebugging' request came. The log:\n${this.story()}\n${this.diagnosis()}`,
    );
  }

  /** What else is known when something does not come. */
  protected diagnosis(): string {
    return "";
  }

  private asked({ command, arguments: args }: DebugProtocol.Request): string | undefined {
    if (command !== "startDebugging") return `${command} is not known here`;
    if (this.refusesSessions !== undefined) return this.refusesSessions;
    this.wanted.push(args as StartDebuggingArguments);
    this.wake();
    return undefined;
  }

  /** Called by the protocol client for every event. */
  override emit(name: string, ...args: unknown[]): boolean {
    const [event] = args;
    if (isEvent(event)) {
      this.log.push(event);
      this.wake();
    }
    return super.emit(name, ...args);
  }

  /** Nothing more comes. */
  hasEnded(): void {
    this.closed = true;
    this.wake();
  }

  private wake(): void {
    for (const arrive of [...this.arrivals]) arrive();
  }

  /** The next event of a kind (or of several) that this method has not yet given, and that `wanted` accepts. */
  async event<E extends DebugProtocol.Event>(
    kind: E["event"] | readonly E["event"][],
    wanted?: (event: E) => boolean,
  ): Promise<E> {
    const kinds = typeof kind === "string" ? [kind] : kind;
    const find = () =>
      this.log.find(
        (e): e is E => kinds.includes(e.event) && !this.taken.has(e) && (wanted?.(e as E) ?? true),
      );
    const found = await this.until(
      find,
      () => `No '${kinds.join()}' event came. The log:\n${this.story()}\n${this.diagnosis()}`,
    );
    this.taken.add(found);
    return found;
  }

  private async until<T>(find: () => T | undefined, complaint: () => string): Promise<T> {
    const deadline = Date.now() + this.patience;
    for (let found = find(); ; found = find()) {
      if (found !== undefined) return found;
      const left = deadline - Date.now();
      if (left <= 0 || this.closed) throw new Error(complaint());
      await this.arrival(left);
    }
  }

  private arrival(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const arrive = () => {
        clearTimeout(timer);
        this.arrivals.delete(arrive);
        resolve();
      };
      const timer = setTimeout(arrive, milliseconds);
      this.arrivals.add(arrive);
    });
  }

  /** The next `stopped` event's body. */
  async nextStop(): Promise<DebugProtocol.StoppedEvent["body"]> {
    return (await this.event<DebugProtocol.StoppedEvent>("stopped")).body;
  }

  /** Everything the program (or, for `console`, the adapter) has written so far. */
  output(category: "stdout" | "stderr" | "console" | "important" = "stdout"): string {
    return this.log
      .filter((event): event is DebugProtocol.OutputEvent => event.event === "output")
      .filter((event) => (event.body.category ?? "console") === category)
      .map((event) => event.body.output)
      .join("");
  }

  /** Waits until the program's output contains `text`. */
  async outputHas(text: string, category: Parameters<DapClient["output"]>[0] = "stdout"): Promise<void> {
    const deadline = Date.now() + this.patience;
    while (!this.output(category).includes(text)) {
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`The output '${text}' did not come. The log:\n${this.story()}`);
      await this.arrival(left);
    }
  }

  /** The events so far, one a line, for error messages and golden texts. */
  story(): string {
    return this.log.map((event) => `${event.event} ${JSON.stringify(event.body ?? {})}`).join("\n");
  }

  /** Sends a request with any arguments, wrong ones too, and gives the body of its response. */
  async request<Body = Record<string, unknown>>(command: string, args: unknown = {}): Promise<Body> {
    const response = await this.send(command, args);
    return response.body as Body;
  }

  /** Sends requests in one write: the adapter has read the last one before anything that the first leads to. */
  async requestsAtOnce(...requests: readonly (readonly [command: string, args?: object])[]): Promise<void> {
    this.toAdapter.cork();
    const answers = requests.map(([command, args]) => this.send(command, args));
    this.toAdapter.uncork();
    await Promise.all(answers);
  }

  /** The sentence of a request that must fail. */
  async refusal(command: string, args: unknown = {}): Promise<string> {
    const outcome = await this.send(command, args).then(
      (response) => ({ response }),
      (error: unknown) => ({ error }),
    );
    if ("error" in outcome)
      return outcome.error instanceof Error ? outcome.error.message : String(outcome.error);
    throw new assert.AssertionError({
      message: `${command} succeeded, where a refusal was due: ${JSON.stringify(outcome.response.body)}`,
    });
  }

  /** Waits until the adapter has closed the connection, at most `milliseconds`. */
  async ended(milliseconds = 5000): Promise<void> {
    const deadline = Date.now() + milliseconds;
    while (!this.closed) {
      if (Date.now() > deadline) throw new Error(`The adapter did not end. ${this.diagnosis()}`);
      await this.arrival(20);
    }
  }
}

function isEvent(value: unknown): value is DebugProtocol.Event {
  return typeof value === "object" && value !== null && "type" in value && value.type === "event";
}

/** A client for a session that the adapter wanted started. */
export async function connectTo({ configuration }: StartDebuggingArguments): Promise<DapClient> {
  const socket = connect(configuration.endpoint);
  await once(socket, "connect");
  const client = new DapClient(socket, socket);
  socket.on("close", () => client.hasEnded());
  return client;
}
