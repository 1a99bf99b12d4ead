/** Every request this adapter answers, by its command: what comes in and what goes out. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { CustomRequests, RestartArguments } from "../protocol";

interface Exchange<Arguments, Body> {
  arguments: Arguments;
  body: Body;
}

/** DAP's requests (the specification's chapter "Requests") and the project's own. */
export interface Requests extends CustomRequests {
  initialize: Exchange<DebugProtocol.InitializeRequestArguments, DebugProtocol.Capabilities>;
  launch: Exchange<unknown, void>;
  attach: Exchange<unknown, void>;
  configurationDone: Exchange<unknown, void>;
  restart: Exchange<{ arguments?: unknown } & RestartArguments, void>;
  terminate: Exchange<DebugProtocol.TerminateArguments, void>;
  disconnect: Exchange<DebugProtocol.DisconnectArguments, void>;

  setBreakpoints: Exchange<DebugProtocol.SetBreakpointsArguments, BreakpointsBody>;
  setFunctionBreakpoints: Exchange<DebugProtocol.SetFunctionBreakpointsArguments, BreakpointsBody>;
  setInstructionBreakpoints: Exchange<DebugProtocol.SetInstructionBreakpointsArguments, BreakpointsBody>;
  setExceptionBreakpoints: Exchange<DebugProtocol.SetExceptionBreakpointsArguments, void>;
  breakpointLocations: Exchange<
    DebugProtocol.BreakpointLocationsArguments,
    DebugProtocol.BreakpointLocationsResponse["body"]
  >;

  continue: Exchange<DebugProtocol.ContinueArguments, DebugProtocol.ContinueResponse["body"]>;
  next: Exchange<DebugProtocol.NextArguments, void>;
  stepIn: Exchange<DebugProtocol.StepInArguments, void>;
  stepOut: Exchange<DebugProtocol.StepOutArguments, void>;
  pause: Exchange<DebugProtocol.PauseArguments, void>;

  threads: Exchange<unknown, DebugProtocol.ThreadsResponse["body"]>;
  stackTrace: Exchange<DebugProtocol.StackTraceArguments, DebugProtocol.StackTraceResponse["body"]>;
  scopes: Exchange<DebugProtocol.ScopesArguments, DebugProtocol.ScopesResponse["body"]>;
  variables: Exchange<DebugProtocol.VariablesArguments, DebugProtocol.VariablesResponse["body"]>;
  setVariable: Exchange<DebugProtocol.SetVariableArguments, DebugProtocol.SetVariableResponse["body"]>;
  setExpression: Exchange<DebugProtocol.SetExpressionArguments, DebugProtocol.SetExpressionResponse["body"]>;
  evaluate: Exchange<DebugProtocol.EvaluateArguments, DebugProtocol.EvaluateResponse["body"]>;
  completions: Exchange<DebugProtocol.CompletionsArguments, DebugProtocol.CompletionsResponse["body"]>;
  exceptionInfo: Exchange<DebugProtocol.ExceptionInfoArguments, DebugProtocol.ExceptionInfoResponse["body"]>;

  disassemble: Exchange<DebugProtocol.DisassembleArguments, DebugProtocol.DisassembleResponse["body"]>;
  readMemory: Exchange<DebugProtocol.ReadMemoryArguments, DebugProtocol.ReadMemoryResponse["body"]>;
  writeMemory: Exchange<DebugProtocol.WriteMemoryArguments, DebugProtocol.WriteMemoryResponse["body"]>;
  modules: Exchange<DebugProtocol.ModulesArguments, DebugProtocol.ModulesResponse["body"]>;
  loadedSources: Exchange<unknown, DebugProtocol.LoadedSourcesResponse["body"]>;
}

type BreakpointsBody = DebugProtocol.SetBreakpointsResponse["body"];

/**
 * Answers to some of the requests: the body of the response, or a thrown error, of which respond.ts makes the response.
 */
export type Handlers = {
  [Command in keyof Requests]?: (
    args: Requests[Command]["arguments"],
  ) => Requests[Command]["body"] | Promise<Requests[Command]["body"]>;
};
