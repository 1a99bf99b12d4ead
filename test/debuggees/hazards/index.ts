/**
 * The hazard programs: each holds one kind of state that a checkpoint can lose, checks itself all the way, and prints
 * EXIT-SUCCESS at its end. What is to be known of one stands in the comment at its top:
 *
 *     stresses: what it is about
 *     builds: names of `builds` below; without this line `default`
 *     needs: ids               it fails where a restart cannot give the same process and thread ids
 *     expects: notRestored RESOURCE: why      a restart cannot bring this back, and a checkpoint says so of RESOURCE
 *     expects: disturbed RESOURCE: why        a checkpoint alone is noticed already, and says so
 *     positions: markers       only the program's own places are safe: elsewhere it has a child that is alive, or half a connection
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { repository, type CompileOptions } from "../../helpers/compile";

const folder = path.join(repository, "test/debuggees/hazards");

/** At fixed addresses, so that a symbol's address is its address in memory. */
const fixed = ["-no-pie", "-fno-pie", "-lm"];

const builds = {
  default: { flags: fixed },
  optimized: { compiler: "clang", variant: "optimized", flags: fixed },
  static: { variant: "static", flags: fixed },
  musl: { compiler: "musl-gcc", variant: "static", flags: fixed },
  muslDynamic: { compiler: "musl-gcc", variant: "fixedAddress", flags: fixed },
  openmp: { flags: [...fixed, "-fopenmp"] },
  rust: { compiler: "rustc", flags: ["-C", "relocation-model=static"] },
} as const satisfies Record<string, CompileOptions>;

export type Build = keyof typeof builds;

export interface Expectation {
  readonly restart: "notRestored" | "disturbed";
  readonly resource: string;
}

export interface Hazard {
  readonly name: string;
  readonly source: string;
  readonly stresses: string;
  readonly builds: readonly Build[];
  readonly needsIds: boolean;
  /** What cannot be brought back. */
  readonly expectation?: Expectation;
  readonly markersOnly: boolean;
}

/** Every hazard program, in the order of their names. */
export function hazards(): Hazard[] {
  return readdirSync(folder)
    .filter((file) => /\.(c|cc|rs)$/.test(file))
    .sort()
    .map(read);
}

/** How a program is compiled for a build of it. */
export function compileOptions(build: Build): CompileOptions {
  return { ...builds[build], headers: [path.join(folder, "hazard.h")] };
}

function read(file: string): Hazard {
  const source = path.join(folder, file);
  const text = readFileSync(source, "utf8");
  const field = (name: string): string | undefined =>
    new RegExp(`^// ${name}: (.*)$`, "m").exec(text)?.[1]?.trim();
  const stresses = field("stresses");
  if (stresses === undefined) throw new Error(`${file} does not say what it stresses.`);
  const named = (field("builds") ?? "default").split(" ");
  const known = named.filter((name): name is Build => name in builds);
  if (known.length < named.length)
    throw new Error(`${file} names a build that is none of ${Object.keys(builds).join(", ")}.`);
  const expects = field("expects");
  return {
    name: path.basename(file, path.extname(file)),
    source,
    stresses,
    builds: known,
    needsIds: field("needs") === "ids",
    markersOnly: field("positions") === "markers",
    ...(expects === undefined ? {} : { expectation: expectation(file, expects) }),
  };
}

function expectation(file: string, text: string): Expectation {
  const [, restart, resource] = /^(notRestored|disturbed) ([\w ]+): ./.exec(text) ?? [];
  if ((restart !== "notRestored" && restart !== "disturbed") || resource === undefined)
    throw new Error(`${file} expects what nobody understands: ${text}`);
  return { restart, resource };
}
