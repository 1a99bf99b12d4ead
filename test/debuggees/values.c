// What variables view and expressions meet: every kind of type, in places of every kind. Compared with GDB's
// output.
#include <complex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uchar.h>
#include <wchar.h>

struct point {
    int x, y;
};
enum color { RED, GREEN = 5, BLUE, ULTRA = -3 };
enum access { READ = 1, WRITE = 2, EXECUTE = 4, ALL = 7 };
union number {
    int integer;
    float real;
    unsigned char bytes[4];
};
struct packed {
    unsigned ready : 1;
    unsigned mode : 3;
    int level : 5;
    bool on : 1;
    unsigned long wide : 40;
    enum color shade : 4;
};
struct list {
    const char *name;
    struct list *next;
    struct {
        int inner_a;
        union {
            int as_int;
            char as_char;
        };
    };
    double weights[3];
    void (*visit)(struct list *);
};
struct flexible {
    int count;
    int items[];
};
struct empty {};
struct opaque;
struct two {
    double first;
    long second;
};
struct floats {
    float x, y, z;
};
struct big {
    long words[5];
};
typedef struct point point_t;
typedef int (*operation)(int, int);
typedef long vector_t[4];

__thread int per_thread = 17;
static _Thread_local long per_thread_static = -5;
static int hidden = 3;
int global_counter = 42;
long global_array[3] = {10, 20, 30};
const char *const greeting = "good day";
struct opaque *mystery;
static struct list tail = {.name = "tail", .inner_a = 1, .as_int = 65, .weights = {0.5, 1.5, -2.25}};
static char big_buffer[1 << 20];

int add(int a, int b) { return a + b; }
static int subtract(int a, int b) { return a - b; }
double half(double value) { return value / 2; }
float thrice(float value) { return value * 3; }
long double precise(long double value) { return value / 3; }
bool is_even(int value) { return value % 2 == 0; }
char upper(char letter) { return (char)(letter - 32); }
unsigned char wrap(unsigned char value) { return (unsigned char)(value + 1); }
enum color next_color(enum color color) { return color == RED ? GREEN : BLUE; }
const char *name_of(const struct list *list) { return list->name; }
size_t length_of(const char *text) { return strlen(text); }
void bump(int *value) { ++*value; }
struct point make_point(int x, int y) {
    return (struct point){x, y};
}
struct two make_two(double first, long second) {
    return (struct two){first, second};
}
struct floats make_floats(float x) {
    return (struct floats){x, x + 1, x + 2};
}
struct big make_big(long start) {
    return (struct big){{start, start + 1, start + 2, start + 3, start + 4}};
}
int sum_point(struct point point) { return point.x + point.y; }
double sum_two(struct two two, int more) { return two.first + (double)two.second + more; }
long sum_big(struct big big) { return big.words[0] + big.words[4]; }
long many(int a, long b, short c, char d, unsigned e, int f, int g, long h, double i) {
    return a + b + c + d + (long)e + f + g * 100 + h * 1000 + (long)i;
}
int crash(int depth) {
    volatile int *nowhere = NULL;
    return depth ? crash(depth - 1) : *nowhere;
}
int stop_here(int value) {
    return value + 1; // #INSIDE
}
void leave(int status) { exit(status); }
char *copy_of(const char *text) { return strdup(text); }

static int vla(int rows, int columns) {
    int table[rows][columns];
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            table[i][j] = i * 10 + j;
    int(*row)[columns] = &table[1];
    return table[rows - 1][columns - 1] + (*row)[0]; // #VLA
}

static int shadows(int value) {
    int outer = value;
    {
        int value = 100; // hides the parameter
        {
            int value = 200;
            outer += value; // #SHADOW
        }
        outer += value;
    }
    return outer;
}

int main(void) {
    bool yes = true, no = false;
    char letter = 'x', newline = '\n', quote = '\'', high = (char)0xe9;
    signed char small = -3;
    unsigned char byte = 200;
    short brief = -1234;
    unsigned short word = 65000;
    int whole = -42;
    unsigned natural = 4000000000u;
    long big = -9000000000l;
    unsigned long long biggest = 18446744073709551615ull;
    __int128 huge = ((__int128)1 << 100) + 7;
    float single = 0.1f;
    double real = 0.1, tiny = 5e-324, large = 1e300, infinite = 1e308 * 10, zero = -0.0;
    long double extended = 0.1L;
    float complex fz = 1.5f - 2.0f * I;
    double complex z = 1.0 + 2.0 * I;
    struct point here = {3, 4};
    point_t alias = {5, 6};
    const volatile int *const qualified = &whole;
    union number u = {.integer = 0x3f800000};
    struct packed bits = {
        .ready = 1, .mode = 5, .level = -7, .on = true, .wide = 0x123456789a, .shade = ULTRA};
    struct list head = {.name = "head", .next = &tail, .inner_a = 9, .as_int = 66, .weights = {1, 2, 3}};
    enum color color = GREEN, odd_color = (enum color)77;
    enum access rights = READ | EXECUTE, all = ALL, none = 0;
    int numbers[300];
    int zeros[64] = {0};
    int matrix[2][3] = {{1, 2, 3}, {4, 5, 6}};
    char text[16] = "hello\t\"w\"";
    char raw[4] = {'a', 'b', 'c', 'd'};
    unsigned char blob[4] = {0xde, 0xad, 0, 0xff};
    unsigned char words[8] = "text";
    const char *pointer = "a string", *utf8 = "gr\u00fc\u00df \u2603", *broken = "ab\xff\xfe",
               *none_text = NULL;
    const char *wild = (const char *)0x10;
    wchar_t wide_text[8] = L"wide";
    char16_t short_text[5] = u"\u00e9six", *short_pointer = short_text;
    char32_t long_letter = U'y';
    void *nothing = NULL;
    int *pointer_to_int = &whole, **pointer_to_pointer = &pointer_to_int;
    struct point points[3] = {{1, 2}, {3, 4}, {5, 6}};
    struct flexible *flexible = malloc(sizeof *flexible + 3 * sizeof(int));
    struct empty empty;
    vector_t vector = {1, 2, 3, 4};
    operation function = subtract, table[2] = {add, subtract};
    static int calls = 7;
    flexible->count = 3;
    for (int i = 0; i < 3; i++)
        flexible->items[i] = i * 11;
    for (int i = 0; i < 300; i++)
        numbers[i] = i * i;
    memset(big_buffer, 'z', 100);
    per_thread++;
    int done = vla(2, 3) + shadows(1) + stop_here(1); // #CALL
    printf("%d\n", done);                             // #BP1
    printf("%p %p %p %p %p %p %p %p %p %p %p\n", (void *)&yes, (void *)&no, (void *)&letter, (void *)&newline,
           (void *)&quote, (void *)&high, (void *)&small, (void *)&byte, (void *)&brief, (void *)&word,
           (void *)&natural);
    printf("%p %p %p %p %p %p %p %p %p %p %p\n", (void *)&big, (void *)&biggest, (void *)&huge,
           (void *)&single, (void *)&real, (void *)&tiny, (void *)&large, (void *)&infinite, (void *)&zero,
           (void *)&extended, (void *)&z);
    printf("%p %p %p %p %p %p %p %p %p %p\n", (void *)&here, (void *)&alias, (void *)&qualified, (void *)&u,
           (void *)&bits, (void *)&head, (void *)&color, (void *)&odd_color, (void *)&rights, (void *)&all);
    printf("%p %p %p %p %p %p %p %p %p %p\n", (void *)&none, (void *)numbers, (void *)zeros, (void *)matrix,
           (void *)text, (void *)raw, (void *)blob, (void *)words, (void *)&pointer, (void *)&utf8);
    printf("%p %p %p %p %p %p %p %p %p %p %p\n", (void *)&broken, (void *)&none_text, (void *)&wild, nothing,
           (void *)wide_text, (void *)&pointer_to_pointer, (void *)points, (void *)&empty, (void *)vector,
           (void *)&function, (void *)table);
    printf("%p %p\n", (void *)&short_pointer, (void *)&long_letter);
    printf("%d %ld %d %p %f %s\n", calls, per_thread_static, hidden, (void *)&fz, half(real), greeting);
    return 0; // #END
}
