/* secrets.h: lines of source that look as if they held a secret.
 *
 * What is taken for one is listed in pyheatmap(1), "SECRETS". It cannot find all; what it finds wrongly costs a line of
 * text, never a number. */
#ifndef HEATMAP_SECRETS_H
#define HEATMAP_SECRETS_H

#include "src/base/slice.h"

/* What goes on from one line to the next: a key between its BEGIN and END, a value that is yet to come. Zero at first.
 */
struct secrets {
    bool in_key;
    unsigned value_lines; /* that may still belong to the value */
    struct slice until;   /* what ends it; borrowed from constants */
};

/* Whether this line, without its ending, is to be blanked. Lines come in order. */
bool secrets_line(struct secrets *s, struct slice line);
/* Whether a name (of a variable, an option) is one that secrets have: "DB_PASSWORD", "--api-key". */
bool secrets_name(struct slice name);
/* Whether a value looks like a token or a key by itself. */
bool secrets_value(struct slice value);

#endif
