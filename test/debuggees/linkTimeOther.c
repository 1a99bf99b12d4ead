/* Of linkTime: its own counter. */
static volatile int counter = 7;

__attribute__((noinline)) int bump(void) { return counter += 2; }
