/* roots.h: where the target's modules come from, worked out from its file system.
 *
 * Follows what CPython does at its start (getpath, site.py), with the target's own executable, environment and root
 * directory, never the recorder's. All of it is derived, and marked so: a program may change sys.path at will. */
#ifndef RECORD_ROOTS_H
#define RECORD_ROOTS_H

#include "formats/content.h"
#include "src/base/arena.h"
#include "src/base/err.h"
#include "src/record/targetfs.h"

/* What is known of the target. Borrowed; paths are the target's own view. */
struct roots_facts {
    const struct targetfs *fs;
    uint32_t python; /* PY_VERSION_HEX */
    bool free_threaded;
    struct slice executable;
    struct slice libpython; /* path of the shared library it runs, or empty */
    struct slice cwd;
    struct slice environ; /* NAME=value, NUL after each */
    const struct slice *args;
    size_t args_n;
};

struct roots {
    struct rec_root *items; /* owned; their paths are in the arena */
    uint32_t n, cap;
    struct slice script, real_script; /* the started script, by its name and without links; empty: there is none */
};

/* rec_root.process is left 0. Fails only when out of memory. */
MUST_CHECK bool roots_derive(struct roots *out, const struct roots_facts *facts, struct arena *arena, struct err *err);
void roots_fini(struct roots *roots);

/* The most specific root that path lies below; NULL when there is none. */
const struct rec_root *roots_find(const struct roots *roots, struct slice path);
/* Whether it holds what others wrote: the standard library or installed packages. root may be NULL. */
bool roots_is_library(const struct rec_root *root);

#endif
