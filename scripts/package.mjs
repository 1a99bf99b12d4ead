// Makes the VSIX for linux-x64: built, with the shared libraries that the shim needs and the notices of all it carries.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { neededGlibc, placeLibraries } from "./libraries.mjs";
import { notices } from "./notices.mjs";
import { main, root, run } from "./run.mjs";
import { packVsix } from "./vsix.mjs";

const dist = path.join(root, "dist");
const shim = path.join(dist, "native/libforkpoint.so");
const { dependencies } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));

await main(async () => {
  run(process.execPath, ["scripts/build.mjs"]);
  const libraries = placeLibraries(shim);
  writeFileSync(path.join(dist, "NOTICES.txt"), notices(Object.keys(dependencies), libraries));
  const packagePath = path.join(dist, "forkpoint-linux-x64.vsix");
  await packVsix(packagePath);

  const binaries = [
    shim,
    path.join(dist, "ffi-rs.linux-x64-gnu.node"),
    ...libraries.map(({ name }) => path.join(path.dirname(shim), name)),
  ];
  console.log(`${path.relative(root, packagePath)} carries ${libraries.map(({ name }) => name).join(", ")}.`);
  console.log(`It needs x86-64 Linux with glibc ${neededGlibc(binaries)} or newer.`);
});
