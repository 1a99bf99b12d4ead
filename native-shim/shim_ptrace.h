/* Processes, threads, memory and injection: see ptrace.c, inject.c. */
#ifndef FORKPOINT_SHIM_PTRACE_H
#define FORKPOINT_SHIM_PTRACE_H
#endif
