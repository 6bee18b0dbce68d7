/* path.h: paths as text. Nothing here looks at a file system. */
#ifndef RECORD_PATH_H
#define RECORD_PATH_H

#include "src/base/slice.h"

#include <limits.h>

/* dir/name, or name alone when it is absolute, without ".", "//" and a trailing "/". ".." stays: what it means depends
 * on links. false when too long, or with a NUL in it, and then out is empty. */
bool path_join(char out[PATH_MAX], struct slice dir, struct slice name);
/* Takes out "x/.." pairs. Only where nothing before a ".." is a link does this name the same file. */
void path_fold(char path[PATH_MAX]);
/* path is dir, or lies below it. */
bool path_below(struct slice path, struct slice dir);
/* Without the last component: "/a/b" is in "/a", "/a" in "/". */
struct slice path_dir(struct slice path);
struct slice path_last(struct slice path);

#endif
