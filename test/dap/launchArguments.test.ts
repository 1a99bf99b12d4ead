import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import { readLaunchArguments } from "../../adapter/dap/launchArguments";

const folder = mkdtempSync(path.join(os.tmpdir(), "forkpoint-"));
after(() => rmSync(folder, { recursive: true }));
const program = path.join(folder, "program");

const read = (args: object, surroundings: NodeJS.ProcessEnv = {}) =>
  readLaunchArguments({ program, ...args }, surroundings);

function refusal(args: unknown): string {
  try {
    readLaunchArguments(args, {});
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "not refused";
}

describe("launch arguments", () => {
  it("fill in what is left out", () => {
    const { settings, ...rest } = read({});
    assert.deepEqual(settings, {
      program,
      cwd: folder,
      args: [],
      env: { PWD: folder, _: program },
      stdio: [null, null, null],
      disableASLR: true,
      sameProcessId: "auto",
      files: "offsets",
      followFork: "parent",
      stopOnEntry: false,
      stopOnExit: "whenCheckpoints",
      sourceMap: {},
      checkpoints: { limit: 50, auto: "off" },
    });
    assert.deepEqual(rest, { trace: false, noDebug: false, confirmRestart: false, warnings: [] });
  });

  it("take the other spellings", () => {
    const { settings } = read({
      stopAtEntry: true,
      sourceFileMap: { "/build": "/here" },
      environment: [{ name: "A", value: "1" }],
      externalConsole: false,
    });
    assert.equal(settings.stopOnEntry, true);
    assert.deepEqual(settings.sourceMap, { "/build": "/here" });
    assert.equal(settings.env["A"], "1");
  });

  it("resolve relative names against cwd", () => {
    const { settings } = readLaunchArguments(
      { program: "bin/x", cwd: folder, stdio: ["in.txt", null, "/dev/null"] },
      {},
    );
    assert.equal(settings.program, path.join(folder, "bin/x"));
    assert.equal(settings.cwd, folder);
    assert.deepEqual(settings.stdio, [path.join(folder, "in.txt"), null, "/dev/null"]);
  });

  it("tolerate what VS Code adds, and tell of keys that nobody knows", () => {
    const { warnings } = read({
      type: "forkpoint",
      name: "x",
      request: "launch",
      __sessionId: "1",
      internalConsoleOptions: "neverOpen",
      preLaunchTask: "build",
      presentation: {},
      stopOnEntri: true,
      checkpoints: { limits: 3 },
    });
    assert.deepEqual(warnings, [
      '"stopOnEntri" is not a key of a Forkpoint launch; it is ignored.',
      '"checkpoints.limits" is not a key of a Forkpoint launch; it is ignored.',
    ]);
  });

  const refusals: [object, string][] = [
    [{}, '"program" is missing: set it to the executable to debug.'],
    [{ program: "" }, '"program" is missing: set it to the executable to debug.'],
    [{ program: 7 }, '"program" must be a string, not 7.'],
    [{ program, args: "a b" }, '"args" must be a list of strings, not "a b".'],
    [{ program, args: [1] }, '"args" must be a list of strings, not [1].'],
    [{ program, cwd: "/no/such" }, 'There is no folder /no/such; correct "cwd".'],
    [
      { program, env: { A: 1 } },
      '"env" must be an object of strings, or null for a variable to unset, not {"A":1}.',
    ],
    [{ program, env: { "A=B": "1" } }, '"A=B" cannot be the name of an environment variable.'],
    [{ program, env: {}, environment: [] }, 'Both "env" and "environment" are set; keep one of them.'],
    [
      { program, environment: [{ name: "A" }] },
      '"environment" must be a list of { "name", "value" }, not [{"name":"A"}].',
    ],
    [{ program, envFile: "/no/such.env" }, "The file /no/such.env (envFile) does not exist."],
    [
      { program, stdio: [null, null, null, "x"] },
      '"stdio" must be a list of at most 3 file names or nulls, not [null,null,null,"x"].',
    ],
    [{ program, stopOnEntry: "yes" }, '"stopOnEntry" must be true or false, not "yes".'],
    [
      { program, stopOnEntry: true, stopAtEntry: true },
      'Both "stopOnEntry" and "stopAtEntry" are set; keep one of them.',
    ],
    [{ program, stopAtEntry: 1 }, '"stopAtEntry" must be true or false, not 1.'],
    [{ program, sourceMap: ["/a"] }, '"sourceMap" must be an object of strings, not ["/a"].'],
    [
      { program, stopOnExit: "sometimes" },
      '"stopOnExit" must be "whenCheckpoints" or "always" or "never", not "sometimes".',
    ],
    [{ program, checkpoints: 5 }, '"checkpoints" must be an object.'],
    [
      { program, checkpoints: { limit: 0 } },
      '"checkpoints.limit" must be a whole number of at least 1, not 0.',
    ],
    [
      { program, checkpoints: { sameProcessId: "no" } },
      '"checkpoints.sameProcessId" must be "auto" or "never" or "namespace", not "no".',
    ],
    [{ program, trace: 3 }, '"trace" must be true, false or the name of a file to log to.'],
    // What comes later is refused by name.
    [{ program, pid: 4 }, '"pid" is for attaching, which is not supported yet; launch a "program" instead.'],
    [
      { program, processId: "4" },
      '"processId" is for attaching, which is not supported yet; launch a "program" instead.',
    ],
    [
      { program, coreFile: "core" },
      '"coreFile" is not supported yet: core files cannot be opened. Remove it.',
    ],
    [
      { program, coreDumpPath: "core" },
      '"coreDumpPath" is not supported yet: core files cannot be opened. Remove it.',
    ],
    [
      { program, console: "integratedTerminal" },
      '"console": "integratedTerminal" is not supported yet; use "internalConsole" or leave it out.',
    ],
    [
      { program, console: "externalTerminal" },
      '"console": "externalTerminal" is not supported yet; use "internalConsole" or leave it out.',
    ],
    [
      { program, externalConsole: true },
      '"externalConsole": true is not supported yet; use "console": "internalConsole".',
    ],
    [
      { program, followFork: "all" },
      '"followFork" must be "parent" or "child" or "both" or "suspend", not "all".',
    ],
    [
      { program, checkpoints: { auto: "steps" } },
      '"checkpoints.auto" must be "off" or "stops", not "steps".',
    ],
    [
      { program, checkpoints: { files: "all" } },
      '"checkpoints.files" must be "offsets" or "contents", not "all".',
    ],
  ];
  for (const [args, sentence] of refusals)
    it(`are refused: ${JSON.stringify({ ...args, program: undefined })}`, () =>
      assert.equal(refusal(args), sentence));

  it("are refused when they are no object", () => {
    assert.equal(refusal([1]), "The launch arguments must be an object.");
  });
});

describe("the program's environment", () => {
  it("has nothing of the editor's", () => {
    const surroundings = {
      HOME: "/root",
      PATH: "/bin",
      VSCODE_PID: "1",
      ELECTRON_RUN_AS_NODE: "1",
      CHROME_DESKTOP: "code.desktop",
      PWD: "/elsewhere",
      OLDPWD: "/before",
      _: "/usr/bin/node",
    };
    assert.deepEqual(read({}, surroundings).settings.env, {
      HOME: "/root",
      PATH: "/bin",
      PWD: folder,
      _: program,
    });
  });

  it("is changed by envFile, and after it by env; null unsets", () => {
    const file = path.join(folder, "some.env");
    const lines = [
      "\uFEFF# a comment",
      "",
      "PLAIN = value with spaces # kept",
      "export EXPORTED=1",
      "SINGLE='a \\n b'",
      'DOUBLE="line\\nnext \\"quoted\\" \\\\"',
      "EMPTY=",
      "OVERRIDDEN=file",
    ];
    writeFileSync(file, lines.join("\r\n"));
    const { env } = read(
      { envFile: file, env: { OVERRIDDEN: "env", HOME: null } },
      { HOME: "/root" },
    ).settings;
    assert.deepEqual(env, {
      PWD: folder,
      _: program,
      PLAIN: "value with spaces # kept",
      EXPORTED: "1",
      SINGLE: "a \\n b",
      DOUBLE: 'line\nnext "quoted" \\',
      EMPTY: "",
      OVERRIDDEN: "env",
    });
  });

  it("names the line of envFile that is wrong", () => {
    const file = path.join(folder, "wrong.env");
    writeFileSync(file, "A=1\nnot a setting\n");
    assert.equal(
      refusal({ program, envFile: file }),
      `Line 2 of ${file} (envFile) is not NAME=value: not a setting`,
    );
  });
});
