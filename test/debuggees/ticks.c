// Counts in a global by calls of a function; exits with 3. The least program for the target's tests.
#include <stdio.h>
#include <unistd.h>

int counter;
int limit = 1000;

__attribute__((noinline)) void tick(int by) { counter += by; }

__attribute__((noinline)) void done(void) { printf("counter=%d\n", counter); }

int main(void) {
    for (int i = 0; i < limit; i++)
        tick(i);
    done();
    return 3;
}
