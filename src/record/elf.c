#include "config.h"

#include "src/record/elf.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A section larger than this is not one we want to read: libpython's .dynsym is 100 KB. */
enum { SECTION_MAX = 64 << 20, HEADERS_MAX = 4096 };

static bool read_at(int fd, uint64_t offset, void *p, size_t n)
{
    return offset <= INT64_MAX && pread(fd, p, n, (off_t)offset) == (ssize_t)n;
}

static void *read_section(int fd, const Elf64_Shdr *section)
{
    if (section->sh_size == 0 || section->sh_size > SECTION_MAX)
        return NULL;
    char *p = malloc(section->sh_size + 1);
    if (p == NULL)
        return NULL;
    if (!read_at(fd, section->sh_offset, p, section->sh_size)) {
        free(p);
        return NULL;
    }
    p[section->sh_size] = '\0'; /* so that the last string of a string table ends */
    return p;
}

static void look_up(const Elf64_Sym *table, size_t n_table, const char *names, uint64_t names_size,
                    struct elf_symbol *symbols, size_t n)
{
    for (size_t i = 0; i < n_table; i++) {
        if (table[i].st_shndx == SHN_UNDEF || table[i].st_name >= names_size)
            continue;
        for (size_t k = 0; k < n; k++) {
            if (strcmp(names + table[i].st_name, symbols[k].name) == 0) {
                symbols[k].found = true;
                symbols[k].value = table[i].st_value;
                symbols[k].size = table[i].st_size;
            }
        }
    }
}

static bool first_load(int fd, const Elf64_Ehdr *header, uint64_t *bias_base)
{
    for (unsigned i = 0; i < header->e_phnum; i++) {
        Elf64_Phdr segment;
        if (!read_at(fd, header->e_phoff + i * sizeof segment, &segment, sizeof segment))
            return false;
        if (segment.p_type == PT_LOAD) {
            *bias_base = segment.p_vaddr - segment.p_offset;
            return true;
        }
    }
    return false;
}

bool elf_symbols(int fd, struct elf_symbol *symbols, size_t n, uint64_t *bias_base)
{
    Elf64_Ehdr header;
    if (!read_at(fd, 0, &header, sizeof header) || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
        header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
        header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum > HEADERS_MAX || header.e_shnum > HEADERS_MAX ||
        (header.e_shnum > 0 && header.e_shentsize != sizeof(Elf64_Shdr)) || !first_load(fd, &header, bias_base))
        return false;
    for (unsigned i = 0; i < header.e_shnum; i++) {
        Elf64_Shdr dynsym, dynstr;
        if (!read_at(fd, header.e_shoff + i * sizeof dynsym, &dynsym, sizeof dynsym))
            return false;
        if (dynsym.sh_type != SHT_DYNSYM)
            continue;
        if (dynsym.sh_link >= header.e_shnum ||
            !read_at(fd, header.e_shoff + dynsym.sh_link * sizeof dynstr, &dynstr, sizeof dynstr))
            return false;
        Elf64_Sym *table = read_section(fd, &dynsym);
        char *names = read_section(fd, &dynstr);
        bool ok = table != NULL && names != NULL;
        if (ok)
            look_up(table, dynsym.sh_size / sizeof *table, names, dynstr.sh_size, symbols, n);
        free(table);
        free(names);
        return ok;
    }
    return false;
}
