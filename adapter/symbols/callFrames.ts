/** Call frame information: how each register of the caller is found. */
import { fileAddress } from "../target/addresses";
import type { FileAddress } from "../target/addresses";
import { readOps } from "./locations";
import type { AnswerReader, ShimModule } from "./shim";
import type { CallFrameRules, RegisterRule } from "./types";

/** FP_RULE_* of shim_symbols.h. */
const kinds = ["undefined", "sameValue", "savedAt", "value"] as const;

function readRule(reader: AnswerReader): readonly [number, RegisterRule] {
  const register = reader.u32();
  const kind = kinds[reader.u32()] ?? "undefined";
  const ops = readOps(reader);
  return [register, kind === "savedAt" || kind === "value" ? { kind, ops } : { kind }];
}

function readRules(reader: AnswerReader): CallFrameRules {
  const range = { low: fileAddress(reader.u64()), high: fileAddress(reader.u64()) };
  const returnAddressRegister = reader.u32();
  const signalFrame = reader.u32() !== 0;
  const cfa = readOps(reader);
  const rules = Array.from({ length: reader.u32() }, () => readRule(reader));
  const registers = new Map(rules.filter(([, rule]) => rule.kind !== "sameValue"));
  return { range, cfa, registers, returnAddressRegister, signalFrame };
}

export class CallFrames {
  private readonly known = new Map<FileAddress, CallFrameRules | undefined>();

  constructor(private readonly shim: ShimModule) {}

  at(address: FileAddress): CallFrameRules | undefined {
    if (!this.known.has(address)) {
      if (this.known.size > 10_000) this.known.clear();
      const reader = this.shim.callFrame(address);
      this.known.set(address, reader && readRules(reader));
    }
    return this.known.get(address);
  }
}
