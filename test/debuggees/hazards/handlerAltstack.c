// stresses: handlers on alternate signal stacks, one for each thread
// builds: default static
#include "hazard.h"

static __thread char *stack;
static __thread volatile int handled;
enum { SIZE = 65536 };

static void on_signal(int number, siginfo_t *info, void *context) {
    char here;
    stack_t now;
    (void)number, (void)info, (void)context;
    CHECK(&here > stack && &here < stack + SIZE);
    checkpoint_here();
    CHECK(sigaltstack(NULL, &now) == 0 && now.ss_flags == SS_ONSTACK);
    handled++;
}

static void *use(void *unused) {
    stack_t now, wanted = {.ss_size = SIZE};
    CHECK((stack = malloc(SIZE)) != NULL);
    wanted.ss_sp = stack;
    OK(sigaltstack(&wanted, NULL));
    checkpoint_here();
    OK(pthread_kill(pthread_self(), SIGUSR1));
    checkpoint_here();
    OK(pthread_kill(pthread_self(), SIGUSR1));
    CHECK(handled == 2);
    OK(sigaltstack(NULL, &now));
    CHECK(now.ss_sp == stack && now.ss_size == SIZE && now.ss_flags == 0);
    return unused;
}

int main(void) {
    handle(SIGUSR1, on_signal, SA_ONSTACK);
    pthread_t threads[] = {start(use, NULL), start(use, NULL)};
    use(NULL);
    join(threads[0]);
    join(threads[1]);
    return succeed();
}
