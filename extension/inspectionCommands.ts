import * as vscode from "vscode";
import type { CheckpointModel } from "./checkpointModel";
import type { CheckpointRequests } from "./checkpointRequests";
import { titleOf } from "./checkpointText";
import type { CheckpointNode } from "./checkpointTree";
import { Command } from "./commandNames";
import type { ComparisonDocuments } from "./comparisonDocuments";
import { memoryInWords } from "./comparisonText";
import { forCheckpoint, pickCheckpoint, type RowCommand } from "./pickers";

/** What a person can do with a checkpoint that leaves the live program as it is. */
export class InspectionCommands {
  private lastExpression = "";

  /** `unfold` shows what is below a row of the tree. */
  constructor(
    private readonly model: CheckpointModel<vscode.DebugSession>,
    private readonly requests: CheckpointRequests,
    private readonly documents: ComparisonDocuments,
    private readonly unfold: (node: CheckpointNode) => Promise<void>,
  ) {}

  /** The commands by their names. */
  get handlers(): Record<string, RowCommand> {
    const { model } = this;
    return {
      [Command.compareWithLive]: forCheckpoint(
        model,
        "Compare which checkpoint with the live program?",
        (node) => this.compare(node, undefined),
      ),
      [Command.compare]: forCheckpoint(model, "Compare which checkpoint?", (node) =>
        this.compareWithOther(node),
      ),
      [Command.evaluateIn]: forCheckpoint(model, "Evaluate in which checkpoint?", (node) =>
        this.evaluateIn(node),
      ),
      [Command.detach]: forCheckpoint(model, "Let a copy of which checkpoint run free?", (node) =>
        this.detach(node),
      ),
      [Command.showFidelity]: forCheckpoint(
        model,
        "What does a restart restore of which checkpoint?",
        this.unfold,
      ),
    };
  }

  /** A checkpoint's title, with its session where there are several: each counts its checkpoints from 1. */
  private nameOf({ session, checkpoint }: CheckpointNode): string {
    const title = titleOf(checkpoint);
    return this.model.sessions.length > 1 ? `${title} (${session.name})` : title;
  }

  private async compareWithOther(node: CheckpointNode): Promise<void> {
    const isOther = (other: CheckpointNode) =>
      other.session.id === node.session.id && other.checkpoint.id !== node.checkpoint.id;
    const question = `Compare ${titleOf(node.checkpoint)} with which checkpoint?`;
    const other = await pickCheckpoint(this.model, question, isOther);
    if (other) await this.compare(node, other);
  }

  private async compare(node: CheckpointNode, other?: CheckpointNode): Promise<void> {
    const comparison = await this.requests.send(node.session, "compareCheckpoints", {
      checkpointId: node.checkpoint.id,
      ...(other ? { otherId: other.checkpoint.id } : {}),
    });
    const [before, after] = [this.nameOf(node), other ? titleOf(other.checkpoint) : "live program"];
    if (comparison.changes.length > 0) return this.documents.show(comparison, before, after);
    const memory =
      comparison.pagesChanged === 0 ? "nor any byte of memory" : `but ${memoryInWords(comparison)}`;
    void vscode.window.showInformationMessage(
      `Between ${before} and ${other ? after : `the ${after}`} no variable differs, ${memory}.`,
    );
  }

  private async evaluateIn(node: CheckpointNode): Promise<void> {
    const { session, checkpoint } = node;
    const title = this.nameOf(node);
    const expression = await vscode.window.showInputBox({
      title: `Evaluate in ${title}`,
      prompt: "An expression without side effects, in the frame where the checkpoint was taken",
      value: this.lastExpression,
    });
    if (!expression?.trim()) return;
    this.lastExpression = expression;
    const { result } = await this.requests.send(session, "evaluateInCheckpoint", {
      checkpointId: checkpoint.id,
      expression,
    });
    const line = `${title}: ${expression} = ${result}`;
    vscode.debug.activeDebugConsole.appendLine(line);
    const answer = await vscode.window.showInformationMessage(line, "Copy Value");
    if (answer) await vscode.env.clipboard.writeText(result);
  }

  private async detach(node: CheckpointNode): Promise<void> {
    const { processId } = await this.requests.send(node.session, "detachCheckpoint", {
      checkpointId: node.checkpoint.id,
    });
    const line = `A copy of ${this.nameOf(node)} runs free as process ${processId}.`;
    const answer = await vscode.window.showInformationMessage(line, "Copy Process ID");
    if (answer) await vscode.env.clipboard.writeText(`${processId}`);
  }
}
