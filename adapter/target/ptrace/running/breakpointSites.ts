/** The traps in a program's code: one per address, however many breakpoints want it. */
import type { MemoryAddress } from "../../addresses";
import { formatAddress } from "../../addresses";
import {
  TargetError,
  type BreakpointToken,
  type ConditionProgram,
  type Memory,
  type TrapRequest,
} from "../../target";
import type { ProcessMemory } from "../processMemory";
import { PATCH_SIZE, shim } from "../shim";
import { encodeCondition } from "./conditionCode";

const TRAP = 0xcc;
const SITE_SIZE = 24;

interface Token {
  readonly address: MemoryAddress;
  readonly condition?: Buffer;
}

function encode(bytes: readonly (readonly [bigint, number])[]): Buffer {
  const patches = Buffer.alloc(bytes.length * PATCH_SIZE);
  bytes.forEach(([address, byte], index) => {
    patches.writeBigUInt64LE(address, index * PATCH_SIZE);
    patches.writeUInt8(byte, index * PATCH_SIZE + 8);
  });
  return patches;
}

interface Site {
  readonly address: MemoryAddress;
  readonly tokens: Set<Token>;
  original: number;
}

/** What fp_run_conditional wants to know of all sites. */
export interface ConditionTable {
  readonly sites: Buffer;
  readonly count: number;
  readonly code: Buffer;
}

/**
 * Owns every trap. `lift` takes them all out (for a copy to be clean), `lower` puts them in (into a fresh copy,
 * too); between the two, sites may come and go.
 */
export class BreakpointSites {
  private readonly sites = new Map<bigint, Site>();
  private lifted = false;
  private table: ConditionTable | undefined;
  private sorted: Buffer | undefined;
  private originals: Buffer | undefined;

  constructor(private memory: ProcessMemory) {}

  /** Works on other memory from now on, in which no trap stands: `lower` inserts them. */
  moveTo(memory: ProcessMemory): void {
    this.memory = memory;
    this.lifted = true;
  }

  /** Forgets everything: the program runs another file. */
  clear(memory: ProcessMemory): void {
    this.sites.clear();
    this.memory = memory;
    this.lifted = false;
    this.changed();
  }

  /** Throws TargetError where no trap can stand. */
  insert(address: MemoryAddress, condition: ConditionProgram | undefined): BreakpointToken {
    const [token] = this.insertAll([{ address, ...(condition ? { condition } : {}) }]);
    if (token === undefined) throw new TargetError(this.whyNoTrap(address));
    return token;
  }

  /** Inserts all in one go; undefined where no trap can stand. */
  insertAll(requests: readonly TrapRequest[]): (BreakpointToken | undefined)[] {
    this.create(requests.map(({ address }) => address).filter((address) => !this.sites.has(address)));
    this.changed();
    return requests.map(({ address, condition }) => {
      const token: Token = { address, ...(condition ? { condition: encodeCondition(condition) } : {}) };
      return this.sites.get(address)?.tokens.add(token) && (token as unknown as BreakpointToken);
    });
  }

  remove(breakpoint: BreakpointToken): void {
    this.removeAll([breakpoint]);
  }

  /** Removes all in one go. */
  removeAll(breakpoints: readonly BreakpointToken[]): void {
    const unused: Site[] = [];
    for (const breakpoint of breakpoints) {
      const token = breakpoint as unknown as Token;
      const site = this.sites.get(token.address);
      if (!site?.tokens.delete(token) || site.tokens.size > 0) continue;
      this.sites.delete(site.address);
      unused.push(site);
    }
    if (!this.lifted) this.patch(unused.map(({ address, original }) => [address, original] as const));
    this.changed();
  }

  /** The byte under the trap at an address; undefined when no trap stands there. */
  originalAt(address: MemoryAddress): number | undefined {
    return this.sites.get(address)?.original;
  }

  /** Whether all traps are out. */
  get areLifted(): boolean {
    return this.lifted;
  }

  /** Whether a hit there is to be decided by a condition of its own alone. */
  isConditional(address: MemoryAddress): boolean {
    const tokens = this.sites.get(address)?.tokens;
    return tokens !== undefined && [...tokens].every((token) => token.condition !== undefined);
  }

  /** Whether any hit may be decided by a condition alone. */
  hasConditions(): boolean {
    for (const { address } of this.sites.values()) if (this.isConditional(address)) return true;
    return false;
  }

  get size(): number {
    return this.sites.size;
  }

  /** How many breakpoints stand at an address. */
  count(address: MemoryAddress): number {
    return this.sites.get(address)?.tokens.size ?? 0;
  }

  /** All addresses, ascending, as fp_step_range takes them. */
  sortedAddresses(): { bytes: Buffer; count: number } {
    if (this.sorted === undefined) {
      const addresses = [...this.sites.keys()].sort((a, b) => (a < b ? -1 : 1));
      this.sorted = Buffer.alloc(Math.max(addresses.length, 1) * 8);
      addresses.forEach((address, index) => this.sorted?.writeBigUInt64LE(address, index * 8));
    }
    return { bytes: this.sorted, count: this.sites.size };
  }

  /** All sites with the conditions that the shim may decide; a site with several breakpoints has none. */
  conditionTable(): ConditionTable {
    if (this.table !== undefined) return this.table;
    const sites = Buffer.alloc(Math.max(this.sites.size, 1) * SITE_SIZE);
    const code: Buffer[] = [];
    let length = 0;
    let at = 0;
    for (const site of this.sites.values()) {
      const [only] = site.tokens;
      const condition = site.tokens.size === 1 && only?.condition ? only.condition : Buffer.alloc(0);
      sites.writeBigUInt64LE(site.address, at);
      sites.writeUInt32LE(site.original, at + 8);
      sites.writeUInt32LE(length, at + 12);
      sites.writeUInt32LE(condition.length, at + 16);
      code.push(condition);
      length += condition.length;
      at += SITE_SIZE;
    }
    this.table = { sites, count: this.sites.size, code: Buffer.concat([...code, Buffer.alloc(1)]) };
    return this.table;
  }

  /** Puts the trap at one address in again, if one is still wanted there. */
  rearm(address: MemoryAddress): void {
    if (!this.lifted && this.sites.has(address)) this.patch([[address, TRAP]]);
  }

  /** Takes all traps out. */
  lift(): void {
    if (this.lifted) return;
    this.patch([...this.sites.values()].map((site) => [site.address, site.original] as const));
    this.lifted = true;
  }

  /** Puts all traps in; takes what stands under each anew, since the code may be another copy's. */
  lower(): void {
    if (!this.lifted) return;
    this.lifted = false;
    const sites = [...this.sites.values()];
    const before = this.patch(sites.map(({ address }) => [address, TRAP] as const));
    sites.forEach((site, index) => (site.original = before[index] ?? site.original));
    this.changed();
  }

  /** Restores the bytes under traps in what was read from `address`. */
  hide(address: MemoryAddress, bytes: Buffer): Buffer {
    if (this.lifted || this.sites.size === 0) return bytes;
    const end = address + BigInt(bytes.length);
    for (const site of this.sites.values())
      if (site.address >= address && site.address < end)
        bytes[Number(site.address - address)] = site.original;
    return bytes;
  }

  /** What may be written at `address` so that traps stay; their bytes underneath become the new ones. */
  keep(address: MemoryAddress, bytes: Uint8Array): Uint8Array {
    if (this.lifted || this.sites.size === 0) return bytes;
    const copy = Uint8Array.from(bytes);
    const end = address + BigInt(bytes.length);
    for (const site of this.sites.values()) {
      if (site.address < address || site.address >= end) continue;
      const offset = Number(site.address - address);
      site.original = copy[offset] ?? site.original;
      copy[offset] = TRAP;
      this.changed();
    }
    return copy;
  }

  /** Takes this process's traps out of another process's memory (a fork of it that is let go). */
  liftFrom(memory: ProcessMemory): void {
    this.patch(
      [...this.sites.values()].map((site) => [site.address, site.original] as const),
      memory,
    );
  }

  /** What takes the traps of now out of a child's memory, also when others have come to stand here since. */
  lifter(): (memory: ProcessMemory) => void {
    // Also while they are out here: the child may have been made before.
    const originals = [...this.sites.values()].map((site) => [site.address, site.original] as const);
    return (memory) => this.patch(originals, memory);
  }

  /** No trap is there any more: somebody else has taken them out, by `cleaning`, or the memory is gone. */
  noteLifted(): void {
    this.lifted = true;
  }

  /** What takes all traps out of a copy of the memory, as fp_patch_memory takes it: empty when they are out. */
  cleaning(): Buffer {
    if (this.lifted) return Buffer.alloc(0);
    return (this.originals ??= encode([...this.sites.values()].map((site) => [site.address, site.original])));
  }

  private create(addresses: readonly MemoryAddress[]): void {
    // While traps are out, what is there is written again, to see that one can stand there.
    const wanted = addresses.flatMap((address): [MemoryAddress, number][] => {
      const byte = this.lifted ? this.memory.read(address, 1)[0] : TRAP;
      return byte === undefined ? [] : [[address, byte]];
    });
    const before = new Map(this.patch(wanted).map((byte, index) => [wanted[index]?.[0], byte]));
    addresses.forEach((address) => {
      const original = before.get(address);
      if (original !== undefined) this.sites.set(address, { address, tokens: new Set(), original });
    });
  }

  private whyNoTrap(address: MemoryAddress): string {
    const why =
      this.memory.read(address, 1).length === 0 ? "there is no memory" : "the memory cannot be written";
    return `Cannot set a breakpoint at ${formatAddress(address)}: ${why}.`;
  }

  /** Writes bytes. Gives for each what was there before; undefined where it could not be written. */
  private patch(
    bytes: readonly (readonly [bigint, number])[],
    memory: ProcessMemory = this.memory,
  ): (number | undefined)[] {
    if (bytes.length === 0) return [];
    const patches = encode(bytes);
    shim.patchMemory(memory.descriptor, patches, bytes.length);
    return bytes.map((_, index) => {
      const written = patches.readUInt8(index * PATCH_SIZE + 10) === 1;
      return written ? patches.readUInt8(index * PATCH_SIZE + 9) : undefined;
    });
  }

  private changed(): void {
    this.table = undefined;
    this.sorted = undefined;
    this.originals = undefined;
  }
}

/** A program's memory as the debugger sees it: without the traps. */
export class TraplessMemory implements Memory {
  /** `written` is called for every write. */
  constructor(
    private readonly memory: () => ProcessMemory,
    private readonly sites: BreakpointSites,
    private readonly written: () => void,
  ) {}

  read(address: MemoryAddress, length: number): Buffer {
    return this.sites.hide(address, this.memory().read(address, length));
  }

  write(address: MemoryAddress, bytes: Uint8Array): void {
    this.written();
    this.memory().write(address, this.sites.keep(address, bytes));
  }
}
