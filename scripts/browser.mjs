// The browser of the end-to-end tests: Debian's Chromium, and where there is no such package, Playwright's.
import { isUbuntu } from "./machine.mjs";
import { run } from "./run.mjs";

/** Installs Playwright's Chromium unless it is there: on Ubuntu, where the package named chromium only asks for a snap. */
export function installBrowser() {
  if (!isUbuntu()) return;
  const libraries = process.getuid() === 0 ? ["--with-deps"] : [];
  run(process.execPath, [
    "node_modules/playwright-core/cli.js",
    "install",
    "--only-shell",
    ...libraries,
    "chromium",
  ]);
}
