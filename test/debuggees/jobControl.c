// Stops itself by SIGSTOP while other threads count. They must stand still until SIGCONT comes, and then go
// on. EXIT-SUCCESS when they do.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

volatile int count, about_to_stop;
static volatile int done;

static void *add(void *argument) {
    while (!done)
        __atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST);
    return argument;
}

static void *sleep_on(void *argument) {
    while (!done)
        usleep(2000);
    return argument;
}

int main(void) {
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, i == 2 ? sleep_on : add, NULL);
    while (count == 0)
        ;
    about_to_stop = 1;
    kill(getpid(), SIGSTOP);
    const int before = count;
    while (count == before)
        ;
    done = 1;
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    puts("EXIT-SUCCESS");
    return 0;
}
