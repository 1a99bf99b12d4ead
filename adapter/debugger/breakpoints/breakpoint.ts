/** One breakpoint of the user's, and where it stands in the program. */
import type { MemoryAddress } from "../../target/addresses";
import type { BreakpointToken } from "../../target/target";
import { UserError } from "../types";
import type {
  BreakpointState,
  FunctionBreakpointSpec,
  InstructionBreakpointSpec,
  LoadedModule,
  SourceBreakpointSpec,
} from "../types";
import type { ExceptionFilter } from "./exceptions";
import { parseHitCondition, type HitCondition } from "./hitCondition";
import { parseLogMessage, type LogPart } from "./logMessage";

export type BreakpointWish =
  | { readonly kind: "source"; readonly path: string; readonly spec: SourceBreakpointSpec }
  | { readonly kind: "function"; readonly spec: FunctionBreakpointSpec }
  | { readonly kind: "instruction"; readonly spec: InstructionBreakpointSpec }
  /** Not told of as a breakpoint. */
  | { readonly kind: "exception"; readonly filter: ExceptionFilter; readonly spec: FunctionBreakpointSpec };

export interface BreakpointLocation {
  readonly module: LoadedModule | undefined;
  readonly address: MemoryAddress;
  /** How many of the inlined calls at the address are inside the frame that the breakpoint is about. */
  readonly callsInside: number;
  /** Absent when the trap could not be inserted. */
  readonly token?: BreakpointToken;
}

/** An address at which a breakpoint belongs. */
export interface BreakpointPlace {
  readonly module: LoadedModule | undefined;
  readonly address: MemoryAddress;
  /** Of a function's name: its own code begins here, and not only an inlined call of it. */
  readonly isWhole?: boolean;
}

/** Where a breakpoint belongs by the modules that are loaded: its addresses, or a sentence why there are none. */
export interface Resolution {
  readonly places: readonly BreakpointPlace[];
  readonly line?: number;
  readonly message?: string;
}

export class Breakpoint {
  locations: BreakpointLocation[] = [];
  hits = 0;
  line: number | undefined;
  /** Why it has no place yet, or what is wrong with it. */
  message: string | undefined;
  /** An expression of it cannot be parsed where it belongs: it is not inserted. */
  syntaxProblem: string | undefined;
  /** What its condition failed with at the last hit. */
  conditionProblem: string | undefined;
  readonly hitCondition: HitCondition;
  readonly log: readonly LogPart[] | undefined;
  /** A spec that cannot be understood: it is never inserted. */
  readonly specProblem: string | undefined;

  constructor(
    readonly id: number,
    readonly wish: BreakpointWish,
  ) {
    const { spec } = wish;
    try {
      this.hitCondition = parseHitCondition(spec.hitCondition);
      const message = "logMessage" in spec ? spec.logMessage : undefined;
      this.log = message === undefined || message === "" ? undefined : parseLogMessage(message);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.hitCondition = () => false;
      this.specProblem = error.message;
    }
  }

  /** See BreakpointLocation.callsInside. */
  callsInsideAt(address: MemoryAddress): number {
    return this.locations.find((location) => location.address === address)?.callsInside ?? 0;
  }

  /** Empty conditions are none. */
  get condition(): string | undefined {
    const text = this.wish.spec.condition?.trim();
    return text === "" ? undefined : text;
  }

  standsAt(address: MemoryAddress): boolean {
    return this.locations.some((location) => location.address === address);
  }

  state(): BreakpointState {
    const inserted = this.locations.find((location) => location.token !== undefined);
    const message = this.specProblem ?? this.syntaxProblem ?? this.conditionProblem ?? this.message;
    return {
      id: this.id,
      verified: inserted !== undefined,
      ...(message === undefined ? {} : { message }),
      ...(this.wish.kind === "source"
        ? { path: this.wish.path, line: this.line ?? this.wish.spec.line }
        : {}),
      ...(inserted === undefined ? {} : { address: inserted.address }),
    };
  }
}

/** Whether two wishes are the same breakpoint, so that its id and hit count stay. */
export function sameWish(a: BreakpointWish, b: BreakpointWish): boolean {
  return wishKey(a) === wishKey(b);
}

function wishKey(wish: BreakpointWish): string {
  const { spec } = wish;
  const place =
    wish.kind === "source"
      ? `${wish.path}:${wish.spec.line}:${wish.spec.column ?? 0}:${wish.spec.logMessage ?? ""}`
      : wish.kind === "function" || wish.kind === "exception"
        ? wish.spec.name
        : wish.spec.address.toString();
  return JSON.stringify([wish.kind, place, spec.condition ?? "", spec.hitCondition ?? ""]);
}
