// Values that debuggers are seldom asked for: text behind a NUL, flexible arrays, complex numbers, the largest integers.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct message {
    int length;
    char data[];
};
struct old_message {
    int length;
    char data[0];
};
struct octets {
    int count;
    unsigned char data[];
};

char parts[24] = "hello\0world";
char emptied[24] = "\0left";
char long_parts[300] = "begin";
char roomy[2000] = "in a large room";

int main(void) {
    struct message *message = calloc(1, sizeof *message + 32);
    struct old_message *old_message = calloc(1, sizeof *old_message + 32);
    struct octets *text = calloc(1, sizeof *text + 32), *numbers = calloc(1, sizeof *numbers + 32);
    strcpy(message->data, "flexible");
    strcpy(old_message->data, "of no length");
    strcpy((char *)text->data, "octets");
    memcpy(numbers->data, "\x01\x02", 2);
    memset(long_parts + 10, 'x', 290);
    long long whole = -1;
    unsigned long natural = 1;
    _Complex float cf = 1.5f - 2.0fi;
    _Complex double cd = 3.0 + 4.0i, other = -1.0 + 0.5i;
    _Complex long double cl = 1.0L / 3 + 1.0Li;
    _Complex double product = cd * other, quotient = cd / other, mixed = cf + 0.1;
    printf("%p %p\n", (void *)parts, (void *)message); // #BP1
    int same = product == cd * other && whole < 0 && natural && quotient != mixed && cl != 0;
    return !same;
}
