import * as vscode from "vscode";
import type { CheckpointModel, ModelChange } from "./checkpointModel";
import { exitMessage } from "./checkpointText";
import { CheckpointTree, nodesOf, type CheckpointNode, type TreeNode } from "./checkpointTree";
import { CHECKPOINTS_VIEW, ContextKey } from "./commandNames";

/** Everything of the user interface that shows the model: the view, its message, the status bar item, the context keys. */
export class CheckpointView implements vscode.Disposable {
  private readonly tree: CheckpointTree;
  private readonly view: vscode.TreeView<TreeNode>;
  private readonly status = vscode.window.createStatusBarItem(
    "forkpoint.status",
    vscode.StatusBarAlignment.Left,
  );
  private readonly subscription: vscode.Disposable;

  /** `media` is the folder of the icons. */
  constructor(
    private readonly model: CheckpointModel<vscode.DebugSession>,
    media: vscode.Uri,
  ) {
    this.tree = new CheckpointTree(model, media);
    this.view = vscode.window.createTreeView(CHECKPOINTS_VIEW, { treeDataProvider: this.tree });
    this.status.name = "Forkpoint Checkpoints";
    this.status.command = `${CHECKPOINTS_VIEW}.focus`;
    this.subscription = vscode.Disposable.from(
      model.onDidChange((change) => this.update(change)),
      this.view.onDidCollapseElement(({ element }) => {
        if (element.kind === "checkpoint") this.tree.unfold(element, false);
      }),
    );
  }

  /** Shows a checkpoint's row with what a restart restores below it, until it is folded. */
  async unfold(node: CheckpointNode): Promise<void> {
    this.tree.unfold(node, true);
    await this.view.reveal(node, { select: true, focus: true, expand: true });
  }

  dispose(): void {
    vscode.Disposable.from(this.subscription, this.view, this.tree, this.status).dispose();
  }

  private update(change: ModelChange<vscode.DebugSession>): void {
    const { sessions, count } = this.model;
    void vscode.commands.executeCommand("setContext", ContextKey.active, sessions.length > 0);
    void vscode.commands.executeCommand("setContext", ContextKey.hasCheckpoints, count > 0);
    this.view.message = sessions.length === 1 && sessions[0] ? exitMessage(sessions[0].list) : undefined;
    this.updateStatus(sessions.length > 0, count);
    if (change.countBefore === 0 && change.countAfter > 0) void this.revealFirst(change.session.id);
  }

  private updateStatus(isActive: boolean, count: number): void {
    const words = count === 1 ? "1 checkpoint" : `${count || "No"} checkpoints`;
    this.status.text = `$(repo-forked) ${words}`;
    this.status.tooltip = "Show the checkpoints of Forkpoint";
    this.status.accessibilityInformation = { label: words };
    if (isActive) this.status.show();
    else this.status.hide();
  }

  /** The pane starts collapsed: open it when there is something to see for the first time, without taking the focus. */
  private async revealFirst(sessionId: string): Promise<void> {
    const entry = this.model.get(sessionId);
    const first = entry && nodesOf(entry)[0];
    if (first && !this.view.visible) await this.view.reveal(first, { select: false, focus: false });
  }
}
