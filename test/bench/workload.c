/*
 * What the benchmark measures on: workload loop DESCRIPTORS MEBIBYTES HITS THREADS is debugged; workload fork
 * DESCRIPTORS MEBIBYTES forks itself once for every line on stdin and prints how many nanoseconds fork(2)
 * took.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile long sum;

/* The descriptors 0 to count - 1 are open afterwards, on a regular file but for the first three. */
static void hold_descriptors(const char *file, int count) {
    for (int number = 3; number < count; number++)
        if (dup2(open(file, O_RDONLY), number) < 0)
            exit(2);
}

static void hold_memory(size_t mebibytes) {
    char *memory = malloc(mebibytes << 20);
    if (memory == NULL)
        exit(2);
    memset(memory, 1, mebibytes << 20);
    __asm__ volatile("" : : "r"(memory) : "memory");
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

static void *idle(void *unused) {
    pthread_mutex_lock(&lock);
    for (;;)
        pthread_cond_wait(&never, &lock);
    return unused;
}

/* As many threads as there are to be, this one among them. */
static void hold_threads(int count) {
    pthread_t thread;
    for (int number = 1; number < count; number++)
        if (pthread_create(&thread, NULL, idle, NULL) != 0)
            exit(2);
}

static void touch(long index) {
    sum += index; // #TOUCH
}

static void loop(long hits) {
    for (;;) {
        sum = 0; // #ROUND
        for (long index = 0; index < hits; index++)
            touch(index); // #CALL
        long first = 1;   // #LINES
        long second = first + 1;
        long third = second + first;
        long fourth = third + second;
        sum += fourth;
    }
}

static long nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000L + now.tv_nsec;
}

static void forks(void) {
    while (getchar() != EOF) {
        long before = nanoseconds();
        pid_t child = fork();
        if (child == 0)
            pause();
        printf("%ld\n", nanoseconds() - before);
        fflush(stdout);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
}

int main(int argc, char **argv) {
    if (argc < 4)
        return 2;
    hold_descriptors(argv[0], atoi(argv[2]));
    hold_memory(strtoul(argv[3], NULL, 10));
    hold_threads(argc > 5 ? atoi(argv[5]) : 1);
    if (strcmp(argv[1], "fork") == 0)
        forks();
    else
        loop(argc > 4 ? atol(argv[4]) : 1);
    return 0;
}
