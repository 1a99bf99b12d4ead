// Functions for conditions to call, among threads that come to the same line; one ends the program, one crashes.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static volatile int calls, turns;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((used)) static int even(int number) {
    calls++; // #CALLED
    return number % 2 == 0;
}

__attribute__((used)) static int ends(int number) {
    if (number == 3) exit(7);
    return 0;
}

__attribute__((used)) static int crashes(int number) { return *(volatile int *)(long)(number & 0); }

static void turn(int number, const char *name) {
    pthread_mutex_lock(&lock);
    turns++; // #BP1
    pthread_mutex_unlock(&lock);
    if (*name == 0) printf("%d\n", number);
}

static void *work(void *name) {
    for (int i = 0; i < 20; i++) turn(i, name);
    return NULL;
}

int main(int count, char **arguments) {
    pthread_t threads[4];
    if (count > 1)
        for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, work, arguments[1]);
    work("main");
    if (count > 1)
        for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    printf("turns %d calls %d\n", turns, calls);
    return 0;
}
