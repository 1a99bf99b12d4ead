/* How the frame of a function of an ELF file is laid out, by its .eh_frame; its extent by that or symbols. */
#include "shim.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

/* DWARF's numbers of what a call preserves beside rsp (System V psABI for x86-64, figure 3.36). */
static const int PRESERVED[] = {3, 6, 12, 13, 14, 15};
#define COUNT (sizeof PRESERVED / sizeof *PRESERVED)

struct frame_layout {
    uint64_t low, high;
    int64_t cfa_register, cfa_offset;
    int64_t saved[COUNT];
};
_Static_assert(sizeof(struct frame_layout) == FP_LAYOUT_SIZE, "the layout that shim_memory.h states");

/* The segment that an offset in the file is loaded with. */
static int find_segment(Elf *elf, uint64_t offset, GElf_Phdr *header) {
    size_t count;
    if (elf_getphdrnum(elf, &count) != 0)
        return -ENOEXEC;
    for (size_t i = 0; i < count; i++)
        if (gelf_getphdr(elf, (int)i, header) != NULL && header->p_type == PT_LOAD &&
            offset >= header->p_offset && offset - header->p_offset < header->p_filesz)
            return 0;
    return -ENODATA;
}

static Elf_Data *find_frames(Elf *elf, uint64_t *address) {
    size_t names;
    GElf_Shdr header;
    if (elf_getshdrstrndx(elf, &names) != 0)
        return NULL;
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section)) != NULL;) {
        const char *name =
            gelf_getshdr(section, &header) != NULL ? elf_strptr(elf, names, header.sh_name) : NULL;
        if (name != NULL && strcmp(name, ".eh_frame") == 0) {
            *address = header.sh_addr;
            return elf_rawdata(section, NULL);
        }
    }
    return NULL;
}

/* The function around an address. Every compiler writes its begin as a distance of four bytes from where that
 * stands (DW_EH_PE_pcrel | DW_EH_PE_sdata4). */
static int find_extent(Elf *elf, uint64_t address, uint64_t *low, uint64_t *high) {
    uint64_t base;
    Dwarf_Off next;
    Dwarf_CFI_Entry entry;
    Elf_Data *data = find_frames(elf, &base);
    const unsigned char *ident = (const unsigned char *)elf_getident(elf, NULL);
    for (Dwarf_Off at = 0; data != NULL && ident != NULL && at != (Dwarf_Off)-1; at = next) {
        int32_t distance;
        uint32_t size;
        const int result = dwarf_next_cfi(ident, data, true, at, &next, &entry);
        if (result > 0 || (result < 0 && next <= at))
            break;
        if (result < 0 || dwarf_cfi_cie_p(&entry) ||
            entry.fde.end - entry.fde.start < (ptrdiff_t)(sizeof distance + sizeof size))
            continue;
        memcpy(&distance, entry.fde.start, sizeof distance);
        memcpy(&size, entry.fde.start + sizeof distance, sizeof size);
        *low =
            base + (uint64_t)(entry.fde.start - (const uint8_t *)data->d_buf) + (uint64_t)(int64_t)distance;
        *high = *low + size;
        if (address >= *low && address < *high)
            return 0;
    }
    return -ENODATA;
}

/* Where a register is, from the CFA; FP_NOT_SAVED: nowhere that this could tell. */
static int64_t place_of(Dwarf_Frame *frame, int number) {
    Dwarf_Op scratch[3], *ops;
    size_t count;
    if (dwarf_frame_register(frame, number, scratch, &ops, &count) != 0 || count == 0 ||
        ops[0].atom != DW_OP_call_frame_cfa)
        return FP_NOT_SAVED;
    if (count == 1)
        return 0;
    return count == 2 && ops[1].atom == DW_OP_plus_uconst ? (int64_t)ops[1].number : FP_NOT_SAVED;
}

/* All of a layout but the extent of the function, which is there already. */
static int describe(Elf *elf, uint64_t address, struct frame_layout *layout) {
    Dwarf_Op *ops;
    size_t count;
    Dwarf_Addr low, high;
    bool is_signal = false;
    Dwarf_Frame *frame = NULL;
    int result = -ENODATA;
    Dwarf_CFI *table = dwarf_getcfi_elf(elf);
    if (table != NULL && dwarf_cfi_addrframe(table, address, &frame) == 0 &&
        dwarf_frame_info(frame, &low, &high, &is_signal) >= 0 && !is_signal && low >= layout->low &&
        high <= layout->high && dwarf_frame_cfa(frame, &ops, &count) == 0 && count == 1 &&
        ops[0].atom == DW_OP_bregx) {
        layout->cfa_register = (int64_t)ops[0].number;
        layout->cfa_offset = (int64_t)ops[0].number2;
        for (size_t i = 0; i < COUNT; i++)
            layout->saved[i] = place_of(frame, PRESERVED[i]);
        result = 0;
    }
    free(frame);
    if (table != NULL)
        dwarf_cfi_end(table);
    return result;
}

FP_EXPORT int64_t fp_frame_layout(int32_t file, int64_t offset, uint8_t *answer) {
    struct frame_layout layout;
    GElf_Phdr segment;
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(file, ELF_C_READ_MMAP, NULL);
    if (elf == NULL)
        return -ENOEXEC;
    int result = find_segment(elf, (uint64_t)offset, &segment);
    if (result == 0) {
        const uint64_t bias = segment.p_vaddr - segment.p_offset;
        result = find_extent(elf, (uint64_t)offset + bias, &layout.low, &layout.high);
        if (result == 0)
            result = describe(elf, (uint64_t)offset + bias, &layout);
        layout.low -= bias;
        layout.high -= bias;
    }
    if (result == 0)
        memcpy(answer, &layout, sizeof layout);
    elf_end(elf);
    return result;
}

static Elf_Scn *section_of_type(Elf *elf, GElf_Word type, GElf_Shdr *header) {
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section)) != NULL;)
        if (gelf_getshdr(section, header) != NULL && header->sh_type == type && header->sh_entsize != 0)
            return section;
    return NULL;
}

/* Makes an extent around an address smaller where a function begins or ends in it. */
static void narrow(const GElf_Sym *symbol, uint64_t address, uint64_t extent[2]) {
    const uint64_t low = symbol->st_value, high = low + symbol->st_size;
    const int type = GELF_ST_TYPE(symbol->st_info);
    if (symbol->st_shndx == SHN_UNDEF || (type != STT_FUNC && type != STT_GNU_IFUNC))
        return;
    const uint64_t below = high <= address ? high : low, above = low > address ? low : high;
    if (below <= address && below > extent[0])
        extent[0] = below;
    if (above > address && above < extent[1])
        extent[1] = above;
}

static int narrow_by_symbols(Elf *elf, uint64_t address, uint64_t extent[2]) {
    GElf_Shdr header;
    GElf_Sym symbol;
    Elf_Scn *section = section_of_type(elf, SHT_SYMTAB, &header);
    if (section == NULL)
        section = section_of_type(elf, SHT_DYNSYM, &header);
    Elf_Data *data = section != NULL ? elf_getdata(section, NULL) : NULL;
    if (data == NULL)
        return -ENODATA;
    for (uint64_t i = 0; i < header.sh_size / header.sh_entsize; i++)
        if (gelf_getsym(data, (int)i, &symbol) != NULL)
            narrow(&symbol, address, extent);
    return 0;
}

FP_EXPORT int64_t fp_function_extent(int32_t file, int64_t offset, uint8_t *answer) {
    GElf_Phdr segment;
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(file, ELF_C_READ_MMAP, NULL);
    if (elf == NULL)
        return -ENOEXEC;
    int result = find_segment(elf, (uint64_t)offset, &segment);
    if (result == 0) {
        const uint64_t bias = segment.p_vaddr - segment.p_offset;
        uint64_t extent[2] = {segment.p_vaddr, segment.p_vaddr + segment.p_filesz};
        result = narrow_by_symbols(elf, (uint64_t)offset + bias, extent);
        extent[0] -= bias;
        extent[1] -= bias;
        memcpy(answer, extent, sizeof extent);
    }
    elf_end(elf);
    return result;
}
