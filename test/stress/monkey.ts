/** A user without a plan: random requests, several at once, on a program under debug. What must hold is checked all along. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { CheckpointList } from "../../adapter/protocol";
import type { DapClient } from "../helpers/dapClient";
import type { DebuggeeSession } from "../helpers/session";

/** What a refusal may never hold: it is one sentence for a person. */
const NO_SENTENCE = /undefined|NaN|TypeError|RangeError|is not a function|Cannot read prop|\[object|\n\s+at /;

/** Milliseconds for one request, also while the machine is busy. */
const PATIENCE = 20_000;

type Body = Record<string, unknown>;

function statusOf(processId: number): string {
  try {
    return readFileSync(`/proc/${processId}/status`, "latin1");
  } catch {
    return "";
  }
}

function assertSentence(command: string, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  assert.doesNotMatch(message, NO_SENTENCE, command);
  assert.match(message, /^[^\n]+[.!?)'"]$/, `${command} is refused in a sentence`);
}

export interface MonkeyPlan {
  readonly random: () => number;
  readonly requests: number;
  /** Lines on which breakpoints may be set. */
  readonly lines: readonly number[];
  readonly functions: readonly string[];
  readonly expressions: readonly string[];
  /** Somebody sends signals from outside to the processes that this one traces: the program's and frozen copies. */
  readonly tracer?: number;
}

export class Monkey {
  /** What was asked, in order, for when something is wrong. */
  readonly asked: string[] = [];
  private readonly open = new Set<Promise<void>>();
  private threads: number[] = [1];
  private frames: number[] = [];
  private references: number[] = [];
  private checkpoints: number[] = [];

  constructor(
    private readonly session: DebuggeeSession<DapClient>,
    private readonly plan: MonkeyPlan,
  ) {}

  /** Sends everything, then waits for every answer. Gives false when the session has ended meanwhile. */
  async play(): Promise<boolean> {
    for (let count = 0; count < this.plan.requests && !this.hasEnded; count++) {
      if (this.plan.tracer !== undefined && this.plan.random() < 0.03) this.disturb();
      const answered = this.plan.random() < 0.1 ? this.look() : this.send(...this.choose());
      this.open.add(answered);
      void answered.finally(() => this.open.delete(answered)).catch(() => undefined);
      if (this.plan.random() < 0.6 || this.open.size > 12) await Promise.all(this.open);
      if (this.plan.random() < 0.3) await sleep(this.plan.random() * 6);
    }
    await Promise.all(this.open);
    return !this.hasEnded;
  }

  /** Stops the program, and goes back to some of the checkpoints: the values there are those that they have. */
  async verify(expressions: readonly string[]): Promise<void> {
    const { client } = this.session;
    await this.stopped();
    const { checkpoints } = await client.request<CheckpointList>("checkpoints");
    for (const { id, kind } of this.some(checkpoints, 4)) {
      if (kind === "fork") continue;
      const { threadId, frameId } = await this.goBack(id);
      for (const expression of expressions) {
        const there = await this.value("evaluateInCheckpoint", { checkpointId: id, expression });
        const here = await this.value("evaluate", { expression, frameId });
        assert.equal(
          here,
          there,
          `${expression} in checkpoint ${id}, and in thread ${threadId} after going back`,
        );
      }
    }
  }

  /** Gives the innermost frame there. */
  private async goBack(checkpointId: number): Promise<{ threadId: number; frameId: number | undefined }> {
    const { client } = this.session;
    const before = this.stops.length;
    await client.request("restartCheckpoint", { checkpointId, keepCurrent: false });
    for (const deadline = Date.now() + PATIENCE; this.stops.length === before; await sleep(5))
      assert.ok(Date.now() < deadline, `no stop after going back to checkpoint ${checkpointId}`);
    const { threadId = 1 } = this.stops.at(-1)?.body ?? {};
    const [frame] = await this.session.stack(threadId);
    return { threadId, frameId: frame?.id };
  }

  private async value(command: string, args: Body): Promise<unknown> {
    return (await this.session.client.request(command, args))["result"];
  }

  private get stops(): DebugProtocol.StoppedEvent[] {
    return this.session.client.log.filter(
      (event): event is DebugProtocol.StoppedEvent => event.event === "stopped",
    );
  }

  /** Whether the session is over: the program has ended, and no checkpoint holds it. */
  get hasEnded(): boolean {
    return this.session.client.log.some(({ event }) => event === "terminated");
  }

  /** Waits until the program stands still. */
  private async stopped(): Promise<void> {
    for (let tries = 0; tries < 50; tries++) {
      if (await this.stands()) return;
      await this.send("threads", {});
      const threadId = this.threads[0] ?? 1;
      await this.session.client.request("pause", { threadId }).catch(() => undefined);
      await sleep(50);
    }
    assert.fail("the program does not stop");
  }

  private async stands(): Promise<boolean> {
    return this.session.client.request("stackTrace", { threadId: this.threads[0] ?? 1 }).then(
      () => true,
      () => false,
    );
  }

  private some<T>(list: readonly T[], most: number): T[] {
    return [...list].sort(() => this.plan.random() - 0.5).slice(0, most);
  }

  private pick<T>(list: readonly T[], otherwise: T): T {
    return list[Math.floor(this.plan.random() * list.length)] ?? otherwise;
  }

  private choose(): [command: string, args: Body] {
    const { random } = this.plan;
    const threadId = this.pick(this.threads, 1);
    const frameId = this.pick(this.frames, 1);
    const checkpointId = this.pick(this.checkpoints, 1);
    const keepCurrent = random() < 0.5;
    const choices: readonly (readonly [weight: number, command: string, args: () => Body])[] = [
      [6, "continue", () => ({ threadId })],
      [6, "next", () => ({ threadId, ...(random() < 0.3 ? { granularity: "instruction" } : {}) })],
      [4, "stepIn", () => ({ threadId })],
      [3, "stepOut", () => ({ threadId })],
      [8, "pause", () => ({ threadId })],
      [6, "stackTrace", () => ({ threadId, startFrame: 0, levels: 20 })],
      [3, "scopes", () => ({ frameId })],
      [3, "variables", () => ({ variablesReference: this.pick(this.references, 1) })],
      [4, "evaluate", () => this.expression(frameId)],
      [3, "setBreakpoints", () => this.breakpoints()],
      [1, "setFunctionBreakpoints", () => ({ breakpoints: this.functions() })],
      [3, "threads", () => ({})],
      [1, "disassemble", () => ({ memoryReference: "0x401000", instructionCount: 5 })],
      [8, "createCheckpoint", () => (random() < 0.2 ? { label: "here" } : {})],
      [9, "restartCheckpoint", () => ({ checkpointId, keepCurrent })],
      [4, "deleteCheckpoint", () => ({ checkpointId })],
      [1, "renameCheckpoint", () => ({ checkpointId, label: `of ${checkpointId}` })],
      [3, "checkpoints", () => ({})],
      [2, "compareCheckpoints", () => ({ checkpointId })],
      [3, "evaluateInCheckpoint", () => ({ ...this.expression(frameId), checkpointId })],
    ];
    let left = random() * choices.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, command, args] of choices) if ((left -= weight) < 0) return [command, args()];
    return ["threads", {}];
  }

  private expression(frameId: number): Body {
    const context = this.pick(["watch", "repl", "hover"], "watch");
    return { expression: this.pick(this.plan.expressions, "1"), frameId, context };
  }

  private breakpoints(): Body {
    const breakpoints = this.some(this.plan.lines, 2).map((line) => ({ line }));
    return {
      source: { path: this.session.source },
      breakpoints: this.plan.random() < 0.5 ? [] : breakpoints,
    };
  }

  private functions(): Body[] {
    return this.plan.random() < 0.5 ? [] : this.some(this.plan.functions, 1).map((name) => ({ name }));
  }

  /** Sends one; learns from its answer, or sees that its refusal is a sentence. */
  private async send(command: string, args: Body): Promise<void> {
    this.asked.push(`${command} ${JSON.stringify(args)}`);
    const answer = this.session.client.request(command, args).then(
      (body) => this.learn(command, body),
      (error: unknown) => assertSentence(command, error),
    );
    const ending = new AbortController();
    const late = sleep(PATIENCE, undefined, { signal: ending.signal }).then(
      () => assert.fail(`no answer to ${command} ${JSON.stringify(args)}`),
      () => undefined,
    );
    await Promise.race([answer, late]).finally(() => ending.abort());
  }

  /** Sends a signal to one of the program's processes. */
  private disturb(): void {
    const isTraced = (id: number): boolean => statusOf(id).includes(`TracerPid:\t${this.plan.tracer}\n`);
    const processes = this.session.mark.survivors().filter(isTraced);
    const target = this.pick(processes, 0);
    const signal = this.pick(["SIGKILL", "SIGTERM", "SIGSTOP", "SIGCONT", "SIGUSR1"] as const, "SIGCONT");
    this.asked.push(`${signal} to ${target}`);
    try {
      if (target !== 0) process.kill(target, signal);
    } catch {
      // It has ended meanwhile.
    }
  }

  /** As an editor looks at a stop. */
  private async look(): Promise<void> {
    await this.send("threads", {});
    await this.send("stackTrace", { threadId: this.pick(this.threads, 1), startFrame: 0, levels: 20 });
    const frameId = this.pick(this.frames, 1);
    await this.send("scopes", { frameId });
    for (const variablesReference of this.references) await this.send("variables", { variablesReference });
    await this.send("evaluate", this.expression(frameId));
  }

  private learn(command: string, body: Body): void {
    const list = (key: string): Body[] => (body[key] ?? []) as Body[];
    const ids = (key: string): number[] => list(key).map(({ id }) => Number(id));
    if (command === "threads") this.threads = ids("threads");
    if (command === "stackTrace") this.frames = ids("stackFrames");
    if (command === "scopes")
      this.references = list("scopes").map((scope) => Number(scope["variablesReference"]));
    if (command === "checkpoints") this.checkpoints = ids("checkpoints");
  }
}
