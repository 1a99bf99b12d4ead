// Operands of every width and sign for breakpoint conditions; #BP1 and #BP2 follow each other in a loop.
#include <stdbool.h>
#include <stdint.h>

enum mode { IDLE, BUSY = 4, FAILED = -2 };

struct node {
    int key;
    short small;
    unsigned char byte;
    unsigned flags : 5;
    int level : 7;
    bool on : 1;
    struct node *next;
    long wide;
    unsigned items[4];
    struct {
        signed char inner;
    };
};

struct node nodes[3] = {
    {-7, -300, 250, 21, -33, true, &nodes[1], -5000000000, {1, 4000000000u, 3, 4}, {-8}},
    {12, 299, 3, 9, 60, false, &nodes[2], 77, {0, 0, 9, 1}, {5}},
    {0, 0, 0, 0, 0, false, 0, 0, {0, 0, 0, 0}, {0}},
};
static unsigned long total = 0xfffffffffffffff0ul;
int counter = -1;
volatile int sink;

__attribute__((noinline)) long turn(struct node *node, int index, unsigned limit, char letter, long delta,
                                    unsigned char level, unsigned short port, signed char offset,
                                    unsigned long size) {
    enum mode mode = index > 2 ? BUSY : FAILED;
    bool odd = index & 1;
    int64_t scaled = delta * index;
    uint32_t table[2][3] = {{1, 2, 3}, {4, 0xfffffff0u, limit}};
    sink += (int)(mode + odd + table[1][index % 3]);                                             // #BP1
    sink += (int)(node->key + limit + letter + level + port + offset + (long)size + scaled + 1); // #BP2
    return sink + scaled + (long)total + node->wide + mode + odd + table[0][index % 3];
}

int main(void) {
    long sum = 0;
    for (int i = 0; i < 100000; i++)
        sum += turn(&nodes[i % 3], i, 4000000000u - (unsigned)i, (char)('a' + i % 90), (long)-3000000000l + i,
                    (unsigned char)(200 + i), (unsigned short)(65000 + i), (signed char)(100 - i % 256),
                    1ul << (i % 64));
    return sum == 42;
}
