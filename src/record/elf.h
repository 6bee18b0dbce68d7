/* elf.h: dynamic symbols and sections of an ELF file, or of one that a process has mapped; bounded. 64-bit
 * little-endian only. */
#ifndef RECORD_ELF_H
#define RECORD_ELF_H

#include <stddef.h>

#include "src/record/remote.h"

struct elf_symbol {
    const char *name; /* asked for */
    bool found;
    uint64_t value; /* as the file says: without the load bias */
    uint64_t size;
};

/* Looks the names up in .dynsym. *bias_base is p_vaddr - p_offset of the first loaded segment: where the file is mapped
 * with its beginning at address a, a symbol is at a - *bias_base + value. False when it is no ELF file of this kind. */
bool elf_symbols(int fd, struct elf_symbol *symbols, size_t n, uint64_t *bias_base);

/* A section's address and size, as the file says. *bias_base likewise. */
bool elf_section(int fd, struct elf_symbol *section, uint64_t *bias_base);

/* The same as elf_symbols of a file whose beginning the target has mapped at `start`, by what the dynamic linker uses:
 * needs no file and no section headers. Symbols are at *bias + value. */
bool elf_symbols_in_memory(const struct remote *remote, uint64_t start, struct elf_symbol *symbols, size_t n,
                           uint64_t *bias);

#endif
