// Sends itself a signal, between `begin` and `end`, and before, so that all that this takes is loaded.
#include <signal.h>
#include <stdio.h>

static volatile sig_atomic_t caught;

static void on_signal(int number) { caught += number == SIGURG; }

__attribute__((noinline)) void begin(void) { __asm__ volatile(""); }
__attribute__((noinline)) void end(void) { __asm__ volatile(""); }

int main(void) {
    signal(SIGURG, on_signal);
    int failed = raise(SIGURG);
    begin();
    failed |= raise(SIGURG);
    end();
    failed |= caught != 2;
    dprintf(1, "%s\n", failed ? "FAILED" : "EXIT-SUCCESS");
    return failed;
}
