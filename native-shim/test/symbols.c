/* The symbols part of the shim on this very program: answers, retries with a larger buffer, and wrong
 * arguments. */
#include "shim_symbols.h"
#include <dwarf.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                  \
            exit(1);                                                                                         \
        }                                                                                                    \
    } while (0)

struct sought {
    int number;
    struct sought *next;
};
static struct sought sought_variable = {4, NULL};
static uint8_t buffer[1 << 20];

static uint64_t read_u64(const uint8_t *at) {
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static uint32_t read_u32(const uint8_t *at) {
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

__attribute__((noinline)) int sought_function(const struct sought *list) {
    static volatile int sought_static;
    sought_static++;
    int sum = 0;
    for (; list; list = list->next)
        sum += list->number;
    return sum;
}

static bool contains(int64_t length, const char *text) {
    return length > 0 && memmem(buffer, (size_t)length, text, strlen(text)) != NULL;
}

static uint64_t address_of(int64_t module, const char *name) {
    int64_t length = fp_symbols_elf_named(module, name, buffer, sizeof buffer);
    CHECK(length > 26);
    return read_u64(buffer);
}

static void test_handles(void) {
    CHECK(fp_symbols_open("/no/such/file") == -ENOENT);
    CHECK(fp_symbols_open(__FILE__) == -ENOEXEC || fp_symbols_open(__FILE__) == -ENOENT);
    CHECK(fp_symbols_open("/proc/self/maps") == -ENOEXEC);
    CHECK(fp_symbols_open_image("image", (const uint8_t *)"no ELF", 6) == -ENOEXEC);
    const int64_t wrong[] = {0, -1, 99, INT64_MIN, INT64_MAX};
    for (size_t at = 0; at < sizeof wrong / sizeof *wrong; at++) {
        int64_t handle = wrong[at];
        CHECK(fp_symbols_close(handle) == -EBADF);
        CHECK(fp_symbols_fetch(handle, buffer, 1) == -EBADF);
        CHECK(fp_symbols_elf_at(handle, 0, buffer, 1) == -EBADF);
        CHECK(fp_symbols_unit_count(handle) == -EBADF);
        CHECK(fp_symbols_unit(handle, 0, buffer, 1) == -EBADF);
        CHECK(fp_symbols_named(handle, "x", -1, -1, buffer, 1) == -EBADF);
        CHECK(fp_symbols_prefixed(handle, "x", -1, 10, buffer, 1) == -EBADF);
        CHECK(fp_symbols_instances(handle, "x", -1, buffer, 1) == -EBADF);
        CHECK(fp_symbols_instances_named(handle, "x", -1, buffer, 1) == -EBADF);
        CHECK(fp_symbols_qualifier(handle, 1, buffer, 1) == -EBADF);
        CHECK(fp_symbols_lines(handle, 0, buffer, 1) == -EBADF);
        CHECK(fp_symbols_call_frame(handle, 0, buffer, 1) == -EBADF);
    }
}

static void test_retry(int64_t module) {
    CHECK(fp_symbols_source_files(module, buffer, 0) > 0);
    uint8_t untouched[4] = {1, 2, 3, 4};
    int64_t length = fp_symbols_source_files(module, untouched, sizeof untouched);
    CHECK(length > (int64_t)sizeof untouched && untouched[0] == 1 && untouched[3] == 4);
    CHECK(fp_symbols_fetch(module, buffer, sizeof buffer) == length);
    CHECK(contains(length, "symbols.c"));
    uint8_t *exact = malloc((size_t)length);
    CHECK(exact && fp_symbols_fetch(module, exact, length) == length);
    CHECK(memcmp(exact, buffer, (size_t)length) == 0);
    free(exact);
}

static void test_functions(int64_t module) {
    uint64_t address = address_of(module, "sought_function");
    CHECK(
        contains(fp_symbols_elf_at(module, (int64_t)address + 1, buffer, sizeof buffer), "sought_function"));
    CHECK(fp_symbols_elf_at(module, 1, buffer, sizeof buffer) == -ENODATA);
    CHECK(fp_symbols_elf_named(module, "no such name", buffer, sizeof buffer) == 0);
    int64_t unit = fp_symbols_unit_at(module, (int64_t)address);
    CHECK(unit >= 0 && unit < fp_symbols_unit_count(module));
    CHECK(fp_symbols_unit_at(module, 1) == -ENODATA);
    CHECK(contains(fp_symbols_unit(module, unit, buffer, sizeof buffer), "symbols.c"));
    CHECK(fp_symbols_unit(module, 1000000, buffer, sizeof buffer) == -ENODATA);
    CHECK(contains(fp_symbols_unit_functions(module, unit, buffer, sizeof buffer), "sought_function"));
    CHECK(contains(fp_symbols_unit_variables(module, unit, buffer, sizeof buffer), "sought_variable"));
    int64_t statics = fp_symbols_unit_statics(module, unit, buffer, sizeof buffer);
    CHECK(contains(statics, "sought_static") && !contains(statics, "sought_variable"));
    CHECK(contains(fp_symbols_prefixed(module, "sought_f", FP_NAMED_FUNCTION, 100, buffer, sizeof buffer),
                   "sought_function"));
    CHECK(fp_symbols_prefixed(module, "sought_f", FP_NAMED_TYPE, 100, buffer, sizeof buffer) == 0);
    CHECK(
        contains(fp_symbols_prefixed(module, "sough", FP_NAMED_TYPE, 100, buffer, sizeof buffer), "sought"));
    int64_t all = fp_symbols_prefixed(module, "sought", -1, 100, buffer, sizeof buffer);
    CHECK(fp_symbols_prefixed(module, "sought", -1, 1, buffer, sizeof buffer) < all);
    CHECK(fp_symbols_instances(module, "sought", -1, buffer, sizeof buffer) == 0);
    CHECK(fp_symbols_instances_named(module, "", -1, buffer, sizeof buffer) == 0);
    int64_t length = fp_symbols_lines(module, unit, buffer, sizeof buffer);
    CHECK(length > 1000 && contains(length, "symbols.c"));
    length = fp_symbols_call_frame(module, (int64_t)address, buffer, sizeof buffer);
    CHECK(length > 32 && read_u64(buffer) <= address && address < read_u64(buffer + 8));
    CHECK(read_u32(buffer + 16) == 16);
    CHECK(fp_symbols_call_frame(module, 1, buffer, sizeof buffer) == -ENODATA);
}

/* The reference of the first die record of an answer of fp_symbols_named. */
static int64_t first_named(int64_t module, const char *name, int32_t kind) {
    int64_t length = fp_symbols_named(module, name, kind, -1, buffer, sizeof buffer);
    CHECK(length > 32 && read_u32(buffer + 4) == (uint32_t)kind && read_u32(buffer + 8) == 0);
    return (int64_t)read_u64(buffer + 20);
}

static void test_entries(int64_t module) {
    int64_t function = first_named(module, "sought_function", FP_NAMED_FUNCTION);
    int64_t length = fp_symbols_dies(module, function, 255, buffer, sizeof buffer);
    CHECK(contains(length, "list") && contains(length, "sum"));
    CHECK(read_u32(buffer) > 24 && read_u32(buffer) < length);
    CHECK(fp_symbols_location(module, function, DW_AT_frame_base, buffer, sizeof buffer) > 20);
    CHECK(read_u32(buffer) >= 1);
    CHECK(fp_symbols_location(module, function, DW_AT_location, buffer, sizeof buffer) == -ENODATA);
    int64_t type = first_named(module, "sought", FP_NAMED_TYPE);
    length = fp_symbols_dies(module, type, 1, buffer, sizeof buffer);
    CHECK(contains(length, "number") && contains(length, "next"));
    CHECK(fp_symbols_qualifier(module, type, buffer, sizeof buffer) == 0);
    int64_t variable = first_named(module, "sought_variable", FP_NAMED_VARIABLE);
    length = fp_symbols_location(module, variable, DW_AT_location, buffer, sizeof buffer);
    CHECK(length == 4 + 8 + 8 + 4 + 32);
    CHECK(read_u64(buffer + 32) == address_of(module, "sought_variable"));
    CHECK(fp_symbols_dies(module, -1, 1, buffer, sizeof buffer) == -ENODATA);
    CHECK(fp_symbols_dies(module, INT64_MAX, 1, buffer, sizeof buffer) == -ENODATA);
    CHECK(fp_symbols_files(module, -1, buffer, sizeof buffer) == -ENODATA);
    /* In the middle of an entry: whatever stands there, the call must come back. */
    for (int64_t offset = 0; offset < 400; offset++)
        fp_symbols_dies(module, type + offset, 3, buffer, sizeof buffer);
}

/* What is in functions, which the names do not lead to. */
static void test_qualifiers(int64_t module) {
    int64_t unit = fp_symbols_unit_at(module, (int64_t)address_of(module, "sought_function"));
    int64_t length = fp_symbols_unit_statics(module, unit, buffer, sizeof buffer), at = 0;
    while (at < length && !memmem(buffer + at, read_u32(buffer + at), "sought_static", 13))
        at += read_u32(buffer + at);
    CHECK(at < length);
    int64_t reference = (int64_t)read_u64(buffer + at + 8);
    length = fp_symbols_qualifier(module, reference, buffer, sizeof buffer);
    CHECK(length == 15 && contains(length, "sought_function"));
    CHECK(fp_symbols_qualifier(module, -1, buffer, sizeof buffer) == -ENODATA);
    /* In the middle of an entry. */
    for (int64_t offset = 0; offset < 400; offset++)
        fp_symbols_qualifier(module, reference + offset, buffer, sizeof buffer);
}

/* This program is linked against libdw, which has dwfl_begin. */
static void test_linkage_stubs(int64_t module) {
    CHECK(fp_symbols_elf_named(module, "dwfl_begin", buffer, sizeof buffer) == 0);
    int64_t address = (int64_t)address_of(module, "dwfl_begin@plt");
    uint64_t size = read_u64(buffer + 8);
    CHECK((size == 8 || size == 16) && read_u64(buffer + 16) == (uint64_t)address + size);
    CHECK(buffer[24] == FP_SYMBOL_LINKAGE_STUB);
    for (int64_t at = address; at < address + (int64_t)size; at++)
        CHECK(contains(fp_symbols_elf_at(module, at, buffer, sizeof buffer), "dwfl_begin@plt"));
    CHECK(!contains(fp_symbols_elf_at(module, address - 1, buffer, sizeof buffer), "dwfl_begin@plt"));
    CHECK(!contains(fp_symbols_prefixed(module, "dwfl_b", FP_NAMED_FUNCTION, 100, buffer, sizeof buffer),
                    "@plt"));
}

/* This program's file, in memory of its own. */
static uint8_t *own_image(int64_t *size) {
    int fd = open("/proc/self/exe", O_RDONLY);
    struct stat status;
    CHECK(fd >= 0 && fstat(fd, &status) == 0);
    uint8_t *image = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    CHECK(image != MAP_FAILED);
    close(fd);
    *size = status.st_size;
    return image;
}

static uint32_t random_below(uint32_t limit) {
    static uint32_t state = 1;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % limit;
}

/* Damages a section whose name is in `sections`, or in every third round what the sections' headers say, and
 * opens the rest. */
static int64_t open_damaged(uint8_t *image, int64_t size, const char *damaged, int round) {
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)image;
    Elf64_Shdr *sections = (Elf64_Shdr *)(image + header->e_shoff);
    const char *names = (const char *)image + sections[header->e_shstrndx].sh_offset;
    Elf64_Shdr section = {0};
    while (!section.sh_size || !strstr(damaged, names + section.sh_name))
        section = sections[random_below(header->e_shnum)];
    uint8_t *place = round % 3 ? image + section.sh_offset : (uint8_t *)sections;
    uint32_t bytes = round % 3 ? (uint32_t)section.sh_size : header->e_shnum * sizeof *sections;
    uint32_t at = random_below(bytes);
    uint32_t count = 1 + random_below(32);
    count = count < bytes - at ? count : bytes - at;
    uint8_t kept[32];
    memcpy(kept, place + at, count);
    for (uint32_t byte = 0; byte < count; byte++)
        place[at + byte] = random_below(3) ? (uint8_t)random_below(256) : 0xff;
    int64_t module = fp_symbols_open_image("[damaged]", image, size);
    memcpy(place + at, kept, count);
    return module;
}

/* Whatever is wrong with what stubs are found by: the calls must come back. */
static void test_damaged_stubs(void) {
    int64_t size;
    uint8_t *image = own_image(&size);
    for (int round = 0; round < 300; round++) {
        int64_t module = open_damaged(image, size, ".plt.sec.plt.got.rela.plt.rela.dyn.dynsym.dynstr", round);
        if (module < 0)
            continue;
        fp_symbols_elf_named(module, "dwfl_begin@plt", buffer, sizeof buffer);
        CHECK(fp_symbols_close(module) == 0);
    }
    munmap(image, (size_t)size);
}

/* As above, of what is around entries. */
static void test_damaged_scopes(void) {
    int64_t size;
    uint8_t *image = own_image(&size);
    for (int round = 0; round < 40; round++) {
        int64_t module = open_damaged(image, size, ".debug_info.debug_abbrev", round);
        if (module < 0)
            continue;
        for (int64_t unit = 0; unit < 3; unit++)
            for (int64_t reference = 0; reference < 3000; reference += 7)
                fp_symbols_qualifier(module, reference + unit * 20000, buffer, sizeof buffer);
        fp_symbols_named(module, "sought", -1, -1, buffer, sizeof buffer);
        fp_symbols_instances(module, "sought", -1, buffer, sizeof buffer);
        CHECK(fp_symbols_close(module) == 0);
    }
    munmap(image, (size_t)size);
}

static void test_image(void) {
    int64_t size;
    uint8_t *image = own_image(&size);
    int64_t module = fp_symbols_open_image("[image]", image, size);
    CHECK(module > 0);
    munmap(image, (size_t)size);
    CHECK(address_of(module, "sought_function") != 0);
    CHECK(fp_symbols_unit_count(module) > 0);
    CHECK(fp_symbols_close(module) == 0);
    CHECK(fp_symbols_close(module) == -EBADF);
}

int main(void) {
    CHECK(sought_function(&sought_variable) == 4);
    test_handles();
    int64_t module = fp_symbols_open("/proc/self/exe");
    CHECK(module > 0);
    CHECK(fp_symbols_damage(module, buffer, sizeof buffer) == 0);
    CHECK(contains(fp_symbols_debug_file(module, buffer, sizeof buffer), "/"));
    test_retry(module);
    test_functions(module);
    test_entries(module);
    test_qualifiers(module);
    test_linkage_stubs(module);
    CHECK(fp_symbols_close(module) == 0);
    test_image();
    test_damaged_stubs();
    test_damaged_scopes();
    puts("symbols: ok");
    return 0;
}
