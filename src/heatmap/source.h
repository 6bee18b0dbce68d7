/* source.h: the text behind a file's page, and whether it is what ran.
 *
 * The text travels in the recording, or is looked for below the directories of --source-root: only there, without
 * following a symbolic link, regular files only. No other file is opened: a stranger's recording that says
 * /etc/passwd does not get it onto a page. */
#ifndef HEATMAP_SOURCE_H
#define HEATMAP_SOURCE_H

#include "formats/content.h"
#include "src/heatmap/pytext.h"

#define SOURCE_MAX (16u << 20) /* bytes of a file below --source-root that is taken */

enum source_status {
    SOURCE_EMBEDDED, /* the text that travelled in the recording, and it is what ran */
    SOURCE_FOUND,    /* found below --source-root, and it is what ran */
    SOURCE_CHANGED,  /* there is a text, but it differs from what ran: numbers may sit on the wrong lines */
    SOURCE_MISSING,  /* no text; `why` says the reason */
};

/* --source-root [OLD=]NEW: what OLD was there is NEW here. Without OLD the path is looked for below NEW as a whole,
 * then without its first directory, and so on. */
struct source_root {
    struct slice old_dir; /* borrowed; empty: any */
    const char *new_dir;  /* borrowed */
};

struct source_question {
    const struct rec_file *file;
    struct slice below;           /* module.below: that much of the path must match for a text that cannot be checked */
    bool rewritten;               /* the recorder saw it with different contents */
    bool attached;                /* the process ran already: when it started is not known */
    int64_t started_ns;           /* wall clock: the file was loaded after this, unless attached */
    const struct slice *embedded; /* NULL: did not travel */
    const struct source_root *roots;
    size_t n_roots;
};

struct source_answer {
    enum source_status status;
    struct slice why; /* empty, or why the text is missing or in doubt: one sentence for people */
    struct pytext text;
};

/* "embedded", "found", "changed", "missing" */
const char *source_status_name(enum source_status status);
/* The text borrows q->embedded or is in the arena. Fails only when out of memory: a file that cannot be read is
 * missing. */
MUST_CHECK bool source_resolve(struct arena *arena, const struct source_question *q, struct source_answer *a,
                               struct err *err);

#endif
