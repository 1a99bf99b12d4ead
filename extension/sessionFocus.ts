import * as vscode from "vscode";

/** Moves VS Code's debug focus to the next session's console, and so to that session. */
const nextSession = "workbench.action.debug.nextConsole";

/**
 * Gives a session the debug focus, so that editor, call stack and variables are its own. VS Code has no command that takes
 * a session, and a stop in an unfocused one does not take the focus: go round the sessions until it is this one's turn.
 */
export async function focusSession(session: vscode.DebugSession): Promise<void> {
  const first = vscode.debug.activeDebugSession?.id;
  for (let active = first; active !== undefined && active !== session.id;) {
    await vscode.commands.executeCommand(nextSession);
    const next = vscode.debug.activeDebugSession?.id;
    if (next === first || next === active) return;
    active = next;
  }
}
