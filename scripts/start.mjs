// npm start: from whatever state the clone is in to the demo, open in a VS Code with the packaged extension.
import path from "node:path";
import { installCodeServer } from "./codeServer.mjs";
import { onPath, needs } from "./machine.mjs";
import { main, root, run } from "./run.mjs";
import { serve } from "./serve.mjs";
import { setUp } from "./setUp.mjs";

const demo = path.join(root, "demo");
const vsix = path.join(root, "dist/forkpoint-linux-x64.vsix");

/** The desktop's VS Code, where there is one that would start: it refuses root. */
function desktop() {
  return onPath("code") && process.getuid() !== 0 && !process.argv.includes("--browser");
}

function openOnDesktop() {
  run("code", ["--install-extension", vsix, "--force"]);
  run("code", ["--new-window", demo]);
  console.log("The demo is open in VS Code: press F5.");
}

await main(async () => {
  const inDesktop = desktop();
  setUp(inDesktop ? needs.build : needs.start);
  run(process.execPath, ["scripts/package.mjs"]);
  run("make", ["--no-print-directory", "-C", demo]);
  if (inDesktop) openOnDesktop();
  else await serve({ codeServer: installCodeServer(), folder: demo, vsix });
});
