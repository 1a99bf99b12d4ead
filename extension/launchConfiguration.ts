import path from "node:path";
import * as vscode from "vscode";
import { configurationFor, needsProgram, withDefaults } from "./launchDefaults";
import { findPrograms, obviousProgram } from "./programFinder";

const chooseFile = "Choose Program…";

/** Completes launch configurations before and after `${…}` is replaced. */
export class LaunchConfigurationProvider implements vscode.DebugConfigurationProvider {
  /** Fills in defaults; F5 without launch.json takes the obvious program or asks. Giving nothing back cancels quietly. */
  async resolveDebugConfiguration(
    folder: vscode.WorkspaceFolder | undefined,
    config: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | undefined> {
    const root = folder ?? vscode.workspace.workspaceFolders?.[0];
    const program = needsProgram(config) ? await chooseProgram(root) : undefined;
    if (needsProgram(config) && program === undefined) return undefined;
    return withDefaults(config, root !== undefined, program);
  }

  /** Says that this client asks its user before a restart frees checkpoints. */
  resolveDebugConfigurationWithSubstitutedVariables(
    _folder: vscode.WorkspaceFolder | undefined,
    config: vscode.DebugConfiguration,
  ): vscode.DebugConfiguration {
    return { ...config, confirmRestart: true };
  }
}

/** Offers a configuration for each program of the workspace in the Run view's list. */
export class FoundProgramsProvider implements vscode.DebugConfigurationProvider {
  /** @returns newest first. */
  async provideDebugConfigurations(
    folder: vscode.WorkspaceFolder | undefined,
  ): Promise<vscode.DebugConfiguration[]> {
    if (!folder) return [];
    const programs = await findPrograms(folder.uri.fsPath);
    return programs.map((found) => {
      const shown = path.relative(folder.uri.fsPath, found.path);
      return configurationFor(`\${workspaceFolder}/${shown}`, shown);
    });
  }
}

async function chooseProgram(folder: vscode.WorkspaceFolder | undefined): Promise<string | undefined> {
  const found = folder ? await findPrograms(folder.uri.fsPath) : [];
  const obvious = obviousProgram(found, vscode.window.activeTextEditor?.document.uri.fsPath);
  if (obvious !== undefined) return obvious;
  if (!folder || found.length === 0) return askForFile(folder);
  const items = found.map((program) => ({
    label: path.relative(folder.uri.fsPath, program.path),
    program: program.path,
  }));
  const picked = await vscode.window.showQuickPick([...items, { label: chooseFile, program: undefined }], {
    title: "Forkpoint: Which program?",
    placeHolder: "Programs in this folder, newest first",
  });
  return picked && (picked.program ?? openFileDialog(folder));
}

async function askForFile(folder: vscode.WorkspaceFolder | undefined): Promise<string | undefined> {
  const place = folder ? `There is no program in ${folder.name}` : "No folder is open";
  const answer = await vscode.window.showInformationMessage(
    `${place}. Build yours with debug information (gcc -g), then press F5 again, or choose one.`,
    { modal: true },
    chooseFile,
  );
  return answer === chooseFile ? openFileDialog(folder) : undefined;
}

async function openFileDialog(folder: vscode.WorkspaceFolder | undefined): Promise<string | undefined> {
  const files = await vscode.window.showOpenDialog({
    title: "Program to Debug",
    openLabel: "Debug",
    defaultUri: folder?.uri,
  });
  return files?.[0]?.fsPath;
}
