/** Requests that set breakpoints. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { UserError, type BreakpointState } from "../debugger/types";
import { offsetBy } from "../target/addresses";
import { optionalWholeNumber, sourcePath, text, wholeNumber, type SessionContext } from "./context";
import { parseAddress, toBreakpoint } from "./convert";
import type { Handlers } from "./requests";

type Body = DebugProtocol.SetBreakpointsResponse["body"];

export function breakpointRequests(context: SessionContext): Handlers {
  /** Each list replaces what was there; without debugging nothing is set. */
  const answer = (wanted: readonly unknown[], set: () => BreakpointState[]): Body => {
    if (!context.noDebug) return { breakpoints: set().map(toBreakpoint) };
    return {
      breakpoints: wanted.map(() => ({ verified: false, message: "The program runs without debugging." })),
    };
  };

  return {
    setBreakpoints(args) {
      const path = sourcePath(args.source);
      const specs = (args.breakpoints ?? (args.lines ?? []).map((line) => ({ line }))).map(toSpec);
      return answer(specs, () => context.debugger.setSourceBreakpoints(path, specs));
    },
    setFunctionBreakpoints({ breakpoints }) {
      const specs = list(breakpoints).map((each) => ({
        ...conditionsOf(each),
        name: text(each.name, "name"),
      }));
      return answer(specs, () => context.debugger.setFunctionBreakpoints(specs));
    },
    setInstructionBreakpoints({ breakpoints }) {
      const specs = list(breakpoints).map(toInstructionSpec);
      return answer(specs, () => context.debugger.setInstructionBreakpoints(specs));
    },
    setExceptionBreakpoints({ filters }) {
      const [filter] = filters ?? [];
      if (filter !== undefined)
        throw new UserError(
          `There is no exception filter "${filter}": every signal but the routine ones stops.`,
        );
    },
    breakpointLocations({ source, line, endLine }) {
      const from = wholeNumber(line, "line");
      const to = optionalWholeNumber(endLine, "endLine", from);
      const lines = context.debugger.breakpointLocations(sourcePath(source), from, to);
      return { breakpoints: lines.map((each) => ({ line: each })) };
    },
  };
}

function list<T>(breakpoints: readonly T[] | undefined): readonly T[] {
  const isList: boolean = Array.isArray(breakpoints);
  if (breakpoints === undefined || !isList) throw new UserError(`"breakpoints" must be a list.`);
  return breakpoints;
}

function conditionsOf({ condition, hitCondition }: { condition?: string; hitCondition?: string }) {
  return {
    ...(condition ? { condition: text(condition, "condition") } : {}),
    ...(hitCondition ? { hitCondition: text(hitCondition, "hitCondition") } : {}),
  };
}

function toSpec(breakpoint: DebugProtocol.SourceBreakpoint) {
  const { line, column, logMessage } = breakpoint;
  return {
    line: wholeNumber(line, "line"),
    ...(column === undefined ? {} : { column: wholeNumber(column, "column") }),
    ...(logMessage ? { logMessage: text(logMessage, "logMessage") } : {}),
    ...conditionsOf(breakpoint),
  };
}

function toInstructionSpec(breakpoint: DebugProtocol.InstructionBreakpoint) {
  const address = parseAddress(breakpoint.instructionReference);
  if (address === undefined)
    throw new UserError(`"${breakpoint.instructionReference}" is not the address of an instruction.`);
  const offset = optionalWholeNumber(breakpoint.offset, "offset", 0);
  return { ...conditionsOf(breakpoint), address: offsetBy(address, offset) };
}
