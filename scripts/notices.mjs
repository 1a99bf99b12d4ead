// The licences of what the package carries but others wrote.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { root } from "./run.mjs";

function heading(name) {
  return `${"=".repeat(80)}\n${name}\n${"=".repeat(80)}\n`;
}

/** An npm package's licence: its licence file, or what its package.json says where it has none. */
function npmNotice(name) {
  const folder = path.join(root, "node_modules", name);
  const { version, license, author } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file
    ? readFileSync(path.join(folder, file), "utf8")
    : `Licence: ${license}. ${author?.name ?? author ?? ""}`;
  return `${heading(`${name} ${version}`)}${text.trim()}\n`;
}

/** The Debian package that a library's file belongs to. */
function debianPackage(file) {
  const usrMerged = file.startsWith("/usr/lib/") ? [file, file.slice("/usr".length)] : [file, `/usr${file}`];
  for (const candidate of usrMerged) {
    try {
      return execFileSync("dpkg", ["-S", candidate], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }).split(":")[0];
    } catch {
      continue;
    }
  }
  return undefined;
}

/** A system library's licence, from Debian's copyright file; linked dynamically, so that anyone can put in another. */
function libraryNotice({ name, file }) {
  const owner = debianPackage(file);
  const copyright = `/usr/share/doc/${owner}/copyright`;
  const text = owner && existsSync(copyright) ? readFileSync(copyright, "utf8") : `Copied from ${file}.`;
  return `${heading(`${name} (${owner ?? "unknown package"})`)}${text.trim()}\n`;
}

/**
 * The text of all notices.
 * @param packages names of npm packages that are bundled
 * @param libraries what `placeLibraries` gave
 */
export function notices(packages, libraries) {
  return [...packages.map(npmNotice), ...libraries.map(libraryNotice)].join("\n");
}
