/* targetfs.h: the file system as the target sees it.
 *
 * Owns: the target's root directory, and opening files below it. Paths are absolute and of the target's own view: in a
 * chroot or a container they are not the recorder's. Links are followed within that root, but not those of /proc that
 * lead out of it. What is not a regular file is never opened, since opening alone can have effects (devices) or block
 * (pipes). Whatever rights the recorder has, files are found and opened with the target's. */
#ifndef RECORD_TARGETFS_H
#define RECORD_TARGETFS_H

#include "src/base/arena.h"
#include "src/record/creds.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

struct targetfs {
    int root;            /* owned: its root directory; -1: it has gone */
    char path[PATH_MAX]; /* of the root, as the recorder sees it; "/" as a rule */
    struct creds as, own;
    bool readable; /* it is known as whom */
};

/* ours: the recorder started it, below its own root, which is taken where the process has gone and that cannot be asked
 * for. Of others that have gone nothing is read. */
void targetfs_init(struct targetfs *fs, pid_t pid, bool ours);
void targetfs_fini(struct targetfs *fs);

/* Finds what the path leads to, without opening it: a descriptor for the two functions below, or -1 with errno. */
int targetfs_find(const struct targetfs *fs, const char *path, struct stat *st);
/* Opens for reading what was found, a regular file; -1 with errno. */
int targetfs_read(const struct targetfs *fs, int found);
/* The path of what was found, free of links, as the target sees it. false where that cannot be told. */
bool targetfs_resolved(const struct targetfs *fs, int found, char out[PATH_MAX]);

bool targetfs_is_dir(const struct targetfs *fs, const char *path);
bool targetfs_is_file(const struct targetfs *fs, const char *path);
/* NULL when it cannot be read; closedir releases it. */
DIR *targetfs_dir(const struct targetfs *fs, const char *path);
/* A regular file's first max bytes, with a NUL behind them; {NULL, 0} when it cannot be read. */
struct slice targetfs_text(const struct targetfs *fs, const char *path, size_t max, struct arena *arena);

#endif
