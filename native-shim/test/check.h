/* What the shim's own tests are made with. */
#ifndef FORKPOINT_CHECK_H
#define FORKPOINT_CHECK_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Ends the test with the place and errno of what does not hold. */
#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: %s (errno %d)\n", __FILE__, __LINE__, #condition, errno);                \
            exit(1);                                                                                         \
        }                                                                                                    \
    } while (0)

#endif
