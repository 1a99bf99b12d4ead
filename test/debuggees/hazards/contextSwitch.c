// stresses: stacks of the program's own (makecontext, swapcontext) and setjmp between functions
#include "hazard.h"
#include <setjmp.h>
#include <ucontext.h>

static ucontext_t main_context, contexts[3];
static char stacks[3][32768];
static int steps;
static jmp_buf back;

static void run(int number) {
    for (int i = 0; i < 3; i++) {
        CHECK(steps++ == i * 3 + number);
        checkpoint_here();
        OK(swapcontext(&contexts[number], number == 2 ? &main_context : &contexts[number + 1]));
    }
}

static void deep(int levels) {
    volatile char frame[100];
    frame[0] = (char)levels;
    if (levels == 0) {
        checkpoint_here();
        longjmp(back, 9);
    } else
        deep(levels - 1);
    CHECK(frame[0] == levels);
}

int main(void) {
    for (int i = 0; i < 3; i++) {
        OK(getcontext(&contexts[i]));
        contexts[i].uc_stack.ss_sp = stacks[i];
        contexts[i].uc_stack.ss_size = sizeof stacks[i];
        contexts[i].uc_link = &main_context;
        makecontext(&contexts[i], (void (*)(void))run, 1, i);
    }
    for (int round = 0; round < 3; round++) {
        OK(swapcontext(&main_context, &contexts[0]));
        checkpoint_here();
    }
    CHECK(steps == 9);
    int value = setjmp(back);
    if (value == 0)
        deep(10);
    CHECK(value == 9);
    return succeed();
}
