import * as vscode from "vscode";
import {
  CustomEvent,
  DEBUG_TYPE,
  type CheckpointList,
  type RestartRequestedEvent,
} from "../adapter/protocol";
import { showError } from "./checkpointCommands";
import type { CheckpointModel } from "./checkpointModel";
import type { CheckpointRequests } from "./checkpointRequests";
import { confirmRestart } from "./restartConfirmation";

/** Carries what VS Code tells of our sessions into the model; the result stops it. */
export function followSessions(
  model: CheckpointModel<vscode.DebugSession>,
  requests: CheckpointRequests,
): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.debug.onDidStartDebugSession((session) => {
      if (session.type === DEBUG_TYPE) model.add(session);
    }),
    vscode.debug.onDidTerminateDebugSession((session) => {
      model.remove(session.id);
      requests.forget(session.id);
    }),
    vscode.debug.onDidReceiveDebugSessionCustomEvent(({ session, event, body }) => {
      if (session.type !== DEBUG_TYPE) return;
      if (event === CustomEvent.checkpointsChanged) model.replace(session, body as CheckpointList);
      if (event === CustomEvent.restartRequested)
        confirmRestart(session, body as RestartRequestedEvent["body"]).catch(showError);
    }),
  );
}
