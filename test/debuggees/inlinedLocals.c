/* A call inlined by gcc -O1, whose local stands in a block that the abstract instance has not. */
typedef unsigned long word;
static volatile word table[256];

static unsigned mixed(word data) {
    int k;
    for (k = 0; k < 8; k++)
        data = (data >> 8) ^ table[data & 0xff]; // #MIXED
    return (unsigned)data;
}

int main(int argc, char **argv) {
    word words[4] = {1, 2, 3, (word)argc};
    unsigned sum = 7;
    for (int i = 0; i < 256; i++)
        table[i] = (word)i * 0x1234567;
    for (int i = 0; i < 4; i++)
        sum = mixed(sum ^ words[i]) ^ mixed(words[i] + 1);
    return argv[0] == 0 || sum == 0;
}
