import * as vscode from "vscode";
import type { CheckpointModel } from "./checkpointModel";
import { fidelitySummaryOf } from "./checkpointText";

const SCHEME = "forkpoint-checkpoint";

/** Names a row for its badge. */
export function rowUri(sessionId: string, checkpointId: number): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, path: `/${sessionId}/${checkpointId}` });
}

/** A badge at the end of the row of a checkpoint that a restart does not bring back whole. */
export class FidelityBadges implements vscode.FileDecorationProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  private readonly registered: vscode.Disposable;

  readonly onDidChangeFileDecorations = this.changed.event;

  constructor(private readonly model: CheckpointModel<vscode.DebugSession>) {
    this.registered = vscode.Disposable.from(
      this.changed,
      model.onDidChange(() => this.changed.fire(undefined)),
      vscode.window.registerFileDecorationProvider(this),
    );
  }

  dispose(): void {
    this.registered.dispose();
  }

  provideFileDecoration(uri: vscode.Uri): vscode.FileDecoration | undefined {
    if (uri.scheme !== SCHEME) return undefined;
    const [, sessionId = "", id] = uri.path.split("/");
    const checkpoint = this.model.find(sessionId, Number(id));
    const summary = checkpoint && fidelitySummaryOf(checkpoint);
    return summary && new vscode.FileDecoration(summary.badge, summary.words);
  }
}
