/* tree.h: a directory of its own for a test, and files in it. Everything that fails aborts. */
#ifndef TESTS_TREE_H
#define TESTS_TREE_H

#include "src/base/slice.h"

/* Makes a directory and returns its path, free of links; valid until tree_remove. */
const char *tree_make(void);
void tree_remove(void);
/* The path of a name in it; of the last 16 calls, each has its own. */
const char *tree_path(const char *name);
/* Makes the file, and the directories that lead to it. */
void tree_file(const char *name, struct slice text);
void tree_dir(const char *name);
/* target: as it is. */
void tree_link(const char *name, const char *target);
/* How many names are in it. */
unsigned tree_count(void);
/* What the file holds; valid until the next call. */
struct slice tree_read(const char *name);

#endif
