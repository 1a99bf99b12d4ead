/* Everything the symbols room must know how to read from C. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

struct opaque;
struct node {
    struct node *next;
    int value;
    unsigned flag : 3;
    signed other : 5;
    unsigned long wide : 40;
    char name[16];
};
enum color { RED, GREEN = 5, BLUE = -1 };
enum mask { LOW = 1, HIGH = 0x80000000 };
typedef int (*callback)(const char *, ...);
typedef struct {
    union {
        int whole;
        unsigned char parts[4];
    };
    struct {
        short a, b;
    } pair;
    bool yes;
    long double big;
    _Complex double z;
    callback call;
    void (*plain)();
    int grid[2][3];
    struct opaque *hidden;
    const volatile char *const *table;
    int flexible[];
} sample;

static int counter = 3;
int global_total;
_Thread_local int tls_value = 9;
sample *everything;
extern int elsewhere;

static inline int square(int x)
{
    int result = x * x; // #SQUARE
    return result;
}

int fill(int n)
{
    int vla[n];
    int matrix[n][4];
    for (int i = 0; i < n; i++) { // #LOOP
        vla[i] = square(i); // #BODY
        matrix[i][1] = vla[i];
    }
    return vla[n - 1] + matrix[n - 1][1]; // #FILLED
}

static int walk(const struct node *list, callback call)
{
    int total = 0;
    for (const struct node *at = list; at; at = at->next) {
        int term = square(at->value);
        {
            int term = at->flag; // #SHADOW
            total += term;
        }
        total += term;
    }

    call("%d\n", total); // #CALL
    return total;
}

// #BEFORE

int one_line(int a) { return a + 1; } // #ONE

int main(int argc, char **argv)
{
    enum local_kind { FIRST = 40, SECOND };
    struct local { int x; } here = { 1 };
    enum local_kind kind = SECOND;
    static int calls;
    enum color color = GREEN;
    enum mask mask = HIGH;
    struct node last = { NULL, 3, 1, -2, 7, "a" }, first = { &last, 4, 2, 3, 9, "b" };
    calls++; // #MAIN
    everything = calloc(1, sizeof *everything + 8);
    global_total = walk(&first, printf) + fill(argc + 3) + one_line(elsewhere);
    counter += global_total + (int)color + (int)mask + here.x + kind + tls_value;
    printf("%d %s\n", counter, argv[0]);
    return 0; // #END
}
