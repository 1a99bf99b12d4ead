import * as vscode from "vscode";
import type { CompareCheckpointsResponseBody } from "../adapter/protocol";
import { comparisonTextOf } from "./comparisonText";

const SCHEME = "forkpoint-comparison";

/** Comparisons in VS Code's diff editor: two read-only documents, kept while they are open. */
export class ComparisonDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private lastNumber = 0;
  private readonly registered = vscode.Disposable.from(
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => this.texts.delete(uri.toString())),
  );

  dispose(): void {
    this.registered.dispose();
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? "This comparison was made in an earlier window; compare again.";
  }

  /** Opens a comparison; the names are those of the two states. */
  async show(comparison: CompareCheckpointsResponseBody, before: string, after: string): Promise<void> {
    const text = comparisonTextOf(comparison);
    const number = ++this.lastNumber;
    const left = this.keep(`${number}/before/${before}`, text.before);
    const right = this.keep(`${number}/after/${after}`, text.after);
    await vscode.commands.executeCommand("vscode.diff", left, right, `${before} ↔ ${after}`);
  }

  private keep(path: string, text: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${path}` });
    this.texts.set(uri.toString(), text);
    return uri;
  }
}
