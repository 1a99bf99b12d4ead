/* Answers: growing byte buffers of little-endian integers. */
#include "symbols.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const size_t LARGEST_ANSWER = (size_t)1 << 30;

static bool reserve(struct answer *answer, size_t more) {
    if (answer->failed || answer->length + more > LARGEST_ANSWER) {
        answer->failed = true;
        return false;
    }
    if (answer->length + more <= answer->capacity)
        return true;
    size_t capacity = answer->capacity ? answer->capacity : 4096;
    while (capacity < answer->length + more)
        capacity *= 2;
    uint8_t *bytes = realloc(answer->bytes, capacity);
    if (!bytes) {
        answer->failed = true;
        return false;
    }
    answer->bytes = bytes;
    answer->capacity = capacity;
    return true;
}

void put_bytes(struct answer *answer, const void *bytes, size_t length) {
    if (length == 0 || !reserve(answer, length))
        return;
    memcpy(answer->bytes + answer->length, bytes, length);
    answer->length += length;
}

void put_u8(struct answer *answer, uint8_t value) { put_bytes(answer, &value, 1); }

void put_u16(struct answer *answer, uint16_t value) { put_bytes(answer, &value, 2); }

void put_u32(struct answer *answer, uint32_t value) { put_bytes(answer, &value, 4); }

void put_u64(struct answer *answer, uint64_t value) { put_bytes(answer, &value, 8); }

void put_string(struct answer *answer, const char *text) {
    size_t length = text ? strlen(text) : 0;
    put_u32(answer, (uint32_t)length);
    put_bytes(answer, text, length);
}

void patch_u32(struct answer *answer, size_t at, uint32_t value) {
    if (!answer->failed)
        memcpy(answer->bytes + at, &value, 4);
}

int64_t deliver(const struct answer *answer, uint8_t *out, int64_t capacity) {
    if (answer->failed)
        return -ENOMEM;
    if (answer->length > 0 && (int64_t)answer->length <= capacity)
        memcpy(out, answer->bytes, answer->length);
    return (int64_t)answer->length;
}
