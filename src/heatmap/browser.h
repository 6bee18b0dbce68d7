/* browser.h: opening a page in the user's browser. */
#ifndef HEATMAP_BROWSER_H
#define HEATMAP_BROWSER_H

#include <sys/types.h>

#include "src/base/err.h"

/* Runs $BROWSER, or xdg-open, with the address as its only argument, without a shell, and does not wait for it to end.
 * Fails when neither can be run. */
MUST_CHECK bool browser_open(const char *address, struct err *err);

/* A process that waits to do that, for one that will have given up the right to run programs (sandbox.h). */
struct browser {
    int fd; /* owned; -1: there is none */
    pid_t pid;
};

MUST_CHECK bool browser_prepare(struct browser *b, struct err *err);
/* browser_open, by it. */
MUST_CHECK bool browser_show(struct browser *b, const char *address, struct err *err);
/* Ends it, if it is there. */
void browser_fini(struct browser *b);

#endif
