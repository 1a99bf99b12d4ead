// Three threads with an alternate stack and a thread-local each; what they still had at the end goes to a file.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define THREADS 3

static pthread_t threads[THREADS];
static __thread long mine;
static char stacks[THREADS][65536];
static volatile sig_atomic_t caught;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
int *common;
int matched;

static void on_signal(int number) { caught += number == SIGUSR1; }

__attribute__((noinline)) void visit(void) { __asm__ volatile(""); }

static void *work(void *argument) {
    const long number = (long)argument;
    double value = (double)number * 1.5;
    stack_t stack = {.ss_sp = stacks[number], .ss_size = sizeof stacks[number]}, now;
    sigaltstack(&stack, NULL);
    mine = number * 11;
    for (int i = 0; i < 40; i++) {
        visit();
        value += 0.25;
        usleep(10000);
    }
    sigaltstack(NULL, &now);
    pthread_mutex_lock(&lock);
    matched += mine == number * 11 && value == (double)number * 1.5 + 10 && now.ss_sp == stacks[number];
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *finish(void *path) {
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    char name[512];
    snprintf(name, sizeof name, "%s.%d", (const char *)path, getpid());
    FILE *file = fopen(name, "w");
    if (file != NULL) {
        fprintf(file, "matched %d caught %d group %d common %d\n", matched, (int)caught, getpgrp() == getpid(),
                *common);
        fclose(file);
    }
    exit(0);
}

/* Arguments: where to write, and "gone" for a first thread that ends before the others. */
int main(int argc, char **argv) {
    pthread_t last;
    common = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    signal(SIGUSR1, on_signal);
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)i);
    pthread_create(&last, NULL, finish, argv[1]);
    if (argc > 2 && strcmp(argv[2], "gone") == 0)
        pthread_exit(NULL);
    pthread_join(last, NULL);
    return 1;
}
