/* Modules: opening ELF files, finding their debug information, and handing answers out. */
#include "symbols.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct module **modules;
static size_t module_count, module_capacity;

bool symbols_grow(void **array, size_t *capacity, size_t count, size_t item) {
    if (count < *capacity)
        return true;
    size_t larger = *capacity ? *capacity * 2 : 64;
    void *grown = realloc(*array, larger * item);
    if (!grown)
        return false;
    *array = grown;
    *capacity = larger;
    return true;
}

struct module *symbols_module(int64_t handle) {
    if (handle < 1 || (size_t)handle > module_count)
        return NULL;
    return modules[handle - 1];
}

void symbols_damaged(struct module *module, const char *where) {
    int error = dwarf_errno();
    if (module->damage[0] == 0)
        snprintf(module->damage, sizeof module->damage, "%s: %s", where,
                 error ? dwarf_errmsg(error) : "inconsistent");
}

/* libdwfl opens debug files without O_CLOEXEC; the debuggee must not inherit them. */
static int find_debuginfo(Dwfl_Module *dwfl_module, void **user, const char *name, Dwarf_Addr base,
                          const char *file_name, const char *link, GElf_Word crc, char **found) {
    int fd = dwfl_standard_find_debuginfo(dwfl_module, user, name, base, file_name, link, crc, found);
    if (fd >= 0)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    return fd;
}

static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = find_debuginfo,
    .section_address = dwfl_offline_section_address,
};

static int64_t keep(struct module *module) {
    if (!symbols_grow((void **)&modules, &module_capacity, module_count, sizeof *modules))
        return -ENOMEM;
    modules[module_count++] = module;
    return (int64_t)module_count;
}

static void release(struct module *module) {
    if (module->dwfl)
        dwfl_end(module->dwfl);
    free(module->files);
    free(module->units);
    free(module->ranges);
    free_symbols(module);
    name_index_free(&module->die_names);
    instances_free(&module->instances);
    scopes_free(&module->scopes);
    free(module->answer.bytes);
    free(module);
}

/* Takes fd over. */
static int64_t open_descriptor(const char *name, int fd) {
    struct module *module = calloc(1, sizeof *module);
    if (module)
        module->dwfl = dwfl_begin(&callbacks);
    if (!module || !module->dwfl) {
        close(fd);
        free(module);
        return -ENOMEM;
    }
    dwfl_report_begin(module->dwfl);
    /* Base 0, added to the file's own addresses: everything comes out as the file states it. */
    module->dwfl_module = dwfl_report_elf(module->dwfl, name, name, fd, 0, true);
    if (!module->dwfl_module)
        close(fd);
    dwfl_report_end(module->dwfl, NULL, NULL);
    GElf_Addr bias;
    if (!module->dwfl_module || !dwfl_module_getelf(module->dwfl_module, &bias)) {
        release(module);
        return -ENOEXEC;
    }
    int64_t handle = keep(module);
    if (handle < 0)
        release(module);
    return handle;
}

int64_t fp_symbols_open(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? -errno : open_descriptor(path, fd);
}

int64_t fp_symbols_open_image(const char *name, const uint8_t *image, int64_t length) {
    int fd = memfd_create("forkpoint-image", MFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    for (int64_t done = 0; done < length;) {
        ssize_t written = write(fd, image + done, (size_t)(length - done));
        if (written < 0) {
            int error = errno;
            close(fd);
            return -error;
        }
        done += written;
    }
    return open_descriptor(name, fd);
}

int64_t fp_symbols_close(int64_t handle) {
    struct module *module = symbols_module(handle);
    if (!module)
        return -EBADF;
    modules[handle - 1] = NULL;
    release(module);
    return 0;
}

Dwarf *symbols_dwarf(struct module *module) {
    if (!module->dwarf_sought) {
        module->dwarf_sought = true;
        GElf_Addr bias;
        module->dwarf = dwfl_module_getdwarf(module->dwfl_module, &bias);
    }
    return module->dwarf;
}

int64_t fp_symbols_fetch(int64_t handle, uint8_t *out, int64_t capacity) {
    struct module *module = symbols_module(handle);
    return module ? deliver(&module->answer, out, capacity) : -EBADF;
}

static int64_t answer_text(struct module *module, const char *text, uint8_t *out, int64_t capacity) {
    module->answer.length = 0;
    module->answer.failed = false;
    put_bytes(&module->answer, text, strlen(text));
    return deliver(&module->answer, out, capacity);
}

int64_t fp_symbols_debug_file(int64_t handle, uint8_t *out, int64_t capacity) {
    struct module *module = symbols_module(handle);
    if (!module)
        return -EBADF;
    if (!symbols_dwarf(module))
        return -ENODATA;
    const char *main_file = NULL, *debug_file = NULL;
    dwfl_module_info(module->dwfl_module, NULL, NULL, NULL, NULL, NULL, &main_file, &debug_file);
    const char *path = debug_file ? debug_file : main_file;
    return answer_text(module, path ? path : "", out, capacity);
}

int64_t fp_symbols_damage(int64_t handle, uint8_t *out, int64_t capacity) {
    struct module *module = symbols_module(handle);
    return module ? answer_text(module, module->damage, out, capacity) : -EBADF;
}
