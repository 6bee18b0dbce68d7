/* mapped.h: the files that a process has mapped, as far as they matter here, and the symbols in them.
 *
 * Symbols are looked up in the target's memory, which is there whatever has become of the file and wherever the target
 * sees it; where that cannot be, in the file: through the kernel's own link, below the target's root, or by the plain
 * path, which is what maps shows for a target in a chroot. */
#ifndef RECORD_MAPPED_H
#define RECORD_MAPPED_H

#include <limits.h>

#include "src/record/elf.h"
#include "src/record/remote.h"

/* A file that is mapped from its beginning: an executable or a library. */
struct mapped {
    bool found;
    uint64_t start;
    char path[PATH_MAX];
};

struct images {
    struct mapped executable, libpython, loader, libc, libpthread;
};

/* False when the process cannot be looked at, or has gone. */
MUST_CHECK bool images_read(struct images *images, pid_t pid, struct err *err);

/* Finds the symbols, which get the addresses that they have in the target. False when the file has none. */
bool mapped_symbols(const struct mapped *m, pid_t pid, const struct remote *remote, struct elf_symbol *symbols,
                    size_t n);

/* The same of a section of the file. */
bool mapped_section(const struct mapped *m, pid_t pid, struct elf_symbol *section);

/* 3.x by the name of the file, "python3.x" or "libpython3.x.so…", as PY_VERSION_HEX >> 16; 0: it does not say. */
uint32_t mapped_version(const char *path);

#endif
