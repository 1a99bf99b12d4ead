/* Calls that stand in a block. */
#include "check.h"
#include "shim.h"

#include <string.h>
#include <unistd.h>

static struct fp_call block;

static int64_t made(int64_t function) {
    block.function = function;
    return fp_call();
}

int main(void) {
    const uint8_t bytes[4] = {1, 2, 3, 4};
    uint8_t read_back[4] = {0};
    CHECK(fp_share_block((const uint8_t *)&block) == 0);
    block.arguments[0] = (int64_t)(intptr_t)bytes;
    CHECK(made((int64_t)(intptr_t)fp_address) == (int64_t)(intptr_t)bytes);
    block.arguments[0] = getpid();
    const int64_t memory = made((int64_t)(intptr_t)fp_open_memory);
    CHECK(memory >= 0);
    block.arguments[0] = memory;
    block.arguments[1] = (int64_t)(intptr_t)bytes;
    block.arguments[2] = (int64_t)(intptr_t)read_back;
    block.arguments[3] = sizeof bytes;
    CHECK(made((int64_t)(intptr_t)fp_read_memory) == sizeof bytes);
    CHECK(memcmp(bytes, read_back, sizeof bytes) == 0);
    block.arguments[0] = memory;
    CHECK(made((int64_t)(intptr_t)fp_close) == 0);
    block.arguments[0] = -1;
    CHECK(made((int64_t)(intptr_t)fp_close) < 0);
    return 0;
}
