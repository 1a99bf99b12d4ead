// Its oom_score_adj is 200 (proc(5)), and its children's.
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noinline)) void checkpoint_here(void) { __asm__ volatile(""); }

static int score(void) {
    int value = -1;
    FILE *file = fopen("/proc/self/oom_score_adj", "r");
    if (file == NULL || fscanf(file, "%d", &value) != 1)
        exit(2);
    fclose(file);
    return value;
}

static int of_child(void) {
    int status = 0;
    const pid_t child = fork();
    if (child == 0)
        _exit(score() == 200 ? 0 : 1);
    return waitpid(child, &status, 0) == child && status == 0 ? 200 : -1;
}

int main(void) {
    FILE *file = fopen("/proc/self/oom_score_adj", "w");
    if (file == NULL || fputs("200", file) < 0 || fclose(file) != 0)
        return 2;
    for (int round = 0; round < 2; round++) {
        checkpoint_here();
        if (score() != 200 || of_child() != 200)
            return printf("%d\n", score()), 1;
    }
    puts("EXIT-SUCCESS");
    return 0;
}
