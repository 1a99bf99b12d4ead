// The shared libraries that the package carries, and what it still asks of the machine it runs on.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { place } from "./files.mjs";

/** On every Linux with glibc that Node or VS Code runs on; carrying these would do harm. */
const everywhere = /^(linux-vdso|ld-linux-x86-64|libc|libm|libpthread|libdl|librt|libstdc\+\+|libgcc_s)\.so/;

/**
 * All libraries that a shared object needs, their own needs included, without those that are everywhere.
 * @returns pairs of soname and the file that it means here
 */
export function neededLibraries(file) {
  const lines = execFileSync("ldd", [file], { encoding: "utf8" }).split("\n");
  return lines.flatMap((line) => {
    const [, name, target] = /^\s*(\S+)(?: => (.+?))?(?: \(0x[0-9a-f]+\))?$/.exec(line) ?? [];
    if (!name || name.startsWith("/") || everywhere.test(name)) return [];
    if (!target || target === "not found")
      throw new Error(`${file} needs ${name}, which this machine does not have.`);
    return [{ name, file: realpathSync(target) }];
  });
}

/**
 * Puts the libraries that the shim needs beside it, where its run path finds them. The system's are looked up from
 * a folder apart, since beside the shim an earlier copy would be found.
 * @returns what `neededLibraries` gives
 */
export function placeLibraries(shim) {
  const apart = mkdtempSync(path.join(os.tmpdir(), "forkpoint-package-"));
  try {
    const copy = path.join(apart, path.basename(shim));
    copyFileSync(shim, copy);
    const libraries = neededLibraries(copy);
    for (const { name, file } of libraries) place(file, path.join(path.dirname(shim), name));
    return libraries;
  } finally {
    rmSync(apart, { recursive: true, force: true });
  }
}

/** The oldest glibc that has all the symbol versions which these files ask for, as "2.34". */
export function neededGlibc(files) {
  const text = execFileSync("objdump", ["-T", ...files], { encoding: "utf8", maxBuffer: 64 << 20 });
  const versions = [...text.matchAll(/\bGLIBC_(\d+)\.(\d+)/g)].map(([, major, minor]) => [
    Number(major),
    Number(minor),
  ]);
  versions.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return versions.at(-1)?.join(".");
}
