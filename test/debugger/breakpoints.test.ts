/** Breakpoints on lines, functions and instructions: where they are placed, also while programs and libraries come and go. */
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { compile, markers, sourceOf } from "../helpers/compile";
import { withDebuggee, type LiveDebugger } from "./liveDebugger";

test("a line without code moves to the next one that has some", async () => {
  await withDebuggee("loop", {}, async (live, marks) => {
    const [moved, none] = live.breakAt("loop", [marks.ADD - 2, 500]);
    assert.equal(moved?.verified, true);
    assert.equal(moved?.line, marks.ADD - 1);
    assert.equal(none?.verified, false);
    assert.match(none?.message ?? "", /no code at line 500/);
    assert.deepEqual(live.debugger.breakpointLocations(sourceOf("loop"), marks.START, marks.BP2), [
      marks.START,
      marks.START + 1,
      marks.BP1,
      marks.BP2,
    ]);
  });
});

test("breakpoints set before the launch are placed by it, and told", async () => {
  const marks = markers("loop");
  const before = (live: LiveDebugger) => {
    const [state] = live.breakAt("loop", [marks.BP1]);
    assert.equal(state?.verified, false);
    assert.match(state?.message ?? "", /launched/);
  };
  await withDebuggee("loop", { before }, async (live) => {
    const [state] = await live.next("breakpointChanged");
    assert.equal(state.verified, true);
    assert.equal(state.line, marks.BP1);
    await live.debugger.start();
    assert.deepEqual((await live.stop()).breakpointIds, [state.id]);
  });
});

test("the same breakpoint keeps its id and hit count when others change", async () => {
  await withDebuggee("loop", {}, async (live, marks) => {
    const source = sourceOf("loop");
    const spec = { line: marks.BP1, hitCondition: "3" };
    const [first] = live.debugger.setSourceBreakpoints(source, [spec]);
    const [second, other] = live.debugger.setSourceBreakpoints(source, [spec, { line: marks.END }]);
    assert.equal(second?.id, first?.id);
    assert.notEqual(other?.id, first?.id);
    await live.debugger.start();
    await live.stop();
    assert.equal(await live.value("i"), "2");
    live.debugger.setSourceBreakpoints(source, [{ line: marks.END }, spec]);
    await live.continue();
    assert.equal(await live.value("i"), "3", "from the third hit on");
  });
});

test("a line that no file has is refused", async () => {
  await withDebuggee("loop", {}, async (live) => {
    const states = live.breakAt("loop", [0, -3]);
    assert.deepEqual(
      states.map(({ verified, message }) => `${verified} ${message}`),
      [
        "false There is no line 0: lines are counted from 1.",
        "false There is no line -3: lines are counted from 1.",
      ],
    );
  });
});

/** Where breakpoints on names stop, in the order in which the program comes there. */
const meant: Record<string, readonly string[]> = {
  largest: ["lib::largest<int>", "lib::largest<double>", "largest"],
  "lib::largest": ["lib::largest<int>", "lib::largest<double>"],
  "largest<int>": ["lib::largest<int>"],
  "Box::get": ["lib::Box<int>::get", "lib::Box<double>::get"],
  "Box<double>::get": ["lib::Box<double>::get"],
  "operator<": ["operator< <int>"],
  "operator<<": ["operator<< <int>"],
  increased: ["increased<int>", "increased<double>"],
};

for (const compiler of ["g++", "clang++"])
  test(`a breakpoint on a template's bare name stops in all its instances, by ${compiler}`, async () => {
    for (const [name, expected] of Object.entries(meant))
      await withDebuggee("templates", { compiler }, async (live) => {
        const [state] = live.debugger.setFunctionBreakpoints([{ name }]);
        assert.equal(state?.verified, true, name);
        await live.debugger.start();
        const met: string[] = [];
        for (;;) {
          const told = await live.either(["stopped", "exited"]);
          if (told.event === "exited") break;
          met.push(live.frame().functionName);
          live.debugger.continue(1);
        }
        const sorted = (names: readonly string[]) => names.map((each) => each.replace(" <", "<")).sort();
        assert.deepEqual(sorted(met), sorted(expected), name);
      });
  });

/** Names as GDB takes them, and the markers where they stop. */
const written: Record<string, readonly string[]> = {
  "::main": ["MAIN"],
  "main()": ["MAIN"],
  "main(void)": ["MAIN"],
  "ns::over(int)": ["OVER_INT"],
  "::ns::over( double )": ["OVER_DOUBLE"],
  "over(char const*, unsigned long)": ["OVER_TEXT"],
  "over(char const *, unsigned long int)": ["OVER_TEXT"],
  "over(float)": [],
  "ns::Counter::add(int)": ["ADD_INT"],
  "Counter::add(Pair const&)": ["ADD_PAIR"],
  "Counter::get() const": ["GET"],
  "Counter::get(int)": ["GET"],
  "Counter::operator()": ["CALL"],
  "Counter::operator()(int)": ["CALL"],
  "overloads.cpp:twin": ["TWIN"],
  "debuggees/overloads.cpp:twin(int)": ["TWIN"],
  "overloads.cpp:ns::over(int)": ["OVER_INT"],
  "loads.cpp:twin": [],
  "overloadsTwin.cpp:main": [],
};

for (const compiler of ["g++", "clang++"])
  test(`names of functions as GDB takes them, by ${compiler}`, async () => {
    const options = { compiler, with: ["overloadsTwin.cpp"] };
    for (const [name, expected] of Object.entries(written))
      await withDebuggee("overloads", options, async (live, marks) => {
        const [state] = live.debugger.setFunctionBreakpoints([{ name }]);
        assert.equal(state?.verified, expected.length > 0, name);
        await live.debugger.start();
        const met: (number | undefined)[] = [];
        for (;;) {
          const told = await live.either(["stopped", "exited"]);
          if (told.event === "exited") break;
          met.push(live.line());
          live.debugger.continue(1);
        }
        const lines = expected.map((marker) => marks[marker]);
        assert.deepEqual(met, lines, name);
      });
  });

test("function and instruction breakpoints", async () => {
  await withDebuggee("recursion", {}, async (live, marks) => {
    const [known, unknown] = live.debugger.setFunctionBreakpoints([
      { name: "depth", condition: "n == 498" },
      { name: "no_such_function" },
    ]);
    assert.equal(known?.verified, true);
    assert.match(unknown?.message ?? "", /no_such_function/);
    await live.debugger.start();
    assert.equal((await live.stop()).reason, "function breakpoint");
    assert.equal(await live.value("n"), "498");
    const { pc } = live.frame(1);
    live.debugger.setFunctionBreakpoints([]);
    const [state] = live.debugger.setInstructionBreakpoints([{ address: pc }]);
    assert.equal(state?.verified, true);
    const stop = await live.continue();
    assert.equal(stop.reason, "instruction breakpoint");
    assert.deepEqual(stop.breakpointIds, [state?.id]);
    assert.equal(live.place(), `depth:${marks.DEEPER}`);
  });
});

test("breakpoints change while the program runs", async () => {
  await withDebuggee("spin", {}, async (live, marks) => {
    await live.debugger.start();
    const [state] = live.breakAt("spin", [marks.BP1]);
    assert.equal(state?.verified, true);
    assert.equal((await live.stop()).reason, "breakpoint");
    live.breakAt("spin", []);
    live.debugger.continue(1);
    live.debugger.pause();
    assert.equal((await live.stop()).reason, "pause");
  });
});

test("a function is found by the name that programs know it by, where the sources have another one", async () => {
  const script = path.join(path.dirname(sourceOf("versioned")), "versioned.map");
  const flags = ["-shared", "-fPIC", `-Wl,--version-script=${script}`];
  const library = compile("versioned", { flags, headers: [script], output: "libversioned.so" });
  await withDebuggee("loader", { args: [library] }, async (live) => {
    const [waiting] = live.debugger.setFunctionBreakpoints([{ name: "twice" }]);
    assert.equal(waiting?.verified, false);
    await live.debugger.start();
    assert.equal((await live.stop()).reason, "function breakpoint");
    assert.equal(live.place(), `inner_twice:${markers("versioned").TWICE}`);
    assert.equal((await live.next("breakpointChanged"))[0].verified, true);
    assert.equal(await live.value("value"), "0");
    live.debugger.setFunctionBreakpoints([]);
    assert.equal(await live.value("twice(21)"), "42");
  });
});

test("a breakpoint on a function of the C library that has a name of its own in there is hit", async () => {
  await withDebuggee("sharedFunction", {}, async (live) => {
    const names = ["pthread_create", "pthread_join", "pthread_mutex_lock", "pthread_kill"];
    live.debugger.setFunctionBreakpoints(names.map((name) => ({ name })));
    await live.debugger.start();
    const stop = await live.stop();
    assert.equal(stop.reason, "function breakpoint");
    const all = live.debugger.setFunctionBreakpoints(names.map((name) => ({ name })));
    assert.deepEqual(
      all.map(({ verified }) => verified),
      [true, true, true, true],
    );
    assert.match(live.frame(0).functionName, /pthread_/);
  });
});

test("a pending breakpoint wakes with its library, sleeps without it, and wakes again", async () => {
  const library = compile("plugin", { flags: ["-shared", "-fPIC"], output: "libplugin.so" });
  const plugin = markers("plugin");
  await withDebuggee("loader", { args: [library] }, async (live, marks) => {
    const [state] = live.breakAt("plugin", [plugin.TWICE]);
    assert.equal(state?.verified, false);
    assert.match(state?.message ?? "", /waits for a library/);
    live.breakAt("loader", [marks.CLOSE]);
    await live.debugger.start();
    for (const visits of ["41", "41"]) {
      assert.equal((await live.stop()).reason, "breakpoint");
      assert.equal(live.place(), `twice:${plugin.TWICE}`);
      assert.equal(live.place(1), `main:${marks.CALL}`);
      assert.equal(await live.value("visits"), visits, "the library's thread-local");
      assert.equal((await live.next("breakpointChanged"))[0].verified, true);
      await live.continue();
      assert.equal(live.place(), `main:${marks.CLOSE}`);
      live.debugger.continue(1);
      const [unloaded] = await live.next("moduleUnloaded");
      assert.equal(unloaded.symbols.path, library);
      assert.equal((await live.next("breakpointChanged"))[0].verified, false);
    }
    assert.deepEqual(await live.exit(), { exitCode: 0 });
    assert.match(live.output("stdout"), /sum 9/);
  });
});
