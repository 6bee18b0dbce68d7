#include "config.h"

#include "src/record/elf.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A section larger than this is not one we want to read: libpython's .dynsym is 100 KB. */
enum {
    SECTION_MAX = 64 << 20,
    HEADERS_MAX = 4096,
    SEGMENTS_MAX = 64,
    DYNAMIC_MAX = 256,
    CHAIN_MAX = 4096,
    NAME_MAX_BYTES = 64
};

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

static bool same_kind(const Elf64_Ehdr *header)
{
    return memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 && header->e_ident[EI_CLASS] == ELFCLASS64 &&
           header->e_ident[EI_DATA] == ELFDATA2LSB && header->e_phentsize == sizeof(Elf64_Phdr);
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

static bool read_header(int fd, Elf64_Ehdr *header, uint64_t *bias_base)
{
    return read_at(fd, 0, header, sizeof *header) && same_kind(header) && header->e_phnum <= HEADERS_MAX &&
           header->e_shnum <= HEADERS_MAX && (header->e_shnum == 0 || header->e_shentsize == sizeof(Elf64_Shdr)) &&
           first_load(fd, header, bias_base);
}

bool elf_symbols(int fd, struct elf_symbol *symbols, size_t n, uint64_t *bias_base)
{
    Elf64_Ehdr header;
    if (!read_header(fd, &header, bias_base))
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

static void look_for(const Elf64_Shdr *sections, unsigned n, const char *names, uint64_t names_size,
                     struct elf_symbol *section)
{
    for (unsigned i = 0; i < n && !section->found; i++) {
        if (sections[i].sh_name < names_size && strcmp(names + sections[i].sh_name, section->name) == 0) {
            section->found = true;
            section->value = sections[i].sh_addr;
            section->size = sections[i].sh_size;
        }
    }
}

bool elf_section(int fd, struct elf_symbol *section, uint64_t *bias_base)
{
    Elf64_Ehdr header;
    if (!read_header(fd, &header, bias_base) || header.e_shnum == 0 || header.e_shstrndx >= header.e_shnum)
        return false;
    const size_t size = header.e_shnum * sizeof(Elf64_Shdr);
    Elf64_Shdr *sections = malloc(size);
    bool ok = sections != NULL && read_at(fd, header.e_shoff, sections, size);
    char *names = ok ? read_section(fd, &sections[header.e_shstrndx]) : NULL;
    if (names != NULL)
        look_for(sections, header.e_shnum, names, sections[header.e_shstrndx].sh_size, section);
    ok = names != NULL;
    free(names);
    free(sections);
    return ok;
}

/* What a mapped file's dynamic section says; all in the target's addresses. */
struct dynamic {
    uint64_t symbols, names, hash;
};

/* Where the dynamic section is, and the bias of all addresses. */
static bool find_dynamic(const struct remote *remote, uint64_t start, uint64_t *bias, uint64_t *at, uint64_t *size)
{
    Elf64_Ehdr header;
    Elf64_Phdr segments[SEGMENTS_MAX];
    if (!remote_read(remote, start, &header, sizeof header) || !same_kind(&header) || header.e_phnum > SEGMENTS_MAX ||
        !remote_read(remote, start + header.e_phoff, segments, header.e_phnum * sizeof *segments))
        return false;
    bool loaded = false;
    *size = 0;
    for (unsigned i = 0; i < header.e_phnum; i++) {
        if (segments[i].p_type == PT_LOAD && !loaded) {
            *bias = start - (segments[i].p_vaddr - segments[i].p_offset);
            loaded = true;
        } else if (segments[i].p_type == PT_DYNAMIC) {
            *at = segments[i].p_vaddr;
            *size = segments[i].p_memsz;
        }
    }
    *at += *bias;
    return loaded && *size > 0;
}

/* glibc's dynamic linker writes addresses in the place of the file's values, musl's does not. */
static uint64_t relocated(uint64_t value, uint64_t bias)
{
    return value < bias ? value + bias : value;
}

static bool read_dynamic(const struct remote *remote, uint64_t start, uint64_t *bias, struct dynamic *d)
{
    Elf64_Dyn entries[DYNAMIC_MAX];
    uint64_t at = 0, size;
    if (!find_dynamic(remote, start, bias, &at, &size))
        return false;
    const uint64_t n = size / sizeof *entries < DYNAMIC_MAX ? size / sizeof *entries : DYNAMIC_MAX;
    if (!remote_read(remote, at, entries, n * sizeof *entries))
        return false;
    *d = (struct dynamic){0};
    for (uint64_t i = 0; i < n && entries[i].d_tag != DT_NULL; i++) {
        const uint64_t value = relocated(entries[i].d_un.d_ptr, *bias);
        if (entries[i].d_tag == DT_SYMTAB)
            d->symbols = value;
        else if (entries[i].d_tag == DT_STRTAB)
            d->names = value;
        else if (entries[i].d_tag == DT_GNU_HASH)
            d->hash = value;
    }
    return d->symbols != 0 && d->names != 0 && d->hash != 0;
}

static uint32_t gnu_hash(const char *name)
{
    uint32_t h = 5381;
    for (; *name != '\0'; name++)
        h = h * 33 + (uint8_t)*name;
    return h;
}

/* Whether symbol number i is the one that is asked for. */
static bool matches(const struct remote *remote, const struct dynamic *d, uint32_t i, struct elf_symbol *symbol)
{
    Elf64_Sym entry;
    char name[NAME_MAX_BYTES];
    const size_t n = strlen(symbol->name) + 1;
    if (n > sizeof name || !remote_read(remote, d->symbols + i * sizeof entry, &entry, sizeof entry) ||
        entry.st_shndx == SHN_UNDEF || !remote_read(remote, d->names + entry.st_name, name, n) ||
        memcmp(name, symbol->name, n) != 0)
        return false;
    symbol->found = true;
    symbol->value = entry.st_value;
    symbol->size = entry.st_size;
    return true;
}

/* The table of DT_GNU_HASH: four words, a Bloom filter of 64-bit words, the buckets, a chain of hashes whose last one
 * has bit 0 set. */
static bool find_by_hash(const struct remote *remote, const struct dynamic *d, struct elf_symbol *symbol)
{
    uint32_t head[4], i, hash;
    if (!remote_read(remote, d->hash, head, sizeof head) || head[0] == 0)
        return false;
    const uint32_t wanted = gnu_hash(symbol->name);
    const uint64_t buckets = d->hash + sizeof head + (uint64_t)head[2] * 8, chain = buckets + (uint64_t)head[0] * 4;
    if (!remote_u32(remote, buckets + (uint64_t)(wanted % head[0]) * 4, &i) || i < head[1])
        return true; /* an empty bucket: there is no such symbol */
    for (unsigned steps = 0; steps < CHAIN_MAX; steps++, i++) {
        if (!remote_u32(remote, chain + (uint64_t)(i - head[1]) * 4, &hash))
            return false;
        if ((hash | 1) == (wanted | 1) && matches(remote, d, i, symbol))
            return true;
        if ((hash & 1) != 0)
            return true;
    }
    return false;
}

bool elf_symbols_in_memory(const struct remote *remote, uint64_t start, struct elf_symbol *symbols, size_t n,
                           uint64_t *bias)
{
    struct dynamic d;
    if (!read_dynamic(remote, start, bias, &d))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!find_by_hash(remote, &d, &symbols[i]))
            return false;
    }
    return true;
}
