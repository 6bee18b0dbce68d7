/* input.h: the bytes of a recording, wherever they come from.
 *
 * A file is read in place. What is in a .gz, a .zip or a report is taken out first (unpack.h). Standard input, a pipe
 * or a device is first copied to a temporary file without a name, since readers want to look twice. Shows on a terminal
 * how far the reading is. */
#ifndef HEATMAP_INPUT_H
#define HEATMAP_INPUT_H

#include "formats/format.h"

#define INPUT_MAX_SPOOL (16ull << 30) /* bytes that are taken from a pipe */

struct input {
    struct format_input in; /* in.self is this struct: it must not move */
    int fd;                 /* owned; -1: closed */
    bool progress;          /* shown on standard error */
    uint64_t read;          /* the furthest byte that was read */
    unsigned shown;         /* percent, plus 1 */
};

/* "-" is standard input. path is borrowed. */
MUST_CHECK bool input_open(struct input *input, const char *path, bool progress, struct err *err);
/* What was written to a file of input_temporary; fd is the input's then. */
void input_of_file(struct input *input, int fd, uint64_t size, const char *name);
/* An empty file without a name; -1 with errno set. */
int input_temporary(void);
/* Takes the progress off the terminal. May be called twice. */
void input_close(struct input *input);

#endif
