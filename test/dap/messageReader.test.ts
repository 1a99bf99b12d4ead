import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MessageReader } from "../../adapter/dap/messageReader";

/** What a reader makes of some pieces of bytes. */
function read(...pieces: readonly (string | Buffer)[]): { messages: object[]; garbage: string[] } {
  const messages: object[] = [];
  const garbage: string[] = [];
  const reader = new MessageReader({
    message: (message) => messages.push(message),
    garbage: (detail) => garbage.push(detail),
  });
  for (const piece of pieces) reader.take(Buffer.from(piece));
  return { messages, garbage };
}

const framed = (message: object, header = "Content-Length: %\r\n\r\n"): string => {
  const text = JSON.stringify(message);
  return header.replace("%", String(Buffer.byteLength(text))) + text;
};

describe("the reader of messages", () => {
  it("takes headers as clients write them", () => {
    for (const header of [
      "Content-Length: %\r\n\r\n",
      "content-length: %\r\n\r\n",
      "CONTENT-LENGTH: %\r\n\r\n",
      "Content-Length:%\r\n\r\n",
      "Content-Length:\t% \r\n\r\n",
      "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: %\r\n\r\n",
      "Content-Length: %\r\ncontent-type: application/json\r\n\r\n",
      "Content-Length: %\n\n",
    ])
      assert.deepEqual(read(framed({ a: 1 }, header) + framed({ b: 2 }, header)), {
        messages: [{ a: 1 }, { b: 2 }],
        garbage: [],
      });
  });

  it("takes them however they are cut", () => {
    const bytes = Buffer.from(framed({ text: "wörker €😀" }) + framed({ b: 2 }) + framed({ c: 3 }));
    for (let size = 1; size < bytes.length; size++) {
      const pieces: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
      assert.deepEqual(read(...pieces), {
        messages: [{ text: "wörker €😀" }, { b: 2 }, { c: 3 }],
        garbage: [],
      });
    }
  });

  it("tells of what is none, and goes on behind it", () => {
    const good = framed({ good: true });
    const cases: readonly (readonly [string, RegExp])[] = [
      ["this is no message\r\n\r\n", /"this is no message" is no header/],
      ["Content-Length: abc\r\n\r\n", /"abc" is no length/],
      ["Content-Length: -5\r\n\r\n", /"-5" is no length/],
      ["Content-Length: 99999999999999\r\n\r\n{}", /"99999999999999" is no length/],
      ["Content-Type: x\r\n\r\n", /without "Content-Length"/],
      ["Content-Length: 4\r\n\r\nnull", /null is no object/],
      ["Content-Length: 5\r\n\r\n{nope", /JSON.*: \{nope/],
      ["x".repeat(9000), /is no header/],
    ];
    for (const [bad, sentence] of cases) {
      const { messages, garbage } = read(bad + good + good);
      assert.match(garbage[0] ?? "", sentence);
      assert.deepEqual(messages, [{ good: true }, { good: true }], bad.slice(0, 40));
    }
  });

  it("tells of a wrong beginning before it ends", () => {
    assert.match(read("GET / HTTP/1.1\r\n").garbage[0] ?? "", /"GET \/ HTTP\/1.1" is no header/);
    assert.deepEqual(read("Content-Len", "gth: 2\r\n", "\r\n{}"), { messages: [{}], garbage: [] });
  });
});
