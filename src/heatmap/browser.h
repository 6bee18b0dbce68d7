/* browser.h: opening a page in the user's browser. */
#ifndef HEATMAP_BROWSER_H
#define HEATMAP_BROWSER_H

#include "src/base/err.h"

/* Runs $BROWSER, or xdg-open, with the address as its only argument, without a shell, and does not wait for it to end.
 * Fails when neither can be run. */
MUST_CHECK bool browser_open(const char *address, struct err *err);

#endif
