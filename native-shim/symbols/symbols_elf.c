/* The ELF symbol tables: .symtab, .dynsym and .gnu_debugdata, of the file and of its separate debug file. */
#include "symbols.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool section_end(Elf *elf, GElf_Word index, uint64_t *end) {
    GElf_Shdr header;
    Elf_Scn *section = elf ? elf_getscn(elf, index) : NULL;
    if (!section || !gelf_getshdr(section, &header) || !(header.sh_flags & SHF_ALLOC))
        return false;
    *end = header.sh_addr + header.sh_size;
    return true;
}

static bool read_symbol(struct module *module, int at, struct elf_symbol *symbol) {
    GElf_Sym raw;
    GElf_Addr address;
    GElf_Word section;
    Elf *elf;
    Dwarf_Addr bias;
    const char *name =
        dwfl_module_getsym_info(module->dwfl_module, at, &raw, &address, &section, &elf, &bias);
    if (!name || !name[0] || section == SHN_UNDEF)
        return false;
    uint8_t type = GELF_ST_TYPE(raw.st_info);
    if (type == STT_SECTION || type == STT_FILE)
        return false;
    *symbol = (struct elf_symbol){.address = type == STT_TLS ? raw.st_value : address,
                                  .size = raw.st_size,
                                  .name = name,
                                  .type = type,
                                  .binding = GELF_ST_BIND(raw.st_info)};
    uint64_t end;
    if (type != STT_TLS && section != SHN_ABS && section_end(elf, section, &end))
        symbol->limit = raw.st_size && raw.st_size <= end - address ? address + raw.st_size : end;
    return true;
}

/*
 * The linker writes the version into the names of .symtab: `name@@VERSION` is what programs link against by
 * `name` (of .dynsym, the versions stand elsewhere). Those with one @ are for programs of old.
 */
static void drop_version(struct elf_symbol *symbol) {
    const char *version = strstr(symbol->name, "@@");
    if (!version || version == symbol->name)
        return;
    symbol->versionless = strndup(symbol->name, (size_t)(version - symbol->name));
    if (symbol->versionless)
        symbol->name = symbol->versionless;
}

static int rank(const struct elf_symbol *symbol) {
    int binding = symbol->binding == STB_GLOBAL ? 2 : symbol->binding == STB_WEAK ? 1 : 0;
    int type = symbol->type == STT_FUNC || symbol->type == STT_GNU_IFUNC || symbol->type == STT_OBJECT;
    return (symbol->size > 0) * 16 + type * 8 + binding;
}

static int by_address(const void *left, const void *right, void *context) {
    const struct elf_symbol *symbols = context;
    const struct elf_symbol *a = &symbols[*(const uint32_t *)left], *b = &symbols[*(const uint32_t *)right];
    if (a->address != b->address)
        return a->address < b->address ? -1 : 1;
    return rank(a) - rank(b);
}

static void sort_by_address(struct module *module) {
    module->by_address = malloc((module->symbol_count + 1) * sizeof *module->by_address);
    if (!module->by_address)
        return;
    for (size_t at = 0; at < module->symbol_count; at++)
        if (module->symbols[at].limit > module->symbols[at].address)
            module->by_address[module->by_address_count++] = (uint32_t)at;
    qsort_r(module->by_address, module->by_address_count, sizeof *module->by_address, by_address,
            module->symbols);
    /* A symbol without a size reaches to the next one of another address, in its section. */
    uint64_t next = UINT64_MAX, here = UINT64_MAX;
    for (size_t at = module->by_address_count; at-- > 0;) {
        struct elf_symbol *symbol = &module->symbols[module->by_address[at]];
        if (symbol->address != here)
            next = here;
        here = symbol->address;
        if (symbol->size == 0 && symbol->limit > next)
            symbol->limit = next;
    }
}

void read_symbols(struct module *module) {
    if (module->symbols_read)
        return;
    module->symbols_read = true;
    int count = dwfl_module_getsymtab(module->dwfl_module);
    if (count <= 0)
        return;
    module->symbols = malloc((size_t)count * sizeof *module->symbols);
    if (!module->symbols)
        return;
    for (int at = 1; at < count; at++) {
        struct elf_symbol *symbol = &module->symbols[module->symbol_count];
        if (!read_symbol(module, at, symbol))
            continue;
        drop_version(symbol);
        name_index_add(&module->symbol_names,
                       (struct name_entry){.name = symbol->name, .value = module->symbol_count});
        module->symbol_count++;
    }
    add_linkage_stubs(module);
    sort_by_address(module);
}

void free_symbols(struct module *module) {
    for (size_t at = 0; at < module->symbol_count; at++)
        free(module->symbols[at].versionless);
    free(module->symbols);
    free(module->by_address);
    name_index_free(&module->symbol_names);
}

static void put_symbol(struct answer *answer, const struct elf_symbol *symbol) {
    put_u64(answer, symbol->address);
    put_u64(answer, symbol->size);
    put_u64(answer, symbol->limit);
    put_u8(answer, symbol->type);
    put_u8(answer, symbol->binding);
    put_string(answer, symbol->name);
}

/* The symbols at and below an address are tried downwards, since a small one may stand inside a large one. */
static const struct elf_symbol *symbol_at(const struct module *module, uint64_t address) {
    size_t low = 0, high = module->by_address_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (module->symbols[module->by_address[middle]].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t tries = 0; low > 0 && tries < 64; tries++) {
        const struct elf_symbol *symbol = &module->symbols[module->by_address[--low]];
        if (address < symbol->limit)
            return symbol;
    }
    return NULL;
}

static struct module *begin(int64_t handle) {
    struct module *module = symbols_module(handle);
    if (!module)
        return NULL;
    module->answer.length = 0;
    module->answer.failed = false;
    read_symbols(module);
    return module;
}

int64_t fp_symbols_elf_at(int64_t handle, int64_t address, uint8_t *out, int64_t capacity) {
    struct module *module = begin(handle);
    if (!module)
        return -EBADF;
    const struct elf_symbol *symbol = symbol_at(module, (uint64_t)address);
    if (!symbol)
        return -ENODATA;
    put_symbol(&module->answer, symbol);
    return deliver(&module->answer, out, capacity);
}

int64_t fp_symbols_elf_named(int64_t handle, const char *name, uint8_t *out, int64_t capacity) {
    struct module *module = begin(handle);
    if (!module)
        return -EBADF;
    for (int pass = 0; pass < 2; pass++) {
        const struct name_index *index = &module->symbol_names;
        for (uint32_t at = name_index_first(index, name); at != NAME_NONE;
             at = name_index_next(index, at, name)) {
            const struct elf_symbol *symbol = &module->symbols[index->entries[at].value];
            if ((symbol->binding == STB_LOCAL) == (pass == 1))
                put_symbol(&module->answer, symbol);
        }
    }
    return deliver(&module->answer, out, capacity);
}

int64_t fp_symbols_elf_containing(int64_t handle, const char *text, uint8_t *out, int64_t capacity) {
    struct module *module = begin(handle);
    if (!module)
        return -EBADF;
    for (size_t at = 0; at < module->symbol_count; at++)
        if (strstr(module->symbols[at].name, text))
            put_symbol(&module->answer, &module->symbols[at]);
    return deliver(&module->answer, out, capacity);
}
