import path from "node:path";
import * as vscode from "vscode";
import { findRuntime, type Runtime } from "./nodeRuntime";

/**
 * Starts the adapter, one process a session. The session of a process that a program under debug made is served by the
 * adapter of that program, at the socket that its configuration names. A `debugServer` port in the configuration goes before this: VS Code then
 * connects to an adapter that runs already.
 */
export class AdapterFactory implements vscode.DebugAdapterDescriptorFactory {
  private runtime: Promise<Runtime> | undefined;

  /** `extensionPath` is the folder that the extension is installed in. */
  constructor(private readonly extensionPath: string) {}

  /** @throws Error with a sentence on a system whose programs cannot be debugged. */
  async createDebugAdapterDescriptor({
    configuration,
  }: vscode.DebugSession): Promise<vscode.DebugAdapterDescriptor> {
    if (process.platform !== "linux" || process.arch !== "x64")
      throw new Error(
        `Forkpoint debugs programs on Linux x86-64, and this is ${process.platform} ${process.arch}: open the folder over SSH or in a container on such a machine.`,
      );
    const endpoint: unknown = configuration["endpoint"];
    if (typeof endpoint === "string") return new vscode.DebugAdapterNamedPipeServer(endpoint);
    this.runtime ??= findRuntime(process.env.PATH, process.execPath);
    const { command, env } = await this.runtime;
    return new vscode.DebugAdapterExecutable(command, [path.join(this.extensionPath, "dist", "adapter.js")], {
      env,
    });
  }
}
