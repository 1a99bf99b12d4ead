import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { withDebuggee } from "../helpers/session";

describe("next", () => {
  it("goes line by line and over calls", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ stopOnEntry: true });
      assert.equal(await session.place(), `main:${session.line("START")}`);
      const line = session.line("BP1");
      const places = [];
      for (let i = 0; i < 5; i++) {
        assert.equal((await session.resume("next")).reason, "step");
        places.push((await session.topFrame()).line);
      }
      assert.deepEqual(places, [line - 1, line, session.line("BP2"), line - 1, line]);
      assert.match(session.client.output(), /^turn 0 total 0\n$/);
    }));

  it("does not stop in a deeper instance of a recursive function", () =>
    withDebuggee("recursion", async (session) => {
      await session.launchToStop({ functions: [{ name: "factorial", condition: "n == 3" }] });
      await session.resume("next");
      assert.equal(await session.place(), `factorial:${session.line("CALL")}`);
      await session.resume("next");
      assert.equal(await session.place(), `factorial:${session.line("AFTER")}`);
      assert.equal(await session.evaluate("n"), "3");
      assert.equal(await session.evaluate("below"), "2");
    }));

  it("over a call stops at a breakpoint on the way", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      await session.setBreakpoints(["ADD"]);
      assert.equal((await session.resume("next")).reason, "breakpoint");
      assert.equal(await session.place(), `add:${session.line("ADD")}`);
    }));

  for (const variant of ["default", "static"] as const)
    it(`goes on where a signal's handler jumped to (${variant})`, () =>
      withDebuggee(
        "escape",
        async (session) => {
          await session.launchToStop({ breakpoints: ["FAULT"] });
          const next = async () => {
            const stop = await session.resume("next");
            return stop.reason === "step" ? session.place() : stop.description;
          };
          const at = (marker: string) => `main:${session.line(marker)}`;
          assert.equal(await next(), "SIGSEGV: Segmentation fault");
          assert.equal(await next(), at("SET1"));
          assert.equal(await next(), at("AFTER1"));
          assert.equal(await session.evaluate("faults"), "1");
          assert.equal(await next(), at("SET2"));
          assert.equal(await next(), at("TIMER"));
          assert.equal(await next(), at("LOOP"));
          const places = [await next()];
          // Whether the timer ran out between two steps or in one, the loop is left for where the handler jumped to.
          while (places.at(-1) === at("LOOP")) places.push(await next());
          assert.equal(places.at(-1), at("SET2"));
          assert.equal(await next(), at("AFTER2"));
          assert.equal(await session.evaluate("alarms"), "1");
        },
        { variant },
      ));

  it("over a longjmp stops where it landed", () =>
    withDebuggee("longjmp", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      await session.resume("next");
      const { line } = await session.topFrame();
      assert.ok(line === session.line("SET") || line === session.line("SET") + 1, `landed at ${line}`);
      await session.setBreakpoints(["LANDED"]);
      await session.resume("continue");
      assert.equal(await session.evaluate("came"), "3");
      assert.equal(await session.runToEnd(), 3);
    }));

  it("holds while signals arrive", () =>
    withDebuggee("signals", async (session) => {
      await session.launchToStop({ breakpoints: ["LOOP"] });
      await session.setBreakpoints([]);
      const head = session.line("LOOP") - 1;
      for (let i = 0; i < 10; i++) {
        await session.resume("next");
        assert.equal(await session.place(), `main:${i % 2 === 0 ? head : session.line("LOOP")}`);
      }
    }));

  it("at the end of main leaves the program running to its end", () =>
    withDebuggee("exitcode", async (session) => {
      await session.launchToStop({ breakpoints: ["END"], args: ["4"] });
      await session.client.request("next", { threadId: 1 });
      for (let i = 0; i < 4; i++) {
        const event = await session.client.event(["stopped", "exited"]);
        if (event.event === "exited") return;
        await session.client.request("next", { threadId: 1 });
      }
      assert.fail("the program did not end");
    }));
});

describe("stepIn and stepOut", () => {
  it("go into a function behind its prologue and back to its caller", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: [{ line: 13, condition: "0" }, "BP1"] });
      await session.resume("continue");
      await session.resume("stepIn");
      assert.equal(await session.place(), `add:${session.line("ADD")}`);
      assert.equal(await session.evaluate("right"), "1");
      await session.resume("stepOut");
      const { name, line } = await session.topFrame();
      assert.equal(name, "main");
      assert.ok(line === session.line("BP1") || line === session.line("BP2"));
    }));

  it("over a library function that has no lines act as next", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP2"] });
      await session.setBreakpoints([]);
      await session.resume("stepIn");
      assert.equal(await session.place(), `main:${session.line("BP1") - 1}`);
    }));

  it("out of a recursion stop in the caller's own instance", () =>
    withDebuggee("recursion", async (session) => {
      await session.launchToStop({ breakpoints: ["BASE"] });
      await session.setBreakpoints([]);
      for (let n = 2; n <= 5; n++) {
        await session.resume("stepOut");
        assert.equal((await session.topFrame()).name, "factorial");
        assert.equal(await session.evaluate("n"), String(n));
      }
      await session.resume("stepOut");
      assert.equal((await session.topFrame()).name, "main");
    }));

  it("into a signal handler is not what a step at raise does, but a breakpoint in it stops", () =>
    withDebuggee("signals", async (session) => {
      await session.launchToStop({ breakpoints: ["RAISE"] });
      await session.setBreakpoints(["HANDLER"]);
      const stop = await session.resume("continue");
      assert.equal(stop.reason, "exception");
      assert.match(stop.description ?? "", /SIGUSR1/);
      assert.equal((await session.resume("continue")).reason, "breakpoint");
      assert.equal((await session.topFrame()).name, "on_signal");
      const names = (await session.stack()).map((frame) => frame.name);
      assert.ok(names.includes("main"), names.join());
    }));
});

describe("a granularity", () => {
  it("that there is not is refused", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      const place = await session.place();
      for (const command of ["next", "stepIn"])
        assert.equal(
          await session.client.refusal(command, { threadId: 1, granularity: "word" }),
          '"granularity" must be "statement", "line" or "instruction", not "word".',
        );
      assert.equal(await session.place(), place);
    }));
});

describe("instruction granularity", () => {
  it("takes one instruction", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      const before = (await session.topFrame()).instructionPointerReference ?? "";
      const body = await session.client.request<{ instructions: { address: string }[] }>("disassemble", {
        memoryReference: before,
        instructionCount: 2,
      });
      await session.resume("next", { granularity: "instruction" });
      assert.equal((await session.topFrame()).instructionPointerReference, body.instructions[1]?.address);
    }));

  it("goes into a call with stepIn, over it with next", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      await session.setBreakpoints([]);
      let steps = 0;
      while ((await session.topFrame()).name === "main" && steps++ < 20)
        await session.resume("stepIn", { granularity: "instruction" });
      assert.equal((await session.topFrame()).name, "add");
    }));
});

describe("optimized code", () => {
  for (const compiler of ["gcc", "clang"])
    it(`by ${compiler}: inlined calls are frames, steps go through them`, () =>
      withDebuggee(
        "optimized",
        async (session) => {
          await session.launchToStop({ breakpoints: ["NOTE"] });
          const frames = (await session.stack()).map(({ name, line }) => `${name}:${line}`);
          const [calls, inlined] = [session.line("CALL"), session.line("BP1")];
          assert.deepEqual(frames.slice(1, 4), [
            `square:${calls}`,
            `combine:${inlined}`,
            `main:${session.line("MAIN")}`,
          ]);
          await session.setBreakpoints([]);
          await session.resume("stepOut");
          assert.match((await session.topFrame()).name, /^(square|combine)$/);
          const reached = [];
          for (let i = 0; i < 30 && (await session.topFrame()).name !== "main"; i++) {
            reached.push((await session.topFrame()).line);
            await session.resume("next");
          }
          assert.equal((await session.topFrame()).name, "main", `went ${reached.join()}`);
          assert.equal(await session.runToEnd(), 0);
        },
        { compiler, variant: "optimized" },
      ));
});

describe("a step at the moment of exit", () => {
  const steps = [
    ["next", "line"],
    ["stepIn", "line"],
    ["stepOut", "line"],
    ["next", "instruction"],
  ] as const;
  for (const [command, granularity] of steps)
    it(`lets the program end: ${command} by ${granularity}`, () =>
      withDebuggee("exitcode", async (session) => {
        const stop = await session.launchToStop({ stopOnExit: "always", args: ["3"] });
        assert.equal(stop.reason, "exit");
        await session.client.request(command, { threadId: 1, granularity });
        assert.equal(await session.exitCode(), 3);
      }));

  it("that is paused at once finds the program at its exit still", () =>
    withDebuggee("exitcode", async (session) => {
      const { client } = session;
      await session.launchToStop({ stopOnExit: "always", args: ["3"] });
      await client.requestsAtOnce(["next", { threadId: 1 }], ["pause", { threadId: 1 }]);
      const stop = await client.nextStop();
      assert.deepEqual([stop.reason, stop.description], ["exit", "Exiting with code 3"]);
      assert.match(await client.refusal("createCheckpoint"), /at its exit/);
      await client.request("next", { threadId: 1 });
      assert.equal(await session.exitCode(), 3);
    }));
});

describe("pause", () => {
  it("stops a program that computes, and one that sleeps", async () => {
    for (const [name, ready] of [
      ["spin", "spinning"],
      ["asleep", "asleep"],
    ] as const)
      await withDebuggee(name, async (session) => {
        await session.launch();
        await session.client.outputHas(ready);
        await session.client.request("pause", { threadId: 1 });
        const stop = await session.client.nextStop();
        assert.equal(stop.reason, "pause");
        assert.equal(stop.allThreadsStopped, true);
        const names = (await session.stack()).map((frame) => frame.name);
        assert.ok(names.includes("main"), names.join());
      });
  });

  it("does not cut short the system call it interrupts", () =>
    withDebuggee("asleep", async (session) => {
      await session.launch({ args: ["2"] });
      await session.client.outputHas("asleep");
      for (let i = 0; i < 3; i++) {
        await session.client.request("pause", { threadId: 1 });
        await session.client.nextStop();
        await session.client.request("continue", { threadId: 1 });
      }
      assert.equal(await session.exitCode(), 0);
      assert.equal(session.client.output(), "asleep\nleft 0\n");
    }));
});
