/* A second unit: it completes what facts.c only declares. */
struct opaque {
    int inside;
};
struct opaque instance = { 4 };
int elsewhere = 2;
static int counter = 7;
int other_counter(void) { return counter; }
