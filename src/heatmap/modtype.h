/* modtype.h: whose code a file is, and what its module is called.
 *
 * Decided from the roots that the target itself had (rec_root), never from this machine. The most specific root wins,
 * so site-packages wins over the standard library that contains it. */
#ifndef HEATMAP_MODTYPE_H
#define HEATMAP_MODTYPE_H

#include "formats/content.h"
#include "src/base/arena.h"
#include "src/base/err.h"

enum module_type { MODULE_PROJECT, MODULE_STDLIB, MODULE_SITE, MODULE_OTHER, MODULE_TYPES };

struct module_root {
    uint32_t kind;     /* enum rec_root_kind */
    struct slice path; /* borrowed */
};

struct module {
    enum module_type type;
    struct slice name;  /* "pkg.mod"; under no root, the last component of the path */
    struct slice below; /* the path below its root: "pkg/mod.py"; under no root, the last component. Borrowed */
};

/* "project", "stdlib", "site-packages", "other" */
const char *module_type_name(enum module_type type);

/* Puts the roots of a process in the order in which module_of tries them. */
void module_roots_sort(struct module_root *roots, size_t n);

/* name is co_filename, path the resolved one or empty; roots are sorted. out->name is in the arena or borrowed. Fails
 * only when out of memory. */
MUST_CHECK bool module_of(struct arena *arena, const struct module_root *roots, size_t n, struct slice name,
                          struct slice path, struct module *out, struct err *err);

#endif
