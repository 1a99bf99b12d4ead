// Threads under locks, signals and timers, for ever: each activity counts what it has done and finds out when
// anything is lost, doubled or out of order. Arguments: the number of threads, then names of activities
// (default: all but pipes).
#include "hazards/hazard.h"
#include <semaphore.h>
#include <sys/time.h>

enum { MOST = 1024 };

// What has been done: a test sees each of them grow, or the activity hangs.
volatile long locked, laps, received, ticks, alarms, shots, passed;

// A thread has had its turn in the ring.
__attribute__((noinline)) void turn_done(void) { __asm__ volatile("" ::: "memory"); }

static int threads;

// Two counters that differ only inside of the lock.
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long first, second;

static void *use_lock(void *unused) {
    for (;;) {
        OK(pthread_mutex_lock(&mutex));
        CHECK(first == second);
        first++;
        locked++;
        second++;
        OK(pthread_mutex_unlock(&mutex));
        sched_yield();
    }
    return unused;
}

// A token that goes round: a wake-up that is lost stops it.
static pthread_mutex_t ring_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ring[MOST];
static int members, holder;

static void *use_ring(void *number) {
    int mine = (int)(intptr_t)number;
    for (;;) {
        OK(pthread_mutex_lock(&ring_mutex));
        while (holder != mine)
            OK(pthread_cond_wait(&ring[mine], &ring_mutex));
        holder = (mine + 1) % members;
        if (holder == 0)
            laps++;
        OK(pthread_cond_signal(&ring[holder]));
        OK(pthread_mutex_unlock(&ring_mutex));
        turn_done();
    }
    return NULL;
}

// Queued signals with their number in line: one that is lost or comes twice is seen by the receiver.
static sem_t in_flight;

static void *receive_signals(void *unused) {
    sigset_t set = set_of(SIGRTMIN + 1);
    siginfo_t info;
    for (int expected = 0;; expected++) {
        CHECK(RETRY(sigwaitinfo(&set, &info)) == SIGRTMIN + 1);
        CHECK(info.si_code == SI_QUEUE && info.si_value.sival_int == expected);
        received++;
        OK(sem_post(&in_flight));
    }
    return unused;
}

static void *send_signals(void *receiver) {
    for (int number = 0;; number++) {
        OK(RETRY(sem_wait(&in_flight)));
        // ESRCH: a restart with other ids came between the reading of the receiver's id and the call.
        int result;
        do
            result =
                pthread_sigqueue(*(pthread_t *)receiver, SIGRTMIN + 1, (union sigval){.sival_int = number});
        while (result == ESRCH);
        OK(result);
    }
    return NULL;
}

// A timer that expires once, and is set anew each time: one expiry that is lost ends it.
static timer_t shot;

static void shoot(void) {
    struct itimerspec once = {{0, 0}, {0, 700000}};
    OK(timer_settime(shot, 0, &once, NULL));
}

static void on_tick(int number, siginfo_t *info, void *context) {
    (void)context;
    int before = errno;
    if (number == SIGALRM) {
        alarms++;
    } else if (number == SIGRTMIN + 3) {
        CHECK(info->si_code == SI_TIMER && info->si_value.sival_int == 815);
        shots++;
        shoot();
    } else {
        CHECK(info->si_code == SI_TIMER && info->si_value.sival_int == 4711);
        ticks++;
    }
    errno = before;
}

static void start_timers(void) {
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 2};
    struct itimerspec often = {{0, 1000000}, {0, 1000000}};
    struct itimerval alarm = {{0, 3000}, {0, 3000}};
    event.sigev_value.sival_int = 4711;
    handle(SIGRTMIN + 2, on_tick, SA_RESTART);
    handle(SIGALRM, on_tick, SA_RESTART);
    OK(timer_create(CLOCK_MONOTONIC, &event, &timer));
    OK(timer_settime(timer, 0, &often, NULL));
    OK(setitimer(ITIMER_REAL, &alarm, NULL));
    event.sigev_signo = SIGRTMIN + 3;
    event.sigev_value.sival_int = 815;
    handle(SIGRTMIN + 3, on_tick, SA_RESTART);
    OK(timer_create(CLOCK_MONOTONIC, &event, &shot));
    shoot();
}

// Numbers through a pipe, in portions of their own.
static int ends[2];

static void *write_numbers(void *unused) {
    for (int number = 0;; number++)
        CHECK(RETRY(write(ends[1], &number, sizeof number)) == sizeof number);
    return unused;
}

static void *read_numbers(void *unused) {
    for (int expected = 0, number;; expected++) {
        CHECK(RETRY(read(ends[0], &number, sizeof number)) == sizeof number);
        CHECK(number == expected);
        passed++;
    }
    return unused;
}

static int wanted(int count, char **words, const char *activity) {
    if (count <= 2)
        return strcmp(activity, "pipes") != 0;
    for (int i = 2; i < count; i++)
        if (strcmp(words[i], activity) == 0)
            return 1;
    return 0;
}

static void start_one(void *(*body)(void *), void *argument) {
    start(body, argument);
    threads--;
}

int main(int count, char **words) {
    static pthread_t receiver;
    pthread_attr_t small;
    OK(pthread_attr_init(&small));
    OK(pthread_attr_setstacksize(&small, 131072));
    OK(pthread_setattr_default_np(&small));
    threads = count > 1 ? atoi(words[1]) - 1 : 7;
    CHECK(threads >= 7 && threads <= MOST);
    block_signal(SIGRTMIN + 1);
    if (wanted(count, words, "timers"))
        start_timers();
    if (wanted(count, words, "signals")) {
        OK(sem_init(&in_flight, 0, 3));
        receiver = start(receive_signals, NULL);
        start_one(send_signals, &receiver);
        threads--;
    }
    if (wanted(count, words, "pipes")) {
        OK(pipe(ends));
        start_one(write_numbers, NULL);
        start_one(read_numbers, NULL);
    }
    for (int i = 0; i < 2; i++)
        start_one(use_lock, NULL);
    members = threads;
    for (int i = 0; i < members; i++)
        OK(pthread_cond_init(&ring[i], NULL));
    for (int i = 0; i < members; i++)
        start(use_ring, (void *)(intptr_t)i);
    for (;;)
        pause();
}
