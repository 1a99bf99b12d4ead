/** The tables of methods by which Rust's values of unknown type are used, which the compiler describes as variables. */
import type { FileAddress } from "../target/addresses";
import type { DebugData } from "./debugData";
import type { Die } from "./dies";
import { At, Named, Op } from "./dwarf";
import type { Locations } from "./locations";
import type { Type } from "./sourceTypes";
import type { TypeReader } from "./typeReader";
import type { DieReference } from "./types";

/** `<u32 as shapes::Shape>::{vtable}`. */
const BEGINNING = "<";
const END = "::{vtable}";

export class MethodTables {
  /** More than one type: tables that are alike may have been made one. */
  private types: Map<bigint, DieReference[]> | undefined;

  constructor(
    private readonly data: DebugData,
    private readonly locations: Locations,
    private readonly reader: TypeReader,
  ) {}

  /** The type that the table at an address is for; undefined: there is none, or it may be any of several. */
  at(address: FileAddress): Type | undefined {
    this.types ??= this.read();
    const types = (this.types.get(address) ?? []).flatMap((reference) => this.reader.type(reference) ?? []);
    const names = new Set(types.map(({ displayName }) => displayName));
    return names.size === 1 ? types[0] : undefined;
  }

  private read(): Map<bigint, DieReference[]> {
    const names = this.data
      .namesStartingWith(BEGINNING, Named.variable)
      .filter(({ name }) => name.endsWith(END));
    const tables = [...new Set(names.map(({ name }) => name))].flatMap((name) =>
      this.data.named(name, Named.variable),
    );
    const types = new Map<bigint, DieReference[]>();
    for (const [address, type] of tables.flatMap(({ die }) => this.entryOf(die)))
      types.set(address, [...(types.get(address) ?? []), type]);
    return types;
  }

  /** The type of a table says what it is for. */
  private entryOf(table: Die): (readonly [bigint, DieReference])[] {
    const [op] = this.locations.expression(table.reference, At.location) ?? [];
    const record = table.typeReference === undefined ? undefined : this.data.node(table.typeReference);
    const type = record?.referenceTo(At.containingType);
    return (op?.code === Op.addr || op?.code === Op.addrx) && type !== undefined ? [[op.operand1, type]] : [];
  }
}
