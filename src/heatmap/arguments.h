/* arguments.h: a command line without what was passed to the program.
 *
 * What stays: the interpreter and its options, the script or module, and the names of the program's options. */
#ifndef HEATMAP_ARGUMENTS_H
#define HEATMAP_ARGUMENTS_H

#include "src/base/slice.h"

#define ARGUMENTS_REMOVED "\xe2\x80\xa6" /* … stands for a value */

/* For each of n arguments how many of its bytes stay; what is cut off is a value, and keep[i] == args[i].n leaves it
 * as it is. Returns how many values there were. */
unsigned arguments_keep(const struct slice *args, uint32_t n, size_t *keep);

#endif
