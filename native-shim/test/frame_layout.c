/* Frames of this program's own functions, and files that have none. */
#include "check.h"
#include "shim.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

extern const uint8_t __executable_start[];

/* Saves rbx, and lets go of the caller's. */
int saving(int number);
__asm__(".text\n"
        ".type saving, @function\n"
        "saving: .cfi_startproc\n"
        "push %rbx\n.cfi_adjust_cfa_offset 8\n.cfi_rel_offset %rbx, 0\n"
        "saved: mov %edi, %ebx\nmov %ebx, %eax\n"
        "pop %rbx\n.cfi_adjust_cfa_offset -8\n.cfi_restore %rbx\n"
        "ret\n.cfi_endproc\n.size saving, . - saving\n");
extern const uint8_t saved[];

struct layout {
    uint64_t low, high;
    int64_t cfa_register, cfa_offset;
    int64_t saved[6];
};

enum { RSP = 7, RBX = 0 };

/* The linker puts code at the same distance in the file and in memory. */
static int64_t offset_of(const void *place) { return (int64_t)((const uint8_t *)place - __executable_start); }

static void check_saving(int file) {
    struct layout layout;
    const int64_t begin = offset_of((const void *)(uintptr_t)saving);
    CHECK(fp_frame_layout(file, begin, (uint8_t *)&layout) == 0);
    CHECK(layout.low == (uint64_t)begin && layout.high > layout.low && layout.high - layout.low < 16);
    CHECK(layout.cfa_register == RSP && layout.cfa_offset == 8);
    for (int i = 0; i < 6; i++)
        CHECK(layout.saved[i] == FP_NOT_SAVED);
    CHECK(fp_frame_layout(file, offset_of(saved), (uint8_t *)&layout) == 0);
    CHECK(layout.cfa_offset == 16 && layout.saved[RBX] == -16 && layout.saved[1] == FP_NOT_SAVED);
}

static void check_extents(int file) {
    uint64_t extent[2];
    const int64_t begin = offset_of((const void *)(uintptr_t)saving), within = offset_of(saved);
    CHECK(fp_function_extent(file, within, (uint8_t *)extent) == 0 && extent[0] == (uint64_t)begin);
    const uint64_t end = extent[1];
    CHECK(end > (uint64_t)within && end - extent[0] < 16);
    /* Behind it: what lies up to the next one. */
    CHECK(fp_function_extent(file, (int64_t)end, (uint8_t *)extent) == 0);
    CHECK(extent[0] == end && extent[1] > end);
    CHECK(fp_function_extent(file, 1LL << 40, (uint8_t *)extent) == -ENODATA);
}

static void check_refusals(int file) {
    struct layout layout;
    CHECK(fp_frame_layout(file, 1LL << 40, (uint8_t *)&layout) == -ENODATA);
    /* The ELF header is in a segment, and no function. */
    CHECK(fp_frame_layout(file, 0, (uint8_t *)&layout) == -ENODATA);
    const int text = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    CHECK(text >= 0 && fp_frame_layout(text, 0, (uint8_t *)&layout) == -ENOEXEC);
    close(text);
}

int main(void) {
    const int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    CHECK(file >= 0 && saving(3) == 3);
    check_saving(file);
    check_extents(file);
    check_refusals(file);
    close(file);
    puts("frame_layout: ok");
    return 0;
}
