import * as vscode from "vscode";
import type { RestartArguments, RestartRequestedEvent } from "../adapter/protocol";

const restart = "Restart";

/**
 * Asks before VS Code's Restart frees checkpoints; the adapter has done nothing yet.
 * @throws Error with the adapter's sentence when the restart fails.
 */
export async function confirmRestart(
  session: vscode.DebugSession,
  { checkpointCount }: RestartRequestedEvent["body"],
): Promise<void> {
  const freed =
    checkpointCount === 1 ? "Its checkpoint is freed." : `Its ${checkpointCount} checkpoints are freed.`;
  const answer = await vscode.window.showWarningMessage(
    `Start “${session.name}” anew from the beginning?`,
    { modal: true, detail: `${freed} To go back to one instead, click it in the Checkpoints view.` },
    restart,
  );
  const request: RestartArguments = { freeCheckpoints: true };
  if (answer === restart) await session.customRequest("restart", request);
}
