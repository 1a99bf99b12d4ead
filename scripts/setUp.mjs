// From a fresh clone to something that can be built: system packages and npm's. Needs nothing but Node.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { provide } from "./machine.mjs";
import { root, run } from "./run.mjs";

function lockedPackages(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).packages : undefined;
}

/** Whether node_modules holds what package-lock.json asks for, in the versions it asks for. */
function dependenciesAreThere() {
  const installed = lockedPackages(path.join(root, "node_modules/.package-lock.json"));
  const wanted = lockedPackages(path.join(root, "package-lock.json"));
  return Object.entries(wanted).every(
    ([name, { version, optional }]) => name === "" || optional || installed?.[name]?.version === version,
  );
}

/**
 * Installs what is missing.
 * @param wanted one of the lists of `needs` in machine.mjs
 * @throws a sentence for a person when something must be installed by hand
 */
export function setUp(wanted) {
  provide(wanted);
  if (dependenciesAreThere()) return;
  console.log("Installing npm packages.");
  const how = existsSync(path.join(root, "node_modules")) ? ["install", "--no-save"] : ["ci"];
  run("npm", [...how, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
}
