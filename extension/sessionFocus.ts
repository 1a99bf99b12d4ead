import { setTimeout as sleep } from "node:timers/promises";
import * as vscode from "vscode";

/** Moves VS Code's debug focus to the next session's console, and so to that session. */
const nextSession = "workbench.action.debug.nextConsole";

/** VS Code tells of a new focus within milliseconds; where it never does, the focus has not moved. */
const focusDeadlineMs = 1000;

/**
 * Gives a session the debug focus, so that editor, call stack and variables are its own. VS Code has no command that takes
 * a session, and a stop in an unfocused one does not take the focus: go round the sessions until it is this one's turn.
 */
export async function focusSession(session: vscode.DebugSession): Promise<void> {
  const first = vscode.debug.activeDebugSession?.id;
  let active = first;
  while (active !== undefined && active !== session.id) {
    active = await focusNext();
    if (active === first) return;
  }
}

/** The id of the session that has the focus now, or nothing when it stayed where it was. */
async function focusNext(): Promise<string | undefined> {
  let subscription: vscode.Disposable | undefined;
  const changed = new Promise<string | undefined>((resolve) => {
    subscription = vscode.debug.onDidChangeActiveDebugSession((session) => resolve(session?.id));
  });
  try {
    await vscode.commands.executeCommand(nextSession);
    return await Promise.race([changed, sleep(focusDeadlineMs, undefined)]);
  } finally {
    subscription?.dispose();
  }
}
