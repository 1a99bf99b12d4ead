/** How a client counts lines and columns, and names files: as it said in `initialize`. Inside, both count from 1, and files have paths. */
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { UserError } from "../debugger/types";
import { isObject } from "./configurationReader";
import { withConfiguration } from "./requestArguments";

type Abilities = Partial<DebugProtocol.InitializeRequestArguments>;

const lineKeys: ReadonlySet<string | undefined> = new Set(["line", "endLine", "lines"]);
const columnKeys: ReadonlySet<string | undefined> = new Set(["column", "endColumn"]);
/** Where DAP has a Source, or a list of them. */
const sourceKeys: ReadonlySet<string | undefined> = new Set(["source", "sources", "location"]);

export class ClientFormat {
  private readonly lineShift: number;
  private readonly columnShift: number;
  private readonly hasUris: boolean;

  /** Throws UserError for a format of paths that DAP does not have. */
  constructor({ linesStartAt1, columnsStartAt1, pathFormat = "path" }: Abilities = {}) {
    if (pathFormat !== "path" && pathFormat !== "uri")
      throw new UserError(`"pathFormat" must be "path" or "uri", not ${JSON.stringify(pathFormat)}.`);
    this.lineShift = linesStartAt1 === false ? 1 : 0;
    this.columnShift = columnsStartAt1 === false ? 1 : 0;
    this.hasUris = pathFormat === "uri";
  }

  /** A request of the client's, as the adapter writes it; what is in a configuration stays. */
  toAdapter(request: DebugProtocol.Request): DebugProtocol.Request {
    if (this.isAdapters || withConfiguration.has(request.command)) return request;
    return { ...request, arguments: this.convert(request.arguments, 1) };
  }

  /** The body of a response or event of the adapter's, as the client writes it. */
  toClient(body: unknown): unknown {
    return this.isAdapters ? body : this.convert(body, -1);
  }

  private get isAdapters(): boolean {
    return this.lineShift === 0 && this.columnShift === 0 && !this.hasUris;
  }

  /** @param key what the value, or the list that it is in, is called. */
  private convert(value: unknown, direction: 1 | -1, key?: string): unknown {
    if (Array.isArray(value)) return value.map((each) => this.convert(each, direction, key));
    if (typeof value === "number") return shifted(value, direction * this.shiftOf(key));
    if (!isObject(value)) return value;
    const entries = Object.entries(value).map(([name, each]) => {
      if (name === "path" && sourceKeys.has(key) && typeof each === "string")
        return [name, this.file(each, direction)];
      // The column where a completion begins; of variables `start` is another thing.
      if (name === "start" && key === "targets") return [name, this.convert(each, direction, "column")];
      return [name, this.convert(each, direction, name)];
    });
    return Object.fromEntries(entries) as unknown;
  }

  private shiftOf(key: string | undefined): number {
    if (lineKeys.has(key)) return this.lineShift;
    return columnKeys.has(key) ? this.columnShift : 0;
  }

  private file(name: string, direction: 1 | -1): string {
    if (!this.hasUris) return name;
    if (direction === -1) return path.isAbsolute(name) ? pathToFileURL(name).href : name;
    try {
      return fileURLToPath(name);
    } catch {
      // A path, or a URI of what is no file here.
      return name;
    }
  }
}

/** The adapter's 0 is no line or column: DAP has it where there is no source. */
function shifted(value: number, by: number): number {
  return by < 0 && value < 1 ? value : value + by;
}
