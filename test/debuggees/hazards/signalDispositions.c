// stresses: signal dispositions that change: handlers, ignored, default, one-shot, masks and flags of them
#include "hazard.h"

static volatile int first, second;

static void on_first(int number, siginfo_t *info, void *context) {
    (void)number, (void)info, (void)context;
    first++;
}

static void on_second(int number, siginfo_t *info, void *context) {
    (void)number, (void)info, (void)context;
    second++;
}

int main(void) {
    struct sigaction now;
    handle(SIGUSR1, on_first, SA_RESETHAND);
    signal(SIGUSR2, SIG_IGN);
    checkpoint_here();
    OK(raise(SIGUSR1));
    OK(raise(SIGUSR2));
    OK(sigaction(SIGUSR1, NULL, &now));
    CHECK(first == 1 && now.sa_handler == SIG_DFL);
    checkpoint_here();
    struct sigaction action = {.sa_sigaction = on_second, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART};
    action.sa_mask = set_of(SIGTERM);
    OK(sigaction(SIGUSR1, &action, NULL));
    checkpoint_here();
    OK(raise(SIGUSR1));
    OK(sigaction(SIGUSR1, NULL, &now));
    CHECK(second == 1 && now.sa_sigaction == on_second && sigismember(&now.sa_mask, SIGTERM));
    CHECK((now.sa_flags & (SA_SIGINFO | SA_NODEFER | SA_RESTART)) == (SA_SIGINFO | SA_NODEFER | SA_RESTART));
    OK(sigaction(SIGUSR2, NULL, &now));
    CHECK(now.sa_handler == SIG_IGN);
    return succeed();
}
