/** What happens in the debugger, as DAP events. */
import type { DebuggerEvents, ForkedProcess, Stop } from "../debugger/types";
import { CustomEvent, STOP_REASON_CHECKPOINT, type CheckpointList } from "../protocol";
import { toBreakpoint, toExitCode, toModule, toStopped } from "./convert";
import { OutputText } from "./outputText";

/** What the events need of the session. */
export interface EventSink {
  send(event: string, body?: unknown): void;
  /** Frames and variables of this stop are others now. */
  framesChanged(): void;
  /** Makes the handles of a new stop. */
  stopReached(stop: Stop): void;
  resumed(): void;
  ended(): void;
  /** Tells the client that the session is over. */
  terminated(): void;
  forked(child: ForkedProcess): void;
  checkpointList(): CheckpointList;
}

const allContinued = { threadId: 1, allThreadsContinued: true };

/** Something to tell once for all that happens meanwhile. */
class Tidings {
  private due = false;

  constructor(private readonly tell: () => void) {}

  /** In a write of its own, behind the answer and the stop that somebody waits for. */
  behindAnswer(): void {
    if (this.due) return;
    this.due = true;
    setImmediate(() => setImmediate(() => this.now()));
  }

  /** At once, where it is still to be told. */
  now(): void {
    if (!this.due) return;
    this.due = false;
    this.tell();
  }
}

/** The debugger's listener. All output, and the list of checkpoints, goes out before `exited`. */
export function debuggerEvents(sink: EventSink): DebuggerEvents {
  const output = new OutputText();
  const list = new Tidings(() => sink.send(CustomEvent.checkpointsChanged, sink.checkpointList()));
  const frames = new Tidings(() => sink.framesChanged());
  const print = (category: string, text: string) =>
    text !== "" && sink.send("output", { category, output: text });

  return {
    stopped(stop) {
      sink.stopReached(stop);
      const event = toStopped(stop);
      // VS Code goes on showing the description of the stop before, unless it hears that the program went on.
      if (event.reason === STOP_REASON_CHECKPOINT) sink.send("continued", allContinued);
      sink.send("stopped", event);
    },
    continued() {
      sink.resumed();
      sink.send("continued", allContinued);
    },
    exited(status) {
      list.now();
      for (const { stream, text } of output.flush()) print(stream, text);
      sink.send("exited", { exitCode: toExitCode(status) });
    },
    terminated() {
      list.now();
      sink.ended();
      sink.terminated();
    },
    threadStarted: (threadId) => sink.send("thread", { reason: "started", threadId }),
    threadExited: (threadId) => sink.send("thread", { reason: "exited", threadId }),
    breakpointChanged: (state) =>
      sink.send("breakpoint", { reason: "changed", breakpoint: toBreakpoint(state) }),
    moduleLoaded: (module) => sink.send("module", { reason: "new", module: toModule(module) }),
    moduleUnloaded: (module) => sink.send("module", { reason: "removed", module: toModule(module) }),
    forked: (child) => sink.forked(child),
    output(category, text) {
      if (typeof text !== "string") return void print(category, output.decode(category, text));
      print(category, text.endsWith("\n") ? text : `${text}\n`);
    },
    checkpointsChanged: () => list.behindAnswer(),
    invalidated: () => frames.behindAnswer(),
  };
}
