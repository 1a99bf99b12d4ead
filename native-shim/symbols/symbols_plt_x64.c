/*
 * Entries of the procedure linkage table as symbols NAME@plt, which no symbol table has. Linkers lay them out
 * in many ways (psABI sections 5.2 and 13.2), but each entry jumps through a slot of the global offset table,
 * and the relocation that fills the slot has the name.
 */
#include "symbols.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    uint64_t key; /* what it is looked up by: its slot; of those with a resolver, then that */
    uint64_t address, size;
    uint64_t resolver; /* of an indirect function; 0: none */
    const char *name;
    int rank; /* of the name, among those that one function has */
};

struct entries {
    struct entry *items; /* sorted by key, once all are there */
    size_t count, capacity;
};

/* Bytes of all names of a file together: many times what real ones take. */
enum { MOST_NAMES = 64 << 20 };

static int by_key(const void *left, const void *right) {
    const struct entry *a = left, *b = right;
    return (a->key > b->key) - (a->key < b->key);
}

static void sort(struct entries *entries) {
    if (entries->count)
        qsort(entries->items, entries->count, sizeof *entries->items, by_key);
}

/* The first entry of a key, or NULL. */
static struct entry *first_of(const struct entries *entries, uint64_t key) {
    size_t low = 0, high = entries->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (entries->items[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low < entries->count && entries->items[low].key == key ? &entries->items[low] : NULL;
}

/* What was found for the first entry of a key holds for all of them. */
static void share(struct entries *entries) {
    for (size_t at = 1; at < entries->count; at++) {
        struct entry *entry = &entries->items[at], *before = entry - 1;
        if (entry->key != before->key)
            continue;
        entry->name = before->name;
        entry->resolver = before->resolver;
    }
}

/*
 * Where `jmp *disp32(%rip)` ends that an entry begins with, or 0. endbr64 may come before it, mold's `mov
 * $imm32,%r11d`, and bnd.
 */
static size_t jump_end(const uint8_t *code, size_t length) {
    static const uint8_t endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
    size_t at = length > sizeof endbr64 && memcmp(code, endbr64, sizeof endbr64) == 0 ? sizeof endbr64 : 0;
    if (at + 6 < length && code[at] == 0x41 && code[at + 1] == 0xbb)
        at += 6;
    if (at < length && code[at] == 0xf2)
        at++;
    return at + 6 <= length && code[at] == 0xff && code[at + 1] == 0x25 ? at + 6 : 0;
}

/* Entries have 8 or 16 bytes; the latter where more follows: `push $index`, for lazy binding. */
static size_t entry_size(const uint8_t *code, size_t length, size_t end) {
    enum { PUSH_IMM32 = 0x68 };
    size_t size = end > 8 || (end < length && code[end] == PUSH_IMM32) ? 16 : 8;
    return size < length ? size : length;
}

static void collect(struct entries *entries, uint64_t address, const uint8_t *code, size_t length) {
    for (size_t at = 0, size; at < length; at += size) {
        size = 8;
        size_t end = jump_end(code + at, length - at);
        if (!end)
            continue;
        size = entry_size(code + at, length - at, end);
        if (!symbols_grow((void **)&entries->items, &entries->capacity, entries->count,
                          sizeof *entries->items))
            return;
        int32_t distance;
        memcpy(&distance, code + at + end - sizeof distance, sizeof distance);
        entries->items[entries->count++] = (struct entry){
            .key = address + at + end + (uint64_t)(int64_t)distance, .address = address + at, .size = size};
    }
}

static bool is_linkage_table(const char *name) {
    static const char *const names[] = {".plt", ".plt.sec", ".plt.got", ".plt.bnd", ".iplt"};
    for (size_t at = 0; name && at < sizeof names / sizeof *names; at++)
        if (strcmp(name, names[at]) == 0)
            return true;
    return false;
}

static void collect_sections(struct entries *entries, Elf *elf) {
    size_t names;
    if (elf_getshdrstrndx(elf, &names) != 0)
        return;
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section)) != NULL;) {
        GElf_Shdr header;
        if (!gelf_getshdr(section, &header) || header.sh_type != SHT_PROGBITS ||
            !(header.sh_flags & SHF_EXECINSTR) || !is_linkage_table(elf_strptr(elf, names, header.sh_name)))
            continue;
        const Elf_Data *data = elf_getdata(section, NULL);
        if (data && data->d_buf)
            collect(entries, header.sh_addr, data->d_buf, data->d_size);
    }
}

/* The name of symbol `index` in the table that a section of relocations goes by. */
static const char *symbol_name(Elf *elf, const GElf_Shdr *relocations, size_t index) {
    GElf_Shdr header;
    GElf_Sym symbol;
    Elf_Scn *section = elf_getscn(elf, relocations->sh_link);
    if (!section || !gelf_getshdr(section, &header) || index > INT32_MAX)
        return NULL;
    Elf_Data *data = elf_getdata(section, NULL);
    if (!data || !gelf_getsym(data, (int)index, &symbol))
        return NULL;
    const char *name = elf_strptr(elf, header.sh_link, symbol.st_name);
    return name && name[0] ? name : NULL;
}

static void relocate(struct entries *entries, Elf *elf, Elf_Scn *section, const GElf_Shdr *header) {
    Elf_Data *data = elf_getdata(section, NULL);
    GElf_Rela relocation;
    for (int at = 0; data && gelf_getrela(data, at, &relocation); at++) {
        uint64_t type = GELF_R_TYPE(relocation.r_info);
        if (type != R_X86_64_JUMP_SLOT && type != R_X86_64_GLOB_DAT && type != R_X86_64_IRELATIVE)
            continue;
        struct entry *entry = first_of(entries, relocation.r_offset);
        if (!entry || entry->name || entry->resolver)
            continue;
        if (type == R_X86_64_IRELATIVE)
            entry->resolver = (uint64_t)relocation.r_addend;
        else
            entry->name = symbol_name(elf, header, GELF_R_SYM(relocation.r_info));
    }
}

static void relocate_sections(struct entries *entries, Elf *elf) {
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section)) != NULL;) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) && header.sh_type == SHT_RELA && (header.sh_flags & SHF_ALLOC))
            relocate(entries, elf, section, &header);
    }
    share(entries);
}

/*
 * Of the names that a resolver has, what programs call: that of the indirect function, and seldom one of the
 * library's own, which is local or begins with __, or one for old sources, which is weak (index for strchr).
 * At least 1.
 */
static int rank(const struct elf_symbol *symbol) {
    return (symbol->type == STT_GNU_IFUNC) * 8 + (symbol->binding != STB_LOCAL) * 4 +
           (symbol->name[0] != '_') * 2 + (symbol->binding == STB_GLOBAL) + 1;
}

/* Leaves the entries of indirect functions, by their resolvers, and names them by the functions that begin
 * there. */
static void name_indirect(struct entries *entries, const struct module *module) {
    size_t kept = 0;
    for (size_t at = 0; at < entries->count; at++)
        if (entries->items[at].resolver) {
            entries->items[kept] = entries->items[at];
            entries->items[kept].key = entries->items[kept].resolver;
            kept++;
        }
    entries->count = kept;
    sort(entries);
    for (size_t at = 0; kept && at < module->symbol_count; at++) {
        const struct elf_symbol *symbol = &module->symbols[at];
        /* A name with an @ is that of an old version. */
        if ((symbol->type != STT_FUNC && symbol->type != STT_GNU_IFUNC) || strchr(symbol->name, '@'))
            continue;
        struct entry *entry = first_of(entries, symbol->address);
        if (!entry || entry->rank >= rank(symbol))
            continue;
        entry->name = symbol->name;
        entry->rank = rank(symbol);
    }
    share(entries);
}

static void add_symbol(struct module *module, const struct entry *entry) {
    char *name;
    if (asprintf(&name, "%s@plt", entry->name) < 0)
        return;
    name_index_add(&module->symbol_names, (struct name_entry){.name = name, .value = module->symbol_count});
    module->symbols[module->symbol_count++] = (struct elf_symbol){.address = entry->address,
                                                                  .size = entry->size,
                                                                  .limit = entry->address + entry->size,
                                                                  .name = name,
                                                                  .versionless = name,
                                                                  .type = FP_SYMBOL_LINKAGE_STUB,
                                                                  .binding = STB_LOCAL};
}

static void add_symbols(const struct entries *entries, struct module *module) {
    void *grown =
        realloc(module->symbols, (module->symbol_count + entries->count + 1) * sizeof *module->symbols);
    if (!grown)
        return;
    module->symbols = grown;
    size_t bytes = 0;
    for (size_t at = 0; at < entries->count && bytes < MOST_NAMES; at++) {
        const struct entry *entry = &entries->items[at];
        if (!entry->name)
            continue;
        bytes += strlen(entry->name);
        add_symbol(module, entry);
    }
}

void add_linkage_stubs(struct module *module) {
    GElf_Addr bias;
    GElf_Ehdr header;
    Elf *elf = dwfl_module_getelf(module->dwfl_module, &bias);
    if (!elf || !gelf_getehdr(elf, &header) || header.e_machine != EM_X86_64)
        return;
    struct entries entries = {0};
    collect_sections(&entries, elf);
    sort(&entries);
    if (entries.count) {
        relocate_sections(&entries, elf);
        add_symbols(&entries, module);
        name_indirect(&entries, module);
        add_symbols(&entries, module);
    }
    free(entries.items);
}
