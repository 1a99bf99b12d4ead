import * as vscode from "vscode";
import type { Checkpoint } from "../adapter/protocol";
import type { CheckpointModel, SessionCheckpoints } from "./checkpointModel";
import { descriptionOf, spokenTextOf, titleOf, tooltipOf } from "./checkpointText";
import { RowCommands } from "./rowCommands";

/** A row for a checkpoint. */
export interface CheckpointNode {
  readonly kind: "checkpoint";
  readonly session: vscode.DebugSession;
  readonly checkpoint: Checkpoint;
  readonly isCurrent: boolean;
}

/** A row for a session, there when more than one is alive. */
export interface SessionNode {
  readonly kind: "session";
  readonly session: vscode.DebugSession;
}

export type TreeNode = CheckpointNode | SessionNode;

/** What a command was given, if that is a row of the tree: the debug toolbar gives something of its own. */
export function asTreeNode(value: unknown): TreeNode | undefined {
  const kind = typeof value === "object" && value !== null && "kind" in value ? value.kind : undefined;
  return kind === "checkpoint" || kind === "session" ? (value as TreeNode) : undefined;
}

/** Shows the model: checkpoints at the top, or below their session when there are several. */
export class CheckpointTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly rowCommands: RowCommands;
  private readonly subscription: vscode.Disposable;

  /** Tells VS Code to ask for the rows again. */
  readonly onDidChangeTreeData = this.changed.event;

  /** `media` is the folder of the icons. */
  constructor(
    private readonly model: CheckpointModel<vscode.DebugSession>,
    private readonly media: vscode.Uri,
  ) {
    this.rowCommands = new RowCommands(model);
    this.subscription = model.onDidChange(() => this.changed.fire());
  }

  dispose(): void {
    this.subscription.dispose();
    this.rowCommands.dispose();
    this.changed.dispose();
  }

  getChildren(node?: TreeNode): TreeNode[] {
    const { sessions } = this.model;
    if (node?.kind === "checkpoint") return [];
    if (!node && sessions.length > 1) return sessions.map(({ session }) => ({ kind: "session", session }));
    const entry = node ? this.model.get(node.session.id) : sessions[0];
    return entry ? nodesOf(entry) : [];
  }

  getParent(node: TreeNode): TreeNode | undefined {
    const isNested = node.kind === "checkpoint" && this.model.sessions.length > 1;
    return isNested ? { kind: "session", session: node.session } : undefined;
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    return node.kind === "session" ? sessionItem(node) : this.checkpointItem(node);
  }

  private checkpointItem(node: CheckpointNode): vscode.TreeItem {
    const { session, checkpoint, isCurrent } = node;
    const item = new vscode.TreeItem(titleOf(checkpoint));
    item.id = `${session.id}/${checkpoint.id}`;
    item.description = descriptionOf(checkpoint, isCurrent);
    item.tooltip = new vscode.MarkdownString(tooltipOf(checkpoint, isCurrent), true);
    item.accessibilityInformation = { label: spokenTextOf(checkpoint, isCurrent) };
    item.iconPath = this.icon(`${checkpoint.kind}${isCurrent ? "-current" : ""}`);
    item.contextValue = checkpoint.source ? "checkpoint.withSource" : "checkpoint";
    item.command = { command: this.rowCommands.nameFor(node), title: "Restart from Checkpoint" };
    return item;
  }

  private icon(name: string): { light: vscode.Uri; dark: vscode.Uri } {
    const file = (theme: string) => vscode.Uri.joinPath(this.media, theme, `${name}.svg`);
    return { light: file("light"), dark: file("dark") };
  }
}

/** The rows of one session's checkpoints, in the order in which they were taken. */
export function nodesOf({ session, list }: SessionCheckpoints<vscode.DebugSession>): CheckpointNode[] {
  return list.checkpoints.map((checkpoint) => ({
    kind: "checkpoint",
    session,
    checkpoint,
    isCurrent: checkpoint.id === list.currentParentId,
  }));
}

function sessionItem({ session }: SessionNode): vscode.TreeItem {
  const item = new vscode.TreeItem(session.name, vscode.TreeItemCollapsibleState.Expanded);
  item.id = session.id;
  item.iconPath = new vscode.ThemeIcon("bug");
  item.contextValue = "session";
  return item;
}
