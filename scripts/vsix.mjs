// The VSIX of what stands in dist/.
import { installed, root } from "./run.mjs";

/**
 * Packs the extension as it is built now.
 * @param packagePath the file to write
 */
export async function packVsix(packagePath) {
  const { createVSIX } = await installed("@vscode/vsce", () => import("@vscode/vsce"));
  await createVSIX({
    cwd: root,
    packagePath,
    target: "linux-x64",
    dependencies: false,
    rewriteRelativeLinks: false,
    // Without a repository in package.json it would ask whether to go on, where there is a terminal.
    allowMissingRepository: true,
  });
}
