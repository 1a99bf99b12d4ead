// Putting files in place while other processes may have the old ones mapped.
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import path from "node:path";

/**
 * Copies a file by way of a rename: whoever has loaded the old one (a shared library above all) keeps it unharmed,
 * where writing into it would crash them. A copy that is already the same is left alone.
 */
export function place(from, to) {
  if (existsSync(to) && readFileSync(to).equals(readFileSync(from))) return;
  mkdirSync(path.dirname(to), { recursive: true });
  const fresh = `${to}.new-${process.pid}`;
  copyFileSync(from, fresh);
  renameSync(fresh, to);
}
