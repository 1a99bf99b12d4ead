/** C++ without debug information, as most libraries are: its names are those of the source all the same. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withDebuggee, type LiveDebugger } from "./liveDebugger";

const options = { variant: "noDebugInfo" } as const;

function stack(live: LiveDebugger, count: number): string[] {
  return Array.from({ length: count }, (_, index) => live.frame(index).functionName);
}

/** Sets a breakpoint on a name and runs to it; gives the frames there. */
async function stopAt(live: LiveDebugger, name: string, count: number): Promise<string[]> {
  const [state] = live.debugger.setFunctionBreakpoints([{ name }]);
  assert.deepEqual([state?.verified, state?.message], [true, undefined], name);
  assert.equal((await live.continue()).reason, "function breakpoint");
  return stack(live, count);
}

test("breakpoints are set on names as the source has them, and the stack shows these", () =>
  withDebuggee("demangled", options, async (live) => {
    live.debugger.setFunctionBreakpoints([{ name: "main" }]);
    await live.debugger.start();
    await live.stop();
    const [allocation, caller] = await stopAt(live, "operator new", 2);
    assert.deepEqual([allocation, caller], ["operator new(unsigned long)", "main"]);
    const area = "shapes::Circle::area() const";
    assert.deepEqual(await stopAt(live, "Circle::area", 3), [
      area,
      "shapes::scaled(shapes::Shape const&, int)",
      "main",
    ]);
    assert.match(await live.value("(void *)$rip"), / <shapes::Circle::area\(\) const\+\d+>$/);
    assert.match(await live.value("*(void **)$rdi"), / <vtable for shapes::Circle\+16>$/);
    const overload = "shapes::scaled(shapes::Shape const&, double)";
    assert.deepEqual(await stopAt(live, overload, 2), [overload, "main"]);
    assert.deepEqual(await stopAt(live, "shapes::Circle::~Circle", 1), ["shapes::Circle::~Circle()"]);
  }));

test("a name without its scope is that of a function without one", () =>
  withDebuggee("demangled", options, async (live) => {
    live.debugger.setFunctionBreakpoints([{ name: "main" }]);
    await live.debugger.start();
    await live.stop();
    for (const name of ["area", "scaled"])
      assert.match(live.debugger.setFunctionBreakpoints([{ name }])[0]?.message ?? "", /^No loaded file has/);
    assert.equal(
      live.debugger.setFunctionBreakpoints([{ name: "_ZNK6shapes6Circle4areaEv" }])[0]?.verified,
      true,
    );
  }));
