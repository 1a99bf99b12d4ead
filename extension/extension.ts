import * as vscode from "vscode";
import { DEBUG_TYPE } from "../adapter/protocol";
import { AdapterFactory } from "./adapterFactory";
import { CheckpointCommands } from "./checkpointCommands";
import { CheckpointModel } from "./checkpointModel";
import { CheckpointRequests } from "./checkpointRequests";
import { CheckpointView } from "./checkpointView";
import { ComparisonDocuments } from "./comparisonDocuments";
import { FidelityBadges } from "./fidelityBadges";
import { InspectionCommands } from "./inspectionCommands";
import { FoundProgramsProvider, LaunchConfigurationProvider } from "./launchConfiguration";
import { followSessions } from "./sessionEvents";

/** Called by VS Code when a session is about to start: builds the parts and hands them over for disposal. */
export function activate(context: vscode.ExtensionContext): void {
  const model = new CheckpointModel<vscode.DebugSession>();
  const requests = new CheckpointRequests();
  const documents = new ComparisonDocuments();
  const view = new CheckpointView(model, vscode.Uri.joinPath(context.extensionUri, "media"));
  const inspection = new InspectionCommands(model, requests, documents, (node) => view.unfold(node));
  const dynamic = vscode.DebugConfigurationProviderTriggerKind.Dynamic;
  context.subscriptions.push(
    vscode.debug.registerDebugAdapterDescriptorFactory(DEBUG_TYPE, new AdapterFactory(context.extensionPath)),
    vscode.debug.registerDebugConfigurationProvider(DEBUG_TYPE, new LaunchConfigurationProvider()),
    vscode.debug.registerDebugConfigurationProvider(DEBUG_TYPE, new FoundProgramsProvider(), dynamic),
    view,
    documents,
    new FidelityBadges(model),
    new CheckpointCommands(model, requests, inspection).register(),
    followSessions(model, requests),
  );
}
