import path from "node:path";
import * as vscode from "vscode";
import type { Checkpoint } from "../adapter/protocol";
import type { CheckpointModel } from "./checkpointModel";
import type { CheckpointRequests } from "./checkpointRequests";
import { copyTextOf, keptFilesOf, placeOf, titleOf } from "./checkpointText";
import { asTreeNode, type CheckpointNode, type TreeNode } from "./checkpointTree";
import { Command } from "./commandNames";
import type { InspectionCommands } from "./inspectionCommands";
import { forCheckpoint, pickSession, type RowCommand } from "./pickers";
import { focusSession } from "./sessionFocus";

/** What a person can do with checkpoints: each command ends in a request, and a refusal in one shown sentence. */
export class CheckpointCommands {
  constructor(
    private readonly model: CheckpointModel<vscode.DebugSession>,
    private readonly requests: CheckpointRequests,
    private readonly inspection: InspectionCommands,
  ) {}

  /** Registers every command; the result undoes it. */
  register(): vscode.Disposable {
    const withCheckpoint = (question: string, run: (node: CheckpointNode) => Promise<void>) =>
      forCheckpoint(this.model, question, run);
    const handlers: Record<string, RowCommand> = {
      [Command.create]: (node) => this.create(node),
      [Command.createLabeled]: (node) => this.createLabeled(node),
      [Command.restart]: withCheckpoint("Restart from which checkpoint?", (node) => this.restart(node, true)),
      [Command.restartDiscarding]: withCheckpoint(
        "Restart from which checkpoint, discarding the current state?",
        (node) => this.restart(node, false),
      ),
      [Command.rename]: withCheckpoint("Rename which checkpoint?", (node) => this.rename(node)),
      [Command.delete]: withCheckpoint("Delete which checkpoint?", (node) => this.delete(node)),
      [Command.deleteAll]: (node) => this.deleteAll(node),
      [Command.goToSource]: withCheckpoint("Go to the source of which checkpoint?", goToSource),
      [Command.copy]: withCheckpoint("Copy which checkpoint?", copy),
      ...this.inspection.handlers,
    };
    const registered = Object.entries(handlers).map(([name, run]) =>
      vscode.commands.registerCommand(name, (first?: unknown) => run(asTreeNode(first)).catch(showError)),
    );
    return vscode.Disposable.from(...registered);
  }

  private async create(node: TreeNode | undefined, label?: string): Promise<void> {
    const session = node?.session ?? (await pickSession(this.model));
    if (session) await this.requests.send(session, "createCheckpoint", label ? { label } : {});
  }

  private async createLabeled(node: TreeNode | undefined): Promise<void> {
    const label = await vscode.window.showInputBox({
      title: "Take Checkpoint",
      prompt: "A label for the new checkpoint",
    });
    if (label !== undefined) await this.create(node, label);
  }

  private async restart({ session, checkpoint }: CheckpointNode, keepCurrent: boolean): Promise<void> {
    const files = keptFilesOf(checkpoint);
    const askKeepFiles = files === undefined ? undefined : () => askAboutFiles(checkpoint, files);
    const isDone = await this.requests.restart(session, checkpoint.id, keepCurrent, askKeepFiles);
    if (isDone) await focusSession(session);
  }

  private async rename({ session, checkpoint }: CheckpointNode): Promise<void> {
    const label = await vscode.window.showInputBox({
      title: `Rename Checkpoint ${checkpoint.id}`,
      value: checkpoint.label ?? "",
      prompt: "A label; empty for none",
    });
    if (label === undefined) return;
    await this.requests.send(session, "renameCheckpoint", { checkpointId: checkpoint.id, label });
  }

  private async delete({ session, checkpoint }: CheckpointNode): Promise<void> {
    await this.requests.send(session, "deleteCheckpoint", { checkpointId: checkpoint.id });
  }

  private async deleteAll(node: TreeNode | undefined): Promise<void> {
    const session = node?.session ?? (await pickSession(this.model));
    const checkpoints = (session && this.model.get(session.id)?.list.checkpoints) ?? [];
    if (!session || checkpoints.length === 0) return;
    const count = checkpoints.length === 1 ? "the only checkpoint" : `all ${checkpoints.length} checkpoints`;
    const answer = await vscode.window.showWarningMessage(
      `Delete ${count} of “${session.name}”?`,
      { modal: true },
      "Delete",
    );
    if (answer !== "Delete") return;
    const deletions = checkpoints.map(({ id }) =>
      this.requests.send(session, "deleteCheckpoint", { checkpointId: id }),
    );
    const failed = (await Promise.allSettled(deletions)).find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
  }
}

/** Whether files are left as they are; undefined: the person has thought better of it. */
async function askAboutFiles(checkpoint: Checkpoint, files: string): Promise<boolean | undefined> {
  const write = "Write Back";
  const leave = "Leave Files";
  const answer = await vscode.window.showWarningMessage(
    `${titleOf(checkpoint)} keeps the contents of files. What is in them now is overwritten when they are written back.`,
    { modal: true, detail: files },
    write,
    leave,
  );
  return answer === undefined ? undefined : answer === leave;
}

async function goToSource({ checkpoint }: CheckpointNode): Promise<void> {
  const { source, line = 1, column = 1 } = checkpoint;
  if (!source?.path || !path.isAbsolute(source.path))
    throw new Error(`${titleOf(checkpoint)} has no source to show: it is at ${placeOf(checkpoint)}.`);
  const position = new vscode.Position(Math.max(0, line - 1), Math.max(0, column - 1));
  await vscode.window.showTextDocument(vscode.Uri.file(source.path), {
    selection: new vscode.Range(position, position),
  });
}

async function copy({ checkpoint }: CheckpointNode): Promise<void> {
  await vscode.env.clipboard.writeText(copyTextOf(checkpoint));
}

/** Shows a failure as the one sentence that it is. */
export function showError(error: unknown): void {
  void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
}
