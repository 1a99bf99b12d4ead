/* A user and a pid namespace for a program. Shared inside the shim. */
#ifndef FORKPOINT_NAMESPACE_H
#define FORKPOINT_NAMESPACE_H

#include <sys/types.h>

/*
 * As fork(2), but the child is in namespaces of its own, where it may choose the ids of processes; it has the
 * user and group ids of before there. Its parent is the caller's. init: the first process there, which reaps,
 * and with which everything there ends. -1 with errno when the system does not allow it.
 */
pid_t fp_fork_in_namespace(pid_t *init);

#endif
