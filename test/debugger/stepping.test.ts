import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { compile, markers } from "../helpers/compile";
import { withDebuggee } from "./liveDebugger";
import { runTo, walk } from "./walk";

test("a step over longjmp lands where setjmp returns again", async () => {
  for (const variant of ["default", "static"] as const)
    await withDebuggee("longjmp", { variant }, async (live, marks) => {
      await runTo(live, "longjmp", marks.BP1);
      const places = await walk(live, "next", 2);
      assert.ok(!places.includes(`main:${marks.NEVER}`));
      // The compiler may give the store of setjmp's result a statement of its own.
      assert.match(places[0] ?? "", new RegExp(`^main:(${marks.SET}|${marks.SET + 1})$`));
      assert.equal(places[1], `main:${marks.LANDED}`);
      assert.equal(await live.value("came"), "3");
    });
});

test("a step into longjmp, which has no lines, lands where setjmp returns again", async () => {
  for (const options of [{}, { variant: "static" }, { flags: ["-fno-plt"] }] as const)
    await withDebuggee("longjmp", options, async (live, marks) => {
      await runTo(live, "longjmp", marks.LEAP);
      const places = await walk(live, "stepIn", 1);
      assert.match(places[0] ?? "", new RegExp(`^main:(${marks.SET}|${marks.SET + 1})$`));
      assert.ok((await walk(live, "next", 2)).includes(`main:${marks.LANDED}`));
      assert.equal(await live.value("came"), "3");
    });
});

test("a step by instructions over a call of longjmp lands where setjmp returns again", async () => {
  await withDebuggee("longjmp", { flags: ["-fno-plt"] }, async (live, marks) => {
    await runTo(live, "longjmp", marks.LEAP);
    for (let steps = 0; live.place() === `leap:${marks.LEAP}`; steps++) {
      assert.ok(steps < 20);
      live.debugger.next(1, "instruction");
      assert.equal((await live.either(["stopped", "terminated"])).event, "stopped");
    }
    assert.equal(live.place(), `main:${marks.SET}`);
  });
});

test("the traps of a step are out when the program goes on", async () => {
  await withDebuggee("longjmp", {}, async (live, marks) => {
    await runTo(live, "longjmp", marks.SET);
    live.breakAt("longjmp", []);
    // Over setjmp, with a look-out for longjmp.
    await walk(live, "next", 1);
    live.debugger.continue(1);
    assert.equal((await live.either(["stopped", "terminated"])).event, "terminated");
  });
});

test("handlers of arriving signals run, and the step goes on", async () => {
  await withDebuggee("signals", {}, async (live, marks) => {
    await runTo(live, "signals", marks.TIMER);
    const places = await walk(live, "next", 12);
    assert.ok(
      places.every((place) => place.startsWith("main:")),
      places.join(" "),
    );
    assert.equal(await live.value("sum"), "10");
  });
});

test("a signal stops with its name; a breakpoint in its handler wins over the step", async () => {
  await withDebuggee("interrupted", {}, async (live, marks) => {
    await runTo(live, "interrupted", marks.RAISE);
    const stop = await live.over();
    assert.equal(stop.reason, "exception");
    assert.equal(stop.description, "SIGUSR2: User defined signal 2");
    live.breakAt("interrupted", [marks.HANDLER]);
    assert.equal((await live.over()).reason, "breakpoint");
    assert.equal(live.place(), `on_signal:${marks.HANDLER}`);
    const names = live.debugger.frames(1, 0, 20).frames.map((frame) => frame.functionName);
    assert.equal(names[1], "<signal handler called>");
    assert.ok(names.includes("main"), names.join(" "));
    await live.out();
    assert.equal(live.frame().functionName, "main");
  });
});

test("a step goes on where a handler that returns has the program go on", async () => {
  for (const variant of ["default", "static"] as const)
    await withDebuggee("movedByHandler", { variant }, async (live, marks) => {
      for (const number of [1, 2]) {
        live.breakAt("movedByHandler", [marks[`FAULT${number}`]]);
        await (number === 1 ? live.debugger.start() : live.continue());
        if (number === 1) await live.stop();
        live.breakAt("movedByHandler", []);
        assert.equal((await live.over()).description, "SIGILL: Illegal instruction");
        assert.deepEqual(await walk(live, "next", 1), [`main:${marks[`AFTER${number}`]}`]);
      }
      assert.deepEqual(await walk(live, "stepIn", 1), [`main:${marks.END}`]);
      assert.equal(await live.value("faults"), "22");
    });
});

test("a step delivers the signal that it began with", async () => {
  await withDebuggee("interrupted", {}, async (live, marks) => {
    await runTo(live, "interrupted", marks.RAISE);
    assert.equal((await live.over()).reason, "exception");
    await live.out();
    assert.equal(await live.value("count"), "1");
  });
});

test("a step into a function without source goes over it; what it calls back is a breakpoint's matter", async () => {
  await withDebuggee("interrupted", {}, async (live, marks) => {
    await runTo(live, "interrupted", marks.SORT);
    live.breakAt("interrupted", [marks.COMPARE]);
    assert.equal((await live.into()).reason, "breakpoint");
    assert.equal(live.place(), `compare:${marks.COMPARE}`);
    live.breakAt("interrupted", []);
    assert.deepEqual(await walk(live, "next", 3), [
      `compare:${marks.COMPARED}`,
      `compare:${marks.COMPARED + 1}`,
      `main:${marks.RAISE}`,
    ]);
  });
});

test("several calls in one line are entered one after another", async () => {
  await withDebuggee("interrupted", {}, async (live, marks) => {
    await runTo(live, "interrupted", marks.DEEP);
    const entered: string[] = [];
    for (let call = 0; call < 3; call++) {
      await live.into();
      assert.equal(live.frame().functionName, "nested");
      entered.push(await live.value("n"));
      await live.out();
      assert.equal(live.place(), `main:${marks.DEEP}`);
    }
    assert.deepEqual(entered, ["2", "1", "3"]);
    await live.over();
    assert.equal(live.line(), marks.END);
  });
});

test("a library's function is entered through a lazy linkage stub and through a bound one", async () => {
  const library = compile("plugin", { flags: ["-shared", "-fPIC"], output: "libplugin.so" });
  const plugin = markers("plugin");
  for (const binding of ["lazy", "now"])
    for (const flags of [[], ["-fcf-protection=full"]]) {
      const source = `int twice(int);\nint main(void) {\n    int a = twice(1);\n    return a + twice(2);\n}\n`;
      const all = ["-Wl,--no-as-needed", library, `-Wl,-z,${binding}`, ...flags];
      await withDebuggee(writeSource("linked.c", source), { flags: all }, async (live) => {
        live.debugger.setFunctionBreakpoints([{ name: "main" }]);
        await live.debugger.start();
        await live.stop();
        for (const value of ["1", "2"]) {
          await live.into();
          assert.equal(live.place(), `twice:${plugin.VISIT}`, `${binding} ${flags.join(" ")}`);
          assert.equal(await live.value("value"), value);
          await live.out();
          assert.equal(live.frame().functionName, "main");
          if (value === "1") await live.over();
        }
      });
    }
});

test("a method is entered through the thunk that its object's base is called by", async () => {
  for (const compiler of ["g++", "clang++"])
    await withDebuggee("thunks", { compiler }, async (live, marks) => {
      await runTo(live, "thunks", marks.CALL);
      for (const [method, line, next] of [
        ["Object::number", marks.NUMBER, marks.CALL3],
        ["Object::number3", marks.NUMBER3, marks.CALLRESULT],
        ["Object::result", marks.RESULT, marks.END],
      ] as const) {
        await live.into();
        assert.equal(live.place(), `${method}:${line}`, compiler);
        live.breakAt("thunks", [next]);
        await live.continue();
        assert.equal(live.place(), `main:${next}`);
      }
    });
});

test("instruction steps: into a call, over it, and to the very next one", async () => {
  await withDebuggee("recursion", {}, async (live, marks) => {
    await runTo(live, "recursion", marks.BP1);
    const instruction = async (how: "next" | "stepIn") => {
      live.debugger[how](1, "instruction");
      return live.stop();
    };
    const start = live.frame().pc;
    await instruction("stepIn");
    assert.ok(live.frame().pc > start && live.frame().pc < start + 15n);
    await instruction("stepIn");
    assert.equal(live.frame().functionName, "factorial");
    assert.equal(live.frame(1).functionName, "main");
    live.debugger.stepOut(1);
    await live.stop();
    assert.equal(live.place(), `main:${marks.BP1}`);
    live.breakAt("recursion", [marks.BP2]);
    await live.continue();
    await instruction("next");
    await instruction("next");
    assert.equal(live.frame().functionName, "main", "over the call of depth(500)");
    assert.equal(await live.value("$rax"), "500");
  });
});

test("inlined calls are frames: shown before they begin, entered, left and stepped over", async () => {
  for (const compiler of ["gcc", "clang"])
    await withDebuggee(
      writeSource("inlined.c", inlined),
      { compiler, variant: "optimized" },
      async (live) => {
        live.debugger.setFunctionBreakpoints([{ name: "work" }]);
        await live.debugger.start();
        await live.stop();
        const seen = new Set<string>();
        for (let step = 0; step < 20 && !seen.has("inner"); step++) {
          await live.into();
          const place = live.place();
          await live.value("sink = sink");
          assert.equal(live.place(), place, "a write changes nothing of what is shown");
          seen.add(live.frame().functionName);
          assert.ok(!live.frame().isInlined || live.frame(1).functionName !== live.frame().functionName);
        }
        assert.ok(seen.has("inner"), `${compiler}: ${[...seen].join(" ")}`);
        assert.equal(live.frame().isInlined, true);
        assert.equal(live.frame(1).functionName, "work");
        assert.equal(live.line(1), 9, "the place of the call");
        await live.out();
        assert.equal(live.frame().functionName, "work");
      },
    );
});

const inlined = `volatile int sink;
static inline __attribute__((always_inline)) void inner(int value) {
    sink = value;
    sink = value + 1;
    sink = value + 2;
}
__attribute__((noinline)) int work(int value) {
    sink = 0;
    inner(value);
    sink = 7;
    return value;
}
int main(void) {
    return work(sink + 1) - 1;
}
`;

function writeSource(name: string, text: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), "forkpoint-test-"));
  folders.push(folder);
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}
const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});
