// Lines for steps, with breakpoints that let the program go on, while another thread comes to one all the time (with "beside").
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile int done, rounds, sum;
static int ends[2];

static void *turn(void *argument) {
    while (!done)
        rounds++; // #ROUND
    return argument;
}

static void *write_late(void *argument) {
    usleep(3000);
    if (write(ends[1], "x", 1) != 1)
        done = 1;
    return argument;
}

static long read_byte(int descriptor, char *byte) {
    long result;
    __asm__ volatile("syscall" // #READ
                     : "=a"(result)
                     : "0"(0), "D"((long)descriptor), "S"(byte), "d"(1L)
                     : "rcx", "r11", "memory");
    return result;
}

int main(int count, char **arguments) {
    pthread_t turner, writer;
    char byte = 0;
    if (pipe(ends) != 0)
        return 1;
    const int beside = count > 1 && strcmp(arguments[1], "beside") == 0;
    if (beside)
        pthread_create(&turner, NULL, turn, NULL);
    for (int i = 0; i < 20; i++) { // #HEAD
        sum += i;                  // #FIRST
        sum ^= 5;                  // #SECOND
        sum -= 1;                  // #THIRD
    }
    pthread_create(&writer, NULL, write_late, NULL);
    const long got = read_byte(ends[0], &byte);
    done = 1;
    pthread_join(writer, NULL);
    if (beside)
        pthread_join(turner, NULL);
    puts(got == 1 && byte == 'x' ? "EXIT-SUCCESS" : "FAILED");
    return 0;
}
