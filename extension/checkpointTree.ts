import { isDeepStrictEqual } from "node:util";
import * as vscode from "vscode";
import type { Checkpoint, Fidelity } from "../adapter/protocol";
import type { CheckpointModel, SessionCheckpoints } from "./checkpointModel";
import { byConcern, descriptionOf, fidelityTextOf, spokenTextOf, titleOf, tooltipOf } from "./checkpointText";
import { rowUri } from "./fidelityBadges";
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

/** A row below a checkpoint, for one resource of the program. */
export interface FidelityNode {
  readonly kind: "fidelity";
  readonly session: vscode.DebugSession;
  readonly checkpoint: CheckpointNode;
  readonly fidelity: Fidelity;
}

export type TreeNode = CheckpointNode | SessionNode | FidelityNode;

/** What a command was given, if that is a row of the tree: the debug toolbar gives something of its own. */
export function asTreeNode(value: unknown): TreeNode | undefined {
  const kind = typeof value === "object" && value !== null && "kind" in value ? value.kind : undefined;
  return kind === "checkpoint" || kind === "session" ? (value as TreeNode) : undefined;
}

/**
 * Shows the model: checkpoints at the top, or below their session when there are several. A checkpoint's row is flat, so that a
 * click or double click does nothing but restart; it has rows below it once someone has asked what a restart restores.
 */
export class CheckpointTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<TreeNode | undefined>();
  private readonly rows = new Map<string, CheckpointNode[]>();
  /** The rows that are unfolded, each with the id that VS Code knows it by. */
  private readonly unfolded = new Map<string, string>();
  private unfoldings = 0;
  private readonly rowCommands: RowCommands;
  private readonly subscription: vscode.Disposable;

  /** Tells VS Code to ask for a row again, or for all of them. */
  readonly onDidChangeTreeData = this.changed.event;

  /** `media` is the folder of the icons. */
  constructor(
    private readonly model: CheckpointModel<vscode.DebugSession>,
    private readonly media: vscode.Uri,
  ) {
    this.rowCommands = new RowCommands(model);
    this.subscription = vscode.Disposable.from(
      model.onDidChange(({ session }) => this.update(session.id)),
      vscode.window.onDidChangeActiveColorTheme(() => this.changed.fire(undefined)),
    );
  }

  dispose(): void {
    this.subscription.dispose();
    this.rowCommands.dispose();
    this.changed.dispose();
  }

  /**
   * Gives a checkpoint's row what a restart restores below it, or takes that away again. VS Code is told of another row then: of
   * a flat row that becomes one with rows below it, it tells now and then that it was folded, while it unfolds.
   */
  unfold(node: CheckpointNode, isUnfolded: boolean): void {
    const id = rowId(node);
    if (this.unfolded.has(id) === isUnfolded) return;
    if (isUnfolded) this.unfolded.set(id, `${id}/${++this.unfoldings}`);
    else this.unfolded.delete(id);
    this.changed.fire(undefined);
  }

  getChildren(node?: TreeNode): TreeNode[] {
    const { sessions } = this.model;
    if (node?.kind === "fidelity") return [];
    if (node?.kind === "checkpoint") return this.unfolded.has(rowId(node)) ? fidelityNodesOf(node) : [];
    if (!node && sessions.length > 1) return sessions.map(({ session }) => ({ kind: "session", session }));
    const session = node ? node.session : sessions[0]?.session;
    return (session && this.rows.get(session.id)) ?? [];
  }

  getParent(node: TreeNode): TreeNode | undefined {
    if (node.kind === "fidelity") return node.checkpoint;
    const isNested = node.kind === "checkpoint" && this.model.sessions.length > 1;
    return isNested ? { kind: "session", session: node.session } : undefined;
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    if (node.kind === "fidelity") return fidelityItem(node);
    return node.kind === "session" ? sessionItem(node) : this.checkpointItem(node);
  }

  /**
   * Takes a session's new list. While VS Code replaces the whole tree, a menu that is open on a row has lost its row, so a list
   * of the same checkpoints only renews those rows that say something else now.
   */
  private update(sessionId: string): void {
    const entry = this.model.get(sessionId);
    const [before, after] = [this.rows.get(sessionId), entry && nodesOf(entry)];
    if (!after || !before || !isDeepStrictEqual(before.map(rowId), after.map(rowId))) {
      if (after) this.rows.set(sessionId, after);
      else this.forget(sessionId);
      this.changed.fire(undefined);
      return;
    }
    before.forEach((row, i) => {
      if (isDeepStrictEqual([row.checkpoint, row.isCurrent], [after[i]?.checkpoint, after[i]?.isCurrent]))
        return;
      this.changed.fire(Object.assign(row, after[i]));
    });
  }

  private forget(sessionId: string): void {
    this.rows.get(sessionId)?.forEach((row) => this.unfolded.delete(rowId(row)));
    this.rows.delete(sessionId);
  }

  private checkpointItem(node: CheckpointNode): vscode.TreeItem {
    const { session, checkpoint, isCurrent } = node;
    const item = new vscode.TreeItem(titleOf(checkpoint));
    const unfoldedId = this.unfolded.get(rowId(node));
    item.id = unfoldedId ?? rowId(node);
    item.resourceUri = rowUri(session.id, checkpoint.id);
    if (unfoldedId !== undefined) item.collapsibleState = vscode.TreeItemCollapsibleState.Expanded;
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
    // In its light theme of high contrast VS Code takes a row's icon for dark ones.
    const onWhite = vscode.window.activeColorTheme.kind === vscode.ColorThemeKind.HighContrastLight;
    return { light: file("light"), dark: file(onWhite ? "light" : "dark") };
  }
}

function rowId({ session, checkpoint }: CheckpointNode): string {
  return `${session.id}/${checkpoint.id}`;
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

/** What a restart does not bring back whole comes first. */
function fidelityNodesOf(node: CheckpointNode): FidelityNode[] {
  const { session, checkpoint } = node;
  return byConcern(checkpoint.fidelity).map((fidelity) => ({
    kind: "fidelity",
    session,
    checkpoint: node,
    fidelity,
  }));
}

function fidelityItem({ fidelity }: FidelityNode): vscode.TreeItem {
  const item = new vscode.TreeItem(fidelity.resource);
  item.description = fidelityTextOf(fidelity);
  item.tooltip = `${fidelity.resource}: ${item.description}`;
  const { icon, color } = fidelityIcons[fidelity.state];
  item.iconPath = new vscode.ThemeIcon(icon, color === undefined ? undefined : new vscode.ThemeColor(color));
  item.contextValue = "fidelity";
  return item;
}

const fidelityIcons: Record<Fidelity["state"], { icon: string; color?: string }> = {
  restored: { icon: "check" },
  approximate: { icon: "info", color: "list.warningForeground" },
  notRestored: { icon: "warning", color: "list.errorForeground" },
};

function sessionItem({ session }: SessionNode): vscode.TreeItem {
  const item = new vscode.TreeItem(session.name, vscode.TreeItemCollapsibleState.Expanded);
  item.id = session.id;
  item.iconPath = new vscode.ThemeIcon("bug");
  item.contextValue = "session";
  return item;
}
