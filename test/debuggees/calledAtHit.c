// A function that the condition or the log message of a breakpoint in it calls.
static volatile int calls;

static int twice(int number) {
    calls++;
    return 2 * number; // #BP1
}

int main(void) {
    int sum = 0;
    for (int i = 0; i < 3; i++)
        sum += twice(i);
    return sum != 6;
}
