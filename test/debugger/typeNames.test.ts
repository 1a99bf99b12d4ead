/** Types are shown, and can be written, with the names around them. */
import assert from "node:assert/strict";
import test from "node:test";
import { withProgram } from "./valuesProgram";

for (const compiler of ["g++", "clang++"]) {
  test(`${compiler}: a typedef has the namespace or class around it in its name`, () =>
    withProgram("typeNames", "WITHIN", { compiler }, async (program) => {
      const expected = {
        text: "std::string",
        "&text": "std::string *",
        number: "lib::v1::number",
        boxed: "lib::Box<int>::value_type",
        local: "outer::within::local_t",
      };
      for (const [expression, type] of Object.entries(expected)) {
        assert.equal((await program.node(expression)).typeName, type, expression);
        const cast = await program.node(`*(${type} *)&(${expression})`).catch(() => undefined);
        if (!expression.startsWith("&")) assert.equal(cast?.typeName, type);
      }
      assert.equal(await program.text("(lib::number)2.5"), "2");
    }));

  test(`${compiler}: the base class of a class in a function can be evaluated by its own expression`, () =>
    withProgram("typeNames", "WITHIN", { compiler }, async (program) => {
      const [base] = (await (await program.node("object")).children?.()) ?? [];
      assert.equal(base?.name, "outer::within::Base");
      assert.equal(await program.text(base.evaluateName ?? ""), "{b = 3}");
      assert.equal(await program.text("sizeof(outer::within::Local)"), "8");
    }));
}
