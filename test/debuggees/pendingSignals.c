// Signals wait, for threads and for the process, some with data; the debugger stops it at `checkpoint_here`.
// They must come in their order, with all their data, and once. EXIT-SUCCESS when they do.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 3 };

static int failed;
static pthread_barrier_t sent, checked;
static pthread_t threads[THREADS];

#define CHECK(what)                                                                                          \
    do                                                                                                       \
        if (!(what)) {                                                                                       \
            failed = 1;                                                                                      \
            printf("%d: %s (code %d, from %d)\n", __LINE__, #what, info.si_code, info.si_pid);               \
        }                                                                                                    \
    while (0)

void checkpoint_here(void) { asm volatile(""); }

static int next(sigset_t set, siginfo_t *info) {
    struct timespec none = {0, 0};
    memset(info, 0, sizeof *info);
    return sigtimedwait(&set, info, &none);
}

static sigset_t only(int number) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    return set;
}

static void check_queue(int first, int count, int number) {
    siginfo_t info;
    for (int i = 0; i < count; i++) {
        CHECK(next(only(number), &info) == number);
        CHECK(info.si_code == SI_QUEUE && info.si_value.sival_int == first + i && info.si_uid == getuid());
    }
    CHECK(next(only(number), &info) == -1 && errno == EAGAIN);
}

static void *wait_with_signals(void *argument) {
    const int mine = (int)(long)argument;
    siginfo_t info;
    pthread_barrier_wait(&sent);
    pthread_barrier_wait(&checked);
    check_queue(1000 * mine, 5, SIGRTMIN + 1);
    CHECK(next(only(SIGUSR2), &info) == SIGUSR2 && info.si_pid == getpid());
    return NULL;
}

int main(int argc, char **argv) {
    const int rounds = argc > 1 ? argv[1][0] - '0' : 1;
    sigset_t all;
    siginfo_t info;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    pthread_barrier_init(&sent, NULL, THREADS + 1);
    pthread_barrier_init(&checked, NULL, THREADS + 1);
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, wait_with_signals, (void *)i);
    pthread_barrier_wait(&sent);
    for (int i = 0; i < THREADS; i++) {
        for (int k = 0; k < 5; k++)
            pthread_sigqueue(threads[i], SIGRTMIN + 1, (union sigval){.sival_int = 1000 * i + k});
        pthread_kill(threads[i], SIGUSR2);
    }
    for (int k = 0; k < 100; k++)
        sigqueue(getpid(), SIGRTMIN + 2, (union sigval){.sival_int = k});
    sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 77});
    raise(SIGTERM);
    /* One that has a sender of its own making, as the kernel's own have. */
    siginfo_t made = {.si_signo = SIGHUP, .si_code = SI_MESGQ, .si_pid = 4711, .si_uid = 4712};
    syscall(SYS_rt_sigqueueinfo, getpid(), SIGHUP, &made);
    alarm(1);
    while (sigpending(&all), !sigismember(&all, SIGALRM))
        ;
    for (int i = 0; i < rounds; i++)
        checkpoint_here();
    CHECK(next(only(SIGALRM), &info) == SIGALRM && info.si_code == SI_KERNEL);
    check_queue(0, 100, SIGRTMIN + 2);
    CHECK(next(only(SIGUSR1), &info) == SIGUSR1 && info.si_value.sival_int == 77);
    CHECK(next(only(SIGTERM), &info) == SIGTERM && info.si_pid == getpid());
    CHECK(next(only(SIGHUP), &info) == SIGHUP && info.si_code == SI_MESGQ && info.si_pid == 4711 &&
          info.si_uid == 4712);
    pthread_barrier_wait(&checked);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CHECK(sigpending(&all) == 0 && !sigismember(&all, SIGUSR2));
    puts(failed ? "FAILED" : "EXIT-SUCCESS");
    return failed;
}
