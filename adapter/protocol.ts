/*
 * The wire between the extension (or any other DAP client) and the adapter: types and names only, no logic.
 *  1. A request takes effect only when it succeeds; otherwise it answers one sentence for a person and changes nothing.
 *  2. A response never updates a view: every change of the list, from any cause, is told by `checkpointsChanged`.
 *  3. `checkpointsChanged` always carries the whole list; a client replaces what it has.
 *  4. Ids are 1, 2, 3 … and are never used twice in a session.
 *  5. A restart is over when its `stopped` event (`reason: "checkpoint"`) has come, not when it is answered.
 */
import type { DebugProtocol } from "@vscode/debugprotocol";

/** The debug type: `type` in launch.json and in VS Code's `contributes.debuggers`. */
export const DEBUG_TYPE = "forkpoint";

/**
 * `reason` of the `stopped` event after a restart, and when a killed program went back to a checkpoint. The pause at the
 * moment of exit, where everything is still readable, has `exit`.
 */
export const STOP_REASON_CHECKPOINT = "checkpoint";

/** Names of the custom events. */
export const CustomEvent = {
  checkpointsChanged: "checkpointsChanged",
  restartRequested: "restartRequested",
} as const;

/** What a checkpoint came from: `branch` is where a restart left off, `fork` a suspended side of the program's own fork. */
export type CheckpointKind = "manual" | "auto" | "branch" | "fork";

/** What a restart does with one resource that the program held. */
export interface Fidelity {
  resource: string;
  state: "restored" | "approximate" | "notRestored";
  detail: string;
}

/** A thread as it was at a checkpoint. */
export interface CheckpointThread {
  /** DAP's thread id, the same again after a restart. */
  id: number;
  name: string;
  /** The program's thread id, as it was. */
  tid: number;
}

/** A frozen copy of the process that never runs; a restart runs a fresh copy of it. */
export interface Checkpoint {
  /** 1, 2, 3 … never used twice in a session. */
  id: number;
  label?: string;
  kind: CheckpointKind;
  /** The checkpoint that the state was reached from; absent: from the launch. */
  parentId?: number;
  /** The program's process id, as it was. */
  processId: number;
  /** The process id of the frozen copy. */
  copyProcessId: number;
  threads: CheckpointThread[];
  /** With `source` and `line`: the innermost frame whose source can be opened, else the innermost, without them. */
  functionName?: string;
  source?: DebugProtocol.Source;
  line?: number;
  column?: number;
  /** A memory reference as DAP's `instructionPointerReference`, for example `0x401136`. */
  instructionPointerReference: string;
  /** ISO 8601. */
  createdAt: string;
  stopReason: string;
  /** Memory in bytes that this checkpoint alone holds; may come late, with another event. */
  privateBytes?: number;
  fidelity: Fidelity[];
}

/** How the live process ended: one of the two is there. */
export interface ExitState {
  exitCode?: number;
  /** A name such as `SIGSEGV`. */
  signal?: string;
}

/** Body of `checkpointsChanged` and of the `checkpoints` response. */
export interface CheckpointList {
  checkpoints: Checkpoint[];
  /** The checkpoint that the live process came from; absent: from the launch. */
  currentParentId?: number;
  /** Set while the live process is at its exit. */
  exited?: ExitState;
}

export interface CreateCheckpointArguments {
  label?: string;
}

export interface CheckpointResponseBody {
  checkpoint: Checkpoint;
}

export interface RestartCheckpointArguments {
  checkpointId: number;
  /** Default true: the state that is left becomes a checkpoint of kind `branch`. */
  keepCurrent?: boolean;
  /**
   * Default false: files whose contents the checkpoint has (its `fidelity` lists them as `file contents` or `mapped files`) are written back,
   * after the console has said which. True: no file is touched.
   */
  keepFiles?: boolean;
}

export interface CheckpointIdArguments {
  checkpointId: number;
}

export interface DetachCheckpointResponseBody {
  /** Of the copy that now runs free. */
  processId: number;
}

export interface RenameCheckpointArguments {
  checkpointId: number;
  label: string;
}

export interface EvaluateInCheckpointArguments {
  checkpointId: number;
  expression: string;
  /** 0 is the innermost frame, the default; what is not known there is looked for at the checkpoint's `source` and `line`. */
  frameLevel?: number;
  threadId?: number;
}

export interface CompareCheckpointsArguments {
  checkpointId: number;
  /** None: the live process. */
  otherId?: number;
}

/** A variable whose value differs between two states. */
export interface VariableChange {
  name: string;
  type: string;
  before: string;
  after: string;
  scope: string;
}

export interface CompareCheckpointsResponseBody {
  changes: VariableChange[];
  pagesChanged: number;
  bytesChanged: number;
}

/** An answer that holds nothing: `{}`. */
export type EmptyBody = Record<string, never>;

/** Every custom request by its command, with the arguments and the body of its response. */
export interface CustomRequests {
  createCheckpoint: { arguments: CreateCheckpointArguments; body: CheckpointResponseBody };
  restartCheckpoint: { arguments: RestartCheckpointArguments; body: EmptyBody };
  deleteCheckpoint: { arguments: CheckpointIdArguments; body: EmptyBody };
  detachCheckpoint: { arguments: CheckpointIdArguments; body: DetachCheckpointResponseBody };
  renameCheckpoint: { arguments: RenameCheckpointArguments; body: CheckpointResponseBody };
  checkpoints: { arguments: EmptyBody; body: CheckpointList };
  evaluateInCheckpoint: {
    arguments: EvaluateInCheckpointArguments;
    body: DebugProtocol.EvaluateResponse["body"];
  };
  compareCheckpoints: { arguments: CompareCheckpointsArguments; body: CompareCheckpointsResponseBody };
}

/** The command of a custom request. */
export type CustomRequestName = keyof CustomRequests;

/** The arguments of one custom request. */
export type CustomRequestArguments<Name extends CustomRequestName> = CustomRequests[Name]["arguments"];

/** The response body of one custom request. */
export type CustomRequestBody<Name extends CustomRequestName> = CustomRequests[Name]["body"];

/** Event `checkpointsChanged`: the whole list, after every change from any cause. */
export interface CheckpointsChangedEvent extends DebugProtocol.Event {
  event: typeof CustomEvent.checkpointsChanged;
  body: CheckpointList;
}

/**
 * Arguments of DAP's `restart`, with one key of our own. While checkpoints are alive, a plain `restart` would free them:
 * without `freeCheckpoints` it is an error that says so, or, where the client launched with `confirmRestart`,
 * it is answered with success, nothing happens, and `restartRequested` is sent for the client to ask.
 */
export interface RestartArguments extends DebugProtocol.RestartArguments {
  freeCheckpoints?: boolean;
}

/** Event `restartRequested`: a restart waits for the user's word; yes is `restart` with `freeCheckpoints: true`. */
export interface RestartRequestedEvent extends DebugProtocol.Event {
  event: typeof CustomEvent.restartRequested;
  body: { checkpointCount: number };
}

/** When the session pauses at the moment of exit. */
export type StopOnExit = "whenCheckpoints" | "always" | "never";

/** Where the program's output goes and its input comes from. */
export type ConsoleKind = "internalConsole" | "integratedTerminal" | "externalTerminal";

/** Which side of the program's own fork is followed. */
export type FollowFork = "parent" | "child" | "both" | "suspend";

/**
 * Arguments of DAP's reverse request `startDebugging`, as sent with `followFork: "both"` when the program has made a
 * process: the client starts a session with this configuration, whose adapter is reached at the Unix socket `endpoint`.
 */
export interface StartDebuggingArguments {
  request: "attach";
  configuration: { type: typeof DEBUG_TYPE; name: string; endpoint: string; processId: number };
}

/** The `checkpoints` object of a launch or attach configuration. */
export interface CheckpointSettings {
  auto?: "off" | "stops";
  /** Default 50; counts `auto` and `branch` only. */
  limit?: number;
  /** Whether checkpoints keep the contents of files that are open for writing. Default `offsets`. */
  files?: "offsets" | "contents";
  /** `namespace`: in a user and a pid namespace of its own, where an ordinary user's program gets its old ids, too. */
  sameProcessId?: "auto" | "never" | "namespace";
}

/** The keys that launch and attach have in common, under their own names. */
export interface SessionOptions {
  stopOnEntry?: boolean;
  /** Prefix to prefix. */
  sourceMap?: Record<string, string>;
  followFork?: FollowFork;
  stopOnExit?: StopOnExit;
  checkpoints?: CheckpointSettings;
  /** True: log to the adapter's stderr; a string: to that file. */
  trace?: boolean | string;
  /**
   * Set by a client (not by a person) that asks its user on `restartRequested`. VS Code takes a failed `restart` for the
   * end of the session, so there the question cannot be an error response.
   */
  confirmRestart?: boolean;
}

/** Other spellings of the same keys, taken from cpptools and its relatives. */
export interface OptionAliases {
  /** For `stopOnEntry`. */
  stopAtEntry?: boolean;
  /** For `env`. */
  environment?: { name: string; value: string }[];
  /** `true` for `console: "externalTerminal"`. */
  externalConsole?: boolean;
  /** For `sourceMap`. */
  sourceFileMap?: Record<string, string>;
  /** For `pid`. */
  processId?: number | string;
  /** For `coreFile`. */
  coreDumpPath?: string;
}

/** Arguments of DAP's `launch`. */
export interface LaunchArguments extends DebugProtocol.LaunchRequestArguments, SessionOptions, OptionAliases {
  program: string;
  args?: string[];
  cwd?: string;
  /** `null` unsets. */
  env?: Record<string, string | null>;
  envFile?: string;
  console?: ConsoleKind;
  /** File names for stdin, stdout and stderr; null leaves one as it is. */
  stdio?: (string | null)[];
  disableASLR?: boolean;
  coreFile?: string;
}

/** Arguments of DAP's `attach`. */
export interface AttachArguments extends DebugProtocol.AttachRequestArguments, SessionOptions, OptionAliases {
  pid?: number;
  program?: string;
  /** Of a session that `startDebugging` asked for: its client connects there and starts no adapter. */
  endpoint?: string;
}
