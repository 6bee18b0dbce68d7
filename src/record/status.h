/* status.h: the line on a terminal that says how the recording goes on.
 *
 * Owns: whether there is one, drawing it in one place, and taking it away. It must not get into other programs' words:
 * a command that writes to the same terminal has it to itself, and so has the shell while we are in the background. */
#ifndef RECORD_STATUS_H
#define RECORD_STATUS_H

#include <stdbool.h>

struct status {
    bool wanted;
    bool shown;
};

/* launched: a command runs, with our standard output and error as its own. asked: with -v, in spite of the command. */
void status_init(struct status *s, bool quiet, bool launched, bool asked);
/* Draws the text in the place of the one before; text is cut at the terminal's width. */
void status_show(struct status *s, const char *text);
void status_clear(struct status *s);

#endif
