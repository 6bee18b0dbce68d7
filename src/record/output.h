/* output.h: the file that a recording goes to.
 *
 * Owns: which file may be created or replaced, the descriptor, and writing it forward. Knows of its content only how a
 * recording begins. A new file is readable by its owner alone; nothing is ever written through a symbolic link. What is
 * replaced stays until the first bytes of the new one are on their way: a recording that comes to nothing costs none.
 */
#ifndef RECORD_OUTPUT_H
#define RECORD_OUTPUT_H

#include "src/base/err.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct output {
    int fd;       /* owned; -1: closed */
    char *name;   /* owned; for messages: "standard output" for "-" */
    char *beside; /* owned; where it is until it takes the place of what is there; NULL: it is in its place */
    bool created; /* a file that output_remove may remove */
};

/* name: as options.output, NULL for the default name of that pid. What exists is replaced if it is a recording, is
 * empty, or with force. On failure *o wants no output_fini. */
MUST_CHECK bool output_open(struct output *o, const char *name, pid_t pid, bool force, struct err *err);
/* Writes all n bytes. self is a struct output. */
MUST_CHECK bool output_write(void *self, const uint8_t *p, size_t n, struct err *err);
/* Fails where the system found out only now that it could not write. */
MUST_CHECK bool output_close(struct output *o, struct err *err);
/* Removes what output_open created: for when there was nothing to record. What was to be replaced is there, unless
 * something was written. */
void output_remove(struct output *o);
void output_fini(struct output *o);

#endif
