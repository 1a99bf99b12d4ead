import * as vscode from "vscode";
import type { CheckpointModel } from "./checkpointModel";
import type { CheckpointNode } from "./checkpointTree";
import { Command } from "./commandNames";

/**
 * A command of its own for each row's click. VS Code forgets the arguments of a row's command while it refreshes the tree,
 * and a click in that moment, a double click's second half above all, ends in "Actual command not found"; a command without
 * arguments is always found.
 */
export class RowCommands implements vscode.Disposable {
  private readonly registered = new Map<string, { sessionId: string; command: vscode.Disposable }>();
  private readonly subscription: vscode.Disposable;

  constructor(model: CheckpointModel<vscode.DebugSession>) {
    this.subscription = model.onDidChange(({ session }) => {
      if (!model.get(session.id)) this.forget(session.id);
    });
  }

  dispose(): void {
    this.subscription.dispose();
    for (const { command } of this.registered.values()) command.dispose();
    this.registered.clear();
  }

  /** The name of the command that restarts from the row's checkpoint; it stays until the session ends. */
  nameFor(node: CheckpointNode): string {
    const sessionId = node.session.id;
    const name = `${Command.restart}:${sessionId}/${node.checkpoint.id}`;
    if (!this.registered.has(name)) {
      const restart = () => vscode.commands.executeCommand(Command.restart, node);
      this.registered.set(name, { sessionId, command: vscode.commands.registerCommand(name, restart) });
    }
    return name;
  }

  private forget(sessionId: string): void {
    for (const [name, row] of this.registered) {
      if (row.sessionId !== sessionId) continue;
      row.command.dispose();
      this.registered.delete(name);
    }
  }
}
