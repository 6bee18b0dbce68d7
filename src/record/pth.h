/* pth.h: what the files in a site-packages directory add to sys.path.
 *
 * Reads .pth files as site.py does, but never runs their "import" lines; and of those that hook an editable
 * installation in, the mapping that setuptools writes into __editable___<name>_finder.py. */
#ifndef RECORD_PTH_H
#define RECORD_PTH_H

#include "src/base/arena.h"
#include "src/record/targetfs.h"

/* Called for each path: absolute, existing or not. */
typedef void pth_found(void *self, const char *path);

void pth_read(const struct targetfs *fs, const char *site, struct arena *scratch, pth_found *found, void *self);

/* The directories that a finder's MAPPING = {'package': '/path/of/package'} puts its packages in. */
void pth_mapping(struct slice text, pth_found *found, void *self);

#endif
