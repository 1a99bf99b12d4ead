/** DAP's base protocol, as it comes in: from bytes, however they were cut, to messages. */

/** Longest stretch of bytes without an end of a header that is taken for the beginning of one. */
const LONGEST_HEADER = 4096;
/** Of a longer stretch, what is kept: a header may begin there. */
const KEPT = 64;
/** Longest message, in bytes: more is a wrong number. */
const LONGEST_MESSAGE = 1 << 29;
/** How much of what is wrong a sentence shows. */
const SHOWN = 60;

/** What a reader tells. */
export interface MessageListener {
  message(message: object): void;
  /** What came was no message; `detail` says what was wrong. Reading goes on behind it. */
  garbage(detail: string): void;
}

/**
 * Takes the bytes of a connection (DAP's "Base Protocol": header fields, each ended by CR LF, an empty line, then as many
 * bytes of JSON as `Content-Length` says). As in HTTP, names of fields are read in any case, and the space behind the
 * colon may be missing (RFC 9110, section 5.1; RFC 9112, section 5).
 */
export class MessageReader {
  private pieces: Buffer[] = [];
  private size = 0;
  /** Of the message whose header was read. */
  private length: number | undefined;
  /** The header that is being read was told to be none. */
  private isTold = false;

  constructor(private readonly listener: MessageListener) {}

  /** Takes the next bytes. Calls the listener for what is whole. */
  take(data: Buffer): void {
    this.pieces.push(data);
    this.size += data.length;
    while (this.length === undefined ? this.readHeader() : this.readBody(this.length));
  }

  /** All bytes that wait, as one piece. */
  private waiting(): Buffer {
    const [first, second] = this.pieces;
    if (first === undefined) return Buffer.alloc(0);
    if (second === undefined) return first;
    const whole = Buffer.concat(this.pieces);
    this.pieces = [whole];
    return whole;
  }

  private keepFrom(bytes: Buffer, start: number): void {
    this.pieces = start < bytes.length ? [bytes.subarray(start)] : [];
    this.size = bytes.length - start;
  }

  /** Whether there was a header, or so much else that it was dropped. */
  private readHeader(): boolean {
    const bytes = this.waiting();
    const text = bytes.toString("latin1", 0, LONGEST_HEADER);
    const end = /\r?\n\r?\n/.exec(text);
    if (!end) {
      this.judge(text);
      if (text.length < LONGEST_HEADER) return false;
      this.keepFrom(bytes, LONGEST_HEADER - KEPT);
      return true;
    }
    const header = text.slice(0, end.index);
    this.judge(`${header}\r\n`);
    this.keepFrom(bytes, end.index + end[0].length);
    this.length = this.lengthIn(header);
    this.isTold = false;
    return true;
  }

  /** Tells of a header that begins as none does, once it can be seen. */
  private judge(text: string): void {
    const [line = ""] = text.split(/\r?\n/, 1);
    if (this.isTold || (line.length === text.length && text.length < 16)) return;
    if (/^[\w-]+[ \t]*:/.test(line) && (text.length < 16 || /^Content-/i.test(line))) return;
    this.tell(`"${line.slice(0, SHOWN)}" is no header of a message`);
  }

  /** What the header says, also where something else was written in front of it. */
  private lengthIn(header: string): number | undefined {
    const field = /.*content-length[ \t]*:([^\r\n]*)/is.exec(header)?.[1]?.trim();
    if (field === undefined) return this.tell(`a header without "Content-Length"`);
    const length = /^\d+$/.test(field) ? Number(field) : NaN;
    if (length <= LONGEST_MESSAGE) return length;
    return this.tell(`"${field.slice(0, SHOWN)}" is no length of a message`);
  }

  /** Once for each header. */
  private tell(detail: string): undefined {
    if (!this.isTold) this.listener.garbage(detail);
    this.isTold = true;
  }

  /** Whether the whole body was there. */
  private readBody(length: number): boolean {
    if (this.size < length) return false;
    const bytes = this.waiting();
    const text = bytes.toString("utf8", 0, length);
    this.keepFrom(bytes, length);
    this.length = undefined;
    if (text !== "") this.parse(text);
    return this.size > 0;
  }

  private parse(text: string): void {
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch (error) {
      this.listener.garbage(
        `${error instanceof Error ? error.message : String(error)}: ${text.slice(0, SHOWN)}`,
      );
      return;
    }
    if (typeof message === "object" && message !== null) this.listener.message(message);
    else this.listener.garbage(`${text.slice(0, SHOWN)} is no object`);
  }
}
