/* pagename.h: the file name of a page, from its module's name.
 *
 * Names do not depend on ranks or counts, so links survive a re-run. Below a root: src/<module>.html; below none:
 * other/<name>-<hash>.html. In <module> and <name> the bytes a–z, 0–9, '_', '-' and '.' stand for themselves, a capital
 * is '~' and the small letter, any other byte '~' and its value as three decimal digits, a '.' in front too. That can
 * be undone, gives lower case only (file systems that fold case), and needs no escape in a URL.
 * <hash> is 8 hexadecimal digits of the path's XXH3-128. It is appended as well to a name that is over 120 bytes
 * (which is cut), to one that Windows reserves (which gets a '_' in front), and to all who would share a name. */
#ifndef HEATMAP_PAGENAME_H
#define HEATMAP_PAGENAME_H

#include "src/heatmap/modtype.h"

#define PAGENAME_MAX 120

struct page_request {
    enum module_type type;
    struct slice module;   /* borrowed, as all here */
    struct slice identity; /* what is hashed: the path, different for each */
    struct slice page;     /* result, in the arena, NUL-terminated: "src/pkg.mod.html" */
};

/* Names all pages of a site at once: only so can collisions be seen. Fails only when out of memory. */
MUST_CHECK bool pagename_all(struct arena *arena, struct page_request *requests, size_t n, struct err *err);

#endif
