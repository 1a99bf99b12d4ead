import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { withDebuggee } from "../helpers/session";

describe("the program's output", () => {
  it("comes in order across both streams, whole, before exited", () =>
    withDebuggee("streams", async (session) => {
      await session.launch();
      assert.equal(await session.exitCode(), 0);
      const all = session.client.log
        .filter((event) => event.event === "output" && /^std(out|err)$/.test(event.body.category))
        .map((event) => event.body.output)
        .join("");
      const lines = Array.from({ length: 100 }, (_, i) => `line ${i}\n`).join("");
      assert.equal(all, `one\ntwo\nthree\ngr\u00fc\u00df \u{1F374}\n${lines}end`);
      const names = session.client.log.map((event) => event.event);
      assert.ok(names.lastIndexOf("output") < names.indexOf("exited"));
      assert.ok(names.indexOf("exited") < names.indexOf("terminated"));
    }));

  it("is whole when there is much of it", () =>
    withDebuggee("streams", async (session) => {
      await session.launch({ args: ["many"] });
      assert.equal(await session.exitCode(), 0);
      const output = session.client.output();
      assert.match(output, /line 0\nline 1\n/);
      assert.match(output, /line 19998\nline 19999\nend$/);
    }));

  it("is there before the stop that follows it", () =>
    withDebuggee("streams", async (session) => {
      await session.launchToStop({ breakpoints: ["BP2"] });
      assert.equal(session.client.output(), "one\ntwo\n");
    }));

  it("in a flood does not keep a pause, a checkpoint or the end from coming through", () =>
    withDebuggee("flood", async (session) => {
      const { client } = session;
      await session.launch();
      await client.outputHas("line 20000\n");
      const before = performance.now();
      await client.request("pause", { threadId: 1 });
      const { reason, description } = await client.nextStop();
      assert.deepEqual([reason, description], ["pause", "Paused"]);
      assert.ok(performance.now() - before < 2000, `${performance.now() - before} ms`);
      const main = (await session.stack()).find((frame) => frame.name === "main");
      assert.equal(await session.evaluate("line > 20000", "watch", main?.id), "1");
      await client.request("continue", { threadId: 1 });
      await session.checkpoint();
      await client.request("terminate");
      await client.event("terminated");
    }));

  it("goes to files, and input comes from one, by stdio", () =>
    withDebuggee("surroundings", async (session) => {
      await session.launch({ stdio: ["/etc/hostname", "/dev/null", null] });
      assert.equal(await session.exitCode(), 0);
      assert.equal(session.client.output(), "");
    }));
});

describe("the program's surroundings", () => {
  it("are what a shell would give it", () =>
    withDebuggee(
      "surroundings",
      async (session) => {
        await session.launch({
          args: ["a b", "", '"quoted"'],
          cwd: "/usr",
          env: { ADDED: "1", HOME: null },
        });
        assert.equal(await session.exitCode(), 0);
        const lines = session.client.output().split("\n");
        const told = (kind: string) =>
          lines.filter((line) => line.startsWith(`${kind} `)).map((line) => line.slice(kind.length + 1));
        assert.deepEqual(told("argument"), ["a b", "", '"quoted"']);
        assert.deepEqual(told("folder"), ["/usr"]);
        assert.deepEqual(told("descriptor"), ["0", "1 terminal", "2 terminal"]);
        assert.deepEqual(told("ignored"), []);
        assert.deepEqual(told("blocked"), []);
        assert.deepEqual(told("group of parent"), ["own"]);
        assert.deepEqual(told("input"), ["-1"]);
        const variables = told("variable").map((each) => each.split("=")[0] ?? "");
        assert.ok(variables.includes("ADDED") && variables.includes("PATH") && !variables.includes("HOME"));
        assert.deepEqual(
          variables.filter((name) => /^(VSCODE|ELECTRON)_/.test(name)),
          [],
        );
      },
      {
        env: { VSCODE_PID: "1", ELECTRON_RUN_AS_NODE: "1" },
        // As VS Code's extension host has it: signals ignored, many descriptors, a raised limit.
        wrapper: [
          "bash",
          "-c",
          'trap "" PIPE XFSZ; exec 7</dev/null; ulimit -n $(ulimit -Hn); exec "$@"',
          "bash",
        ],
      },
    ));

  for (const [limits, expected] of [
    ["-Sn 300", 300],
    ["-n 3000; ulimit -Sn 2000", 2000],
    // Who has raised it to the hard limit does not tell what it was.
    ["-n 3000", 1024],
    ["-n 700", 700],
  ] as const)
    it(`have the soft limit of open files that the adapter was started with: ulimit ${limits}`, () =>
      withDebuggee(
        "surroundings",
        async (session) => {
          await session.launch();
          assert.equal(await session.exitCode(), 0);
          assert.match(session.client.output(), new RegExp(`^files ${expected}$`, "m"));
        },
        { wrapper: ["bash", "-c", `ulimit ${limits}; "$@"; exit $?`, "bash"] },
      ));

  it("has addresses that stay the same, unless disableASLR is false", async () => {
    const address = async (disableASLR: boolean | undefined) => {
      let found = "";
      await withDebuggee("loop", async (session) => {
        await session.launchToStop({
          breakpoints: ["BP1"],
          ...(disableASLR === undefined ? {} : { disableASLR }),
        });
        found = (await session.topFrame()).instructionPointerReference ?? "";
      });
      return found;
    };
    assert.equal(await address(undefined), await address(undefined));
    assert.notEqual(await address(false), await address(false));
  });
});
