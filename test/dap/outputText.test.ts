import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OutputText } from "../../adapter/dap/outputText";

describe("output text", () => {
  it("puts characters together that were cut", () => {
    const output = new OutputText();
    const bytes = Buffer.from("gr\u00fc\u00df \u{1F374}");
    let text = "";
    for (const byte of bytes) text += output.decode("stdout", Buffer.from([byte]));
    assert.equal(text, "gr\u00fc\u00df \u{1F374}");
    assert.deepEqual(output.flush(), []);
  });

  it("keeps the streams apart and gives the rest at the end", () => {
    const output = new OutputText();
    assert.equal(output.decode("stdout", Buffer.from([0x61, 0xc3])), "a");
    assert.equal(output.decode("stderr", Buffer.from("b")), "b");
    assert.deepEqual(output.flush(), [{ stream: "stdout", text: "\uFFFD" }]);
  });
});
