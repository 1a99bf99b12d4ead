/** The commands that package.json contributes. */
export const Command = {
  create: "forkpoint.createCheckpoint",
  createLabeled: "forkpoint.createLabeledCheckpoint",
  restart: "forkpoint.restartCheckpoint",
  restartDiscarding: "forkpoint.restartCheckpointDiscarding",
  rename: "forkpoint.renameCheckpoint",
  delete: "forkpoint.deleteCheckpoint",
  deleteAll: "forkpoint.deleteAllCheckpoints",
  goToSource: "forkpoint.goToCheckpointSource",
  copy: "forkpoint.copyCheckpoint",
  compareWithLive: "forkpoint.compareCheckpointWithLive",
  compare: "forkpoint.compareCheckpoints",
  evaluateIn: "forkpoint.evaluateInCheckpoint",
  detach: "forkpoint.detachCheckpoint",
  showFidelity: "forkpoint.showCheckpointFidelity",
} as const;

/** The view that package.json contributes. */
export const CHECKPOINTS_VIEW = "forkpoint.checkpoints";

/** Keys for `when` clauses, kept true or false by the extension. */
export const ContextKey = {
  /** A session of this debugger is alive. */
  active: "forkpoint.active",
  /** At least one checkpoint is alive. */
  hasCheckpoints: "forkpoint.hasCheckpoints",
} as const;
