/* File and line tables. */
#include "symbols.h"
#include <errno.h>
#include <stdlib.h>

static struct module *begin(int64_t handle) {
    struct module *module = symbols_module(handle);
    if (module) {
        module->answer.length = 0;
        module->answer.failed = false;
    }
    return module;
}

static const char *compilation_directory(Dwarf_Die *unit) {
    Dwarf_Attribute attribute;
    return dwarf_attr(unit, DW_AT_comp_dir, &attribute) ? dwarf_formstring(&attribute) : NULL;
}

void put_file_table(struct module *module, Dwarf_Die *unit, Dwarf_Files *files, size_t count) {
    put_string(&module->answer, compilation_directory(unit));
    put_u32(&module->answer, (uint32_t)count);
    for (size_t at = 0; at < count; at++)
        put_string(&module->answer, dwarf_filesrc(files, at, NULL, NULL));
}

int64_t fp_symbols_files(int64_t handle, int64_t reference, uint8_t *out, int64_t capacity) {
    struct module *module = begin(handle);
    if (!module)
        return -EBADF;
    Dwarf_Die unit;
    Dwarf_Files *files;
    size_t count;
    if (!die_of(module, (uint64_t)reference, &unit))
        return -ENODATA;
    if (dwarf_getsrcfiles(&unit, &files, &count) != 0) {
        if (dwarf_hasattr(&unit, DW_AT_stmt_list))
            symbols_damaged(module, "line tables");
        return -ENODATA;
    }
    put_file_table(module, &unit, files, count);
    return deliver(&module->answer, out, capacity);
}

static void put_row(struct module *module, Dwarf_Line *line) {
    Dwarf_Addr address = 0;
    int number = 0, column = 0;
    bool statement = false, end = false, prologue = false, epilogue = false;
    Dwarf_Files *files;
    size_t file = 0;
    dwarf_lineaddr(line, &address);
    dwarf_lineno(line, &number);
    dwarf_linecol(line, &column);
    dwarf_linebeginstatement(line, &statement);
    dwarf_lineendsequence(line, &end);
    dwarf_lineprologueend(line, &prologue);
    dwarf_lineepiloguebegin(line, &epilogue);
    dwarf_line_file(line, &files, &file);
    put_u64(&module->answer, address);
    put_u32(&module->answer, (uint32_t)file);
    put_u32(&module->answer, (uint32_t)number);
    put_u16(&module->answer, (uint16_t)(column > 0xffff ? 0 : column));
    put_u16(&module->answer,
            (uint16_t)((statement ? FP_LINE_STATEMENT : 0) | (end ? FP_LINE_END_SEQUENCE : 0) |
                       (prologue ? FP_LINE_PROLOGUE_END : 0) | (epilogue ? FP_LINE_EPILOGUE_BEGIN : 0)));
}

static bool read_lines(struct module *module, Dwarf_Die *unit, Dwarf_Lines **lines, size_t *count) {
    if (!dwarf_hasattr(unit, DW_AT_stmt_list))
        return false;
    if (dwarf_getsrclines(unit, lines, count) == 0)
        return true;
    symbols_damaged(module, "line tables");
    return false;
}

int64_t fp_symbols_lines(int64_t handle, int64_t number, uint8_t *out, int64_t capacity) {
    struct module *module = begin(handle);
    if (!module)
        return -EBADF;
    struct unit *unit = unit_number(module, number);
    Dwarf_Lines *lines;
    Dwarf_Files *files;
    size_t count, file_count;
    if (!unit || !read_lines(module, &unit->die, &lines, &count) ||
        dwarf_getsrcfiles(&unit->die, &files, &file_count) != 0)
        return -ENODATA;
    put_file_table(module, &unit->die, files, file_count);
    put_u32(&module->answer, (uint32_t)count);
    for (size_t at = 0; at < count; at++)
        put_row(module, dwarf_onesrcline(lines, at));
    return deliver(&module->answer, out, capacity);
}

static void put_used_files(struct module *module, uint32_t number, Dwarf_Lines *lines, size_t count) {
    Dwarf_Die *unit = &module->units[number].die;
    Dwarf_Files *files;
    size_t file_count, used_count = 0;
    if (dwarf_getsrcfiles(unit, &files, &file_count) != 0 || file_count == 0)
        return;
    uint8_t *used = calloc(file_count, 1);
    if (!used)
        return;
    for (size_t at = 0; at < count; at++) {
        size_t file;
        Dwarf_Files *table;
        bool end = false;
        Dwarf_Line *line = dwarf_onesrcline(lines, at);
        dwarf_lineendsequence(line, &end);
        if (!end && dwarf_line_file(line, &table, &file) == 0 && file < file_count && !used[file])
            used_count += used[file] = 1;
    }
    put_u32(&module->answer, number);
    put_string(&module->answer, compilation_directory(unit));
    put_u32(&module->answer, (uint32_t)used_count);
    for (size_t file = 0; file < file_count; file++)
        if (used[file])
            put_string(&module->answer, dwarf_filesrc(files, file, NULL, NULL));
    free(used);
}

int64_t fp_symbols_source_files(int64_t handle, uint8_t *out, int64_t capacity) {
    struct module *module = begin(handle);
    if (!module)
        return -EBADF;
    read_units(module);
    for (size_t number = 0; number < module->unit_count; number++) {
        Dwarf_Lines *lines;
        size_t count;
        Dwarf_Die *unit = &module->units[number].die;
        if (dwarf_tag(unit) == DW_TAG_partial_unit || dwarf_tag(unit) == DW_TAG_type_unit)
            continue;
        if (read_lines(module, unit, &lines, &count))
            put_used_files(module, (uint32_t)number, lines, count);
    }
    return deliver(&module->answer, out, capacity);
}
