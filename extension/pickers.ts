import * as vscode from "vscode";
import { DEBUG_TYPE } from "../adapter/protocol";
import type { CheckpointModel } from "./checkpointModel";
import { descriptionOf, escapeIcons, titleOf } from "./checkpointText";
import { nodesOf, type CheckpointNode, type TreeNode } from "./checkpointTree";

/** A command that may be given the row it was chosen on. */
export type RowCommand = (node?: TreeNode) => Promise<void>;

/** A command on a checkpoint: the row's, or, without one, the one that a person picks. */
export function forCheckpoint(
  model: CheckpointModel<vscode.DebugSession>,
  question: string,
  run: (node: CheckpointNode) => Promise<void>,
): RowCommand {
  return async (node) => {
    const chosen = node?.kind === "checkpoint" ? node : await pickCheckpoint(model, question);
    if (chosen) await run(chosen);
  };
}

/**
 * The session that a command without a row is meant for: the focused one, the only one, or the one picked.
 * @returns nothing when the person picked none.
 * @throws Error with a sentence when no session is alive.
 */
export async function pickSession(
  model: CheckpointModel<vscode.DebugSession>,
): Promise<vscode.DebugSession | undefined> {
  const active = vscode.debug.activeDebugSession;
  if (active?.type === DEBUG_TYPE) return active;
  const sessions = model.sessions.map(({ session }) => session);
  if (sessions.length === 0)
    throw new Error(
      "No program is being debugged with Forkpoint: start one with F5, then take a checkpoint.",
    );
  if (sessions.length === 1) return sessions[0];
  const items = sessions.map((session) => ({ label: session.name, session }));
  return (await vscode.window.showQuickPick(items, { placeHolder: "In which session?" }))?.session;
}

/**
 * Asks for one of the live checkpoints of all sessions, or of those that `isWanted`.
 * @returns nothing when the person picked none.
 * @throws Error with a sentence when there is none.
 */
export async function pickCheckpoint(
  model: CheckpointModel<vscode.DebugSession>,
  question: string,
  isWanted: (node: CheckpointNode) => boolean = () => true,
): Promise<CheckpointNode | undefined> {
  const { sessions } = model;
  if (model.count === 0) throw new Error("There are no checkpoints yet: take one first.");
  if (!sessions.flatMap(nodesOf).some(isWanted))
    throw new Error("There is no other checkpoint in this session: take another one first.");
  const items = sessions.flatMap((entry) =>
    nodesOf(entry)
      .filter(isWanted)
      .map((node) => ({
        label: escapeIcons(titleOf(node.checkpoint)),
        description: escapeIcons(descriptionOf(node.checkpoint, node.isCurrent)),
        detail: sessions.length > 1 ? entry.session.name : undefined,
        node,
      })),
  );
  const picked = await vscode.window.showQuickPick(items, {
    placeHolder: question,
    matchOnDescription: true,
  });
  return picked?.node;
}
