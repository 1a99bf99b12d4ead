/** Requests that set breakpoints. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { exceptionFilters, type ExceptionFilter } from "../debugger/breakpoints/exceptions";
import { UserError, type BreakpointState, type InstructionBreakpointSpec } from "../debugger/types";
import { offsetBy } from "../target/addresses";
import { list, optionalWholeNumber, sourcePath, text, wholeNumber, type SessionContext } from "./context";
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
      const specs = sourceBreakpoints(args).map(toSpec);
      return answer(specs, () => context.debugger.setSourceBreakpoints(path, specs));
    },
    setFunctionBreakpoints({ breakpoints }) {
      const specs = list(breakpoints, "breakpoints").map((each) => ({
        ...conditionsOf(each),
        name: text(each.name, "name"),
      }));
      return answer(specs, () => context.debugger.setFunctionBreakpoints(specs));
    },
    setInstructionBreakpoints({ breakpoints }) {
      const specs = list(breakpoints, "breakpoints").map(toInstructionSpec);
      const good = specs.filter((spec) => typeof spec !== "string");
      if (context.noDebug) return answer(specs, () => []);
      const states = context.debugger.setInstructionBreakpoints(good).map(toBreakpoint);
      const refused = (message: string) => [{ verified: false, message }];
      return {
        breakpoints: specs.flatMap((spec) =>
          typeof spec === "string" ? refused(spec) : states.splice(0, 1),
        ),
      };
    },
    setExceptionBreakpoints({ filters }) {
      const wanted = exceptionFiltersIn(filters ?? []);
      if (!context.noDebug) context.debugger.setExceptionBreakpoints(wanted);
    },
    breakpointLocations({ source, line, endLine }) {
      const from = wholeNumber(line, "line");
      const to = optionalWholeNumber(endLine, "endLine", from);
      const lines = context.debugger.breakpointLocations(sourcePath(source), from, to);
      return { breakpoints: lines.map((each) => ({ line: each })) };
    },
  };
}

/** An older client sends lines only. */
function sourceBreakpoints({
  breakpoints,
  lines,
}: DebugProtocol.SetBreakpointsArguments): readonly DebugProtocol.SourceBreakpoint[] {
  if (breakpoints !== undefined) return list(breakpoints, "breakpoints");
  const given: unknown = lines ?? [];
  if (!Array.isArray(given)) throw new UserError(`"lines" must be a list.`);
  return given.map((line) => ({ line: wholeNumber(line, "lines") }));
}

function exceptionFiltersIn(filters: unknown): ExceptionFilter[] {
  if (!Array.isArray(filters)) throw new UserError(`"filters" must be a list.`);
  return filters.map((filter) => exceptionFilter(text(filter, "filters")));
}

function exceptionFilter(wanted: string): ExceptionFilter {
  const found = exceptionFilters.find(({ id }) => id === wanted);
  if (found) return found;
  const known = exceptionFilters.map(({ id }) => id).join(", ");
  throw new UserError(
    `There is no exception filter "${wanted}", there are ${known}; every signal but the routine ones stops without one.`,
  );
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

/** A sentence for one that cannot be understood: the others are set all the same. */
function toInstructionSpec(
  breakpoint: DebugProtocol.InstructionBreakpoint,
): InstructionBreakpointSpec | string {
  try {
    const { instructionReference } = breakpoint;
    const address = parseAddress(text(instructionReference, "instructionReference"));
    if (address === undefined) return `"${instructionReference}" is not the address of an instruction.`;
    const offset = optionalWholeNumber(breakpoint.offset, "offset", 0);
    return { ...conditionsOf(breakpoint), address: offsetBy(address, offset) };
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}
