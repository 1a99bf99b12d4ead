// Every kind of C type a variables view has to show.
#include <complex.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct point {
    int x, y;
};

enum color { RED, GREEN = 5, BLUE };

union number {
    int integer;
    float real;
    unsigned char bytes[4];
};

struct flags {
    unsigned ready : 1;
    unsigned mode : 3;
    int level : 5;
    unsigned : 0;
    unsigned long wide : 40;
};

struct outer {
    struct point corner;
    struct {
        int inner_a;
        union {
            int as_int;
            char as_char;
        };
    };
    struct outer *next;
    enum color color;
};

typedef int (*operation)(int, int);
typedef struct point point_t;

static int multiply(int a, int b) { return a * b; }
int global_counter = 42;
static const char *const greeting = "good day";
static double grid[2][3] = {{1, 2, 3}, {4, 5, 6}};

static int show(int length, const char *name) {
    int lengths[length];
    for (int i = 0; i < length; i++)
        lengths[i] = i * i;
    return lengths[length - 1] + (int)strlen(name); // #VLA
}

int main(int argc, char **argv) {
    bool yes = true;
    char letter = 'x';
    signed char small = -3;
    unsigned char byte = 200;
    short brief = -1234;
    unsigned short word = 65000;
    int whole = -42;
    unsigned int natural = 4000000000u;
    long big = -9000000000l;
    unsigned long long biggest = 18446744073709551615ull;
    float single = 1.5f;
    double real = 3.25;
    long double extended = 2.5L;
    double complex z = 1.0 + 2.0 * I;
    struct point here = {3, 4};
    point_t alias = {5, 6};
    union number u = {.integer = 0x3f800000};
    struct flags bits = {.ready = 1, .mode = 5, .level = -7, .wide = 0x123456789a};
    struct outer nested = {.corner = {7, 8}, .inner_a = 9, .as_int = 65, .color = BLUE};
    enum color color = GREEN;
    int numbers[200];
    for (int i = 0; i < 200; i++)
        numbers[i] = i * 2;
    int matrix[2][2] = {{1, 2}, {3, 4}};
    char text[16] = "hello";
    const char *pointer = "a string";
    void *nothing = NULL;
    int *pointer_to_int = &whole;
    operation function = multiply;
    static int calls = 7;
    nested.next = &nested;
    int vla = show(6, pointer);                                                                // #CALL
    printf("%d %d %d\n", vla, function(6, 7), calls + global_counter + argc + (argv != NULL)); // #BP1
    printf("%s %d %d %u %d %d %u %d %u %ld %llu %f %f %Lf %f\n", greeting, yes, letter, byte, small, brief,
           word, whole, natural, big, biggest, single, real, extended, creal(z));
    printf("%d %d %d %d %d %d %d %d %s %s %p %p %f\n", here.x, alias.y, u.integer, bits.level, nested.inner_a,
           color, numbers[3], matrix[1][1], text, pointer, nothing, (void *)pointer_to_int, grid[1][2]);
    return 0; // #END
}
