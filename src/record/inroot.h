/* inroot.h: opening a path below a directory as if that was the root, whatever links are on the way. */
#ifndef RECORD_INROOT_H
#define RECORD_INROOT_H

/* Finds what the absolute path leads to from the directory `root`: an O_PATH descriptor, or -1 with errno. No link
 * leads out of the root, and none of those of /proc, which name no path, is followed (ELOOP). */
int inroot_find(int root, const char *path);
/* The same without openat2(2), for kernels before 5.6 and sandboxes that do not know it. */
int inroot_walk(int root, const char *path);

#endif
