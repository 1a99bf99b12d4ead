// The ESLint rule that keeps the arrows between the rooms pointing one way. The table below is the architecture.
import path from "node:path";

/**
 * Rooms in order: a file belongs to the first whose `files` matches its path from the repository's top. `imports`
 * names the rooms it may import besides itself, `packages` those of the guarded npm packages.
 */
const rooms = [
  { name: "extension", files: /^extension\//, imports: ["protocol"], packages: ["vscode"] },
  {
    name: "main",
    files: /^adapter\/main\.ts$/,
    imports: [
      "dap",
      "debugger",
      "symbols",
      "ptrace",
      "target",
      "addresses",
      "native",
      "protocol",
      "log",
      "engine",
    ],
    packages: ["@vscode/debugadapter"],
  },
  { name: "protocol", files: /^adapter\/protocol\.ts$/, imports: [] },
  { name: "engine", files: /^adapter\/engine\.ts$/, imports: [] },
  { name: "log", files: /^adapter\/log\.ts$/, imports: [] },
  {
    name: "native",
    files: /^adapter\/(native|callBlock)\.ts$/,
    imports: ["log"],
    packages: ["ffi-rs"],
  },
  {
    name: "dap",
    files: /^adapter\/dap\//,
    imports: ["debugger", "addresses", "protocol", "log"],
    packages: ["@vscode/debugadapter"],
  },
  { name: "debugger", files: /^adapter\/debugger\//, imports: ["symbols", "target", "addresses", "log"] },
  { name: "symbols", files: /^adapter\/symbols\//, imports: ["native", "addresses", "log"] },
  { name: "addresses", files: /^adapter\/target\/addresses\.ts$/, imports: [] },
  { name: "target", files: /^adapter\/target\/(target|checkpointer)\.ts$/, imports: ["addresses"] },
  { name: "ptrace", files: /^adapter\/target\/ptrace\//, imports: ["native", "target", "addresses", "log"] },
];

/**
 * Folders of a room in layers: what a folder that is named here may import of the others' values, beside itself and
 * what lies in the room's top. Types may be taken from anywhere in the room.
 */
const layers = {
  "adapter/debugger/": {
    modules: [],
    stack: ["modules"],
    values: ["modules", "stack", "expressions", "views"],
    views: ["values"],
    expressions: ["modules", "values", "views"],
    stepping: ["stack"],
    breakpoints: ["stepping", "stack", "values", "expressions"],
    checkpoints: ["modules", "stack", "values", "expressions", "views"],
  },
  "adapter/target/ptrace/": {
    launch: [],
    remote: [],
    threads: [],
    running: ["threads", "remote", "forks"],
    carried: ["threads", "remote", "forks"],
    ids: ["threads", "carried"],
    forks: ["threads", "remote", "running", "copies"],
    copies: ["threads", "remote", "running", "forks", "carried", "ids"],
  },
};

/** Packages that only the rooms which name them may import. */
const guarded = ["vscode", "ffi-rs", "@vscode/debugadapter"];

function roomOf(file) {
  return rooms.find((room) => room.files.test(file));
}

/** The path from the repository's top that a relative import means. */
function importedFile(importer, specifier) {
  const file = path.posix.join(path.posix.dirname(importer), specifier);
  return path.posix.extname(file) ? file : `${file}.ts`;
}

/** What is wrong with an import of values within one room, or undefined. */
function acrossLayers(importer, file) {
  const [top, folders] = Object.entries(layers).find(([folder]) => importer.startsWith(folder)) ?? [];
  if (!folders || !file.startsWith(top)) return undefined;
  const [from, to] = [importer, file].map((name) => name.slice(top.length).split("/").slice(0, -1)[0]);
  const below = folders[from];
  if (!below || !to || to === from || below.includes(to)) return undefined;
  return `${importer} must import nothing but types of ${file}: the layers are ${from} -> ${below.join(", ") || "nothing"}.`;
}

/**
 * What is wrong with an import, or undefined.
 * @param importer the importing file's path from the repository's top
 * @param specifier what stands behind `from`
 * @param typesOnly whether nothing of it is left when the program runs
 */
function forbidden(importer, specifier, typesOnly) {
  const from = roomOf(importer);
  if (!from)
    return importer.startsWith("adapter/") ? `${importer} is in no room of importDirection.mjs.` : undefined;
  if (!specifier.startsWith(".")) {
    const refused = guarded.includes(specifier) && !from.packages?.includes(specifier);
    return refused ? `${importer} must not import the package ${specifier}.` : undefined;
  }
  const file = importedFile(importer, specifier);
  const to = roomOf(file);
  if (to === from) return typesOnly ? undefined : acrossLayers(importer, file);
  if (to && from.imports.includes(to.name)) return undefined;
  return `${importer} must not import ${file}: the arrows are ${from.name} -> ${from.imports.join(", ") || "nothing"}.`;
}

function check(context, node) {
  if (!node.source) return;
  const importer = path.relative(context.cwd, context.filename).split(path.sep).join("/");
  const message = forbidden(importer, String(node.source.value), node.importKind === "type");
  if (message) context.report({ node, message });
}

/** An ESLint plugin with the one rule. */
export default {
  rules: {
    "import-direction": {
      meta: { type: "problem", schema: [] },
      create(context) {
        const visit = (node) => check(context, node);
        return {
          ImportDeclaration: visit,
          ImportExpression: visit,
          ExportNamedDeclaration: visit,
          ExportAllDeclaration: visit,
        };
      },
    },
  },
};
