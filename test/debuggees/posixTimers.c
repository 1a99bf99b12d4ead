// POSIX timers of several kinds, with gaps in their ids (the first is the argument), run when the debugger
// stops it at `checkpoint_here`. They must be there with their ids, and tell whom they told before.
// EXIT-SUCCESS when they do.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { KINDS = 6 };

static int ids[KINDS], failed;
static volatile int told_thread, told_value, called, thread_ready, done, cpu_told;
static volatile pid_t worker_tid;
static _Thread_local int is_worker;

void checkpoint_here(void) { asm volatile(""); }

static void check(int good, const char *what, int number) {
    if (good)
        return;
    printf("%s %d\n", what, number);
    failed = 1;
}

static void on_signal(int number, siginfo_t *info, void *context) {
    (void)context;
    if (number == SIGRTMIN + 3) {
        told_thread = is_worker;
        told_value = info->si_value.sival_int;
    } else
        cpu_told++;
}

static void by_thread(union sigval value) { called = value.sival_int; }

static void *work(void *argument) {
    is_worker = 1;
    worker_tid = gettid();
    thread_ready = 1;
    while (!done)
        usleep(1000);
    return argument;
}

static int make(clockid_t clock, struct sigevent *event) {
    int id = -1;
    check(syscall(SYS_timer_create, clock, event, &id) == 0, "timer_create", errno);
    return id;
}

static void set(int id, long seconds, long milliseconds, long interval) {
    struct itimerspec times = {{interval, 0}, {seconds, milliseconds * 1000000}};
    check(syscall(SYS_timer_settime, id, 0, &times, NULL) == 0, "timer_settime", id);
}

static double left(int id, long *interval) {
    struct itimerspec times = {{0, 0}, {0, 0}};
    check(syscall(SYS_timer_gettime, id, &times) == 0, "timer_gettime", id);
    *interval = times.it_interval.tv_sec;
    return (double)times.it_value.tv_sec + (double)times.it_value.tv_nsec / 1e9;
}

static void leave_gap(int count) {
    struct sigevent none = {.sigev_notify = SIGEV_NONE};
    for (int i = 0; i < count; i++)
        syscall(SYS_timer_delete, make(CLOCK_MONOTONIC, &none));
}

int main(int argc, char **argv) {
    pthread_t worker;
    timer_t library;
    long interval;
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigaction(SIGRTMIN + 3, &action, NULL);
    sigaction(SIGRTMIN + 4, &action, NULL);
    pthread_create(&worker, NULL, work, NULL);
    while (!thread_ready)
        ;
    struct sigevent none = {.sigev_notify = SIGEV_NONE};
    struct sigevent plain = {.sigev_signo = SIGRTMIN + 4};
    struct sigevent to_thread = {.sigev_signo = SIGRTMIN + 3,
                                 .sigev_notify = SIGEV_THREAD_ID,
                                 .sigev_value.sival_int = 4711,
                                 ._sigev_un._tid = worker_tid};
    clockid_t process, thread;
    clock_getcpuclockid(getpid(), &process);
    pthread_getcpuclockid(worker, &thread);
    leave_gap(argc > 1 ? atoi(argv[1]) : 0);
    ids[0] = make(CLOCK_MONOTONIC, &none);
    ids[1] = make(CLOCK_REALTIME, &to_thread);
    leave_gap(3);
    ids[2] = make(CLOCK_PROCESS_CPUTIME_ID, &plain);
    ids[3] = make(CLOCK_BOOTTIME, &none);
    ids[4] = make(process, &none);
    ids[5] = make(thread, &none);
    struct sigevent by_library = {
        .sigev_notify = SIGEV_THREAD, .sigev_notify_function = by_thread, .sigev_value.sival_int = 815};
    check(timer_create(CLOCK_MONOTONIC, &by_library, &library) == 0, "SIGEV_THREAD", errno);
    set(ids[0], 40, 0, 7);
    set(ids[1], 0, 300, 0);
    set(ids[2], 0, 50, 0);
    set(ids[4], 60, 0, 3);
    set(ids[5], 70, 0, 4);
    timer_settime(library, 0, &(struct itimerspec){{0, 0}, {0, 300000000}}, NULL);
    checkpoint_here();
    const double first = left(ids[0], &interval);
    check(first > 20 && first <= 40 && interval == 7, "monotonic", (int)first);
    check(left(ids[3], &interval) == 0 && interval == 0, "never set", ids[3]);
    check(left(ids[4], &interval) > 55 && interval == 3, "process clock", ids[4]);
    check(left(ids[5], &interval) > 65 && interval == 4, "thread clock", ids[5]);
    for (int i = 0; i < 3000 && !(told_value && called && cpu_told); i++) {
        const struct timespec nap = {0, 1000000};
        nanosleep(&nap, NULL);
        for (volatile int spin = 0; spin < 300000; spin++)
            ;
    }
    check(told_value == 4711 && told_thread, "the thread's timer", told_value);
    check(called == 815, "SIGEV_THREAD", called);
    check(cpu_told == 1, "process time", cpu_told);
    for (int i = 0; i < KINDS; i++)
        check(syscall(SYS_timer_delete, ids[i]) == 0, "timer_delete", ids[i]);
    done = 1;
    pthread_join(worker, NULL);
    puts(failed ? "FAILED" : "EXIT-SUCCESS");
    return failed;
}
