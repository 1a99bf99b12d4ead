import type { Checkpoint } from "../../adapter/protocol";

/** A checkpoint as the adapter would tell of it, with what a test wants different. */
export function checkpoint(changes: Partial<Checkpoint> = {}): Checkpoint {
  return {
    id: 1,
    kind: "manual",
    processId: 4711,
    copyProcessId: 4712,
    threads: [{ id: 1, name: "demo", tid: 4711 }],
    functionName: "main",
    source: { name: "demo.c", path: "/src/demo.c" },
    line: 42,
    instructionPointerReference: "0x401136",
    createdAt: new Date(2026, 10, 24, 14, 3, 22).toISOString(),
    stopReason: "breakpoint",
    fidelity: [],
    ...changes,
  };
}
