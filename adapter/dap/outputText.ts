/** The program's bytes as text, whatever way they were cut when they were read. */
import { StringDecoder } from "node:string_decoder";

export class OutputText {
  private readonly decoders = new Map<string, StringDecoder>();

  /** The text that is whole so far; the first bytes of a character wait for the rest of it. */
  decode(stream: string, bytes: Buffer): string {
    let decoder = this.decoders.get(stream);
    if (!decoder) this.decoders.set(stream, (decoder = new StringDecoder("utf8")));
    return decoder.write(bytes);
  }

  /** What is left of each stream when nothing more can come: cut characters as replacement characters. */
  flush(): { stream: string; text: string }[] {
    const rest = [...this.decoders].map(([stream, decoder]) => ({ stream, text: decoder.end() }));
    return rest.filter(({ text }) => text !== "");
  }
}
