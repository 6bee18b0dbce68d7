/* writer.h: the thread that turns the samplers' events into a recording.
 *
 * Owns: taking events, reading the facts and source files that they name, epochs, when to flush, and what happens when
 * the file cannot be written: it goes on taking events, and drops them, so that no sampler is ever held up. */
#ifndef RECORD_WRITER_H
#define RECORD_WRITER_H

#include "formats/content.h"
#include "src/base/err.h"
#include "src/record/defs.h"
#include "src/record/events.h"

#include <sys/types.h>

struct writer_options {
    struct events *events; /* borrowed */
    void *output;          /* borrowed; with write, as struct pyrec_write_options */
    bool (*write)(void *output, const uint8_t *p, size_t n, struct err *err);
    struct rec_header header;
    struct rec_host host;      /* its texts are borrowed */
    const struct slice *notes; /* borrowed until writer_new returns */
    size_t notes_n;
    struct defs_options defs;
    uint64_t epoch_samples; /* an epoch ends after so many; 0: a good default */
    pid_t pid;              /* of the command: only the end of the recording tells its status */
};

struct writer;

/* Writes the first records. NULL on failure. */
MUST_CHECK struct writer *writer_new(const struct writer_options *options, struct err *err);
/* Starts the thread. */
MUST_CHECK bool writer_start(struct writer *w, struct err *err);
/* The file could not be written: from any thread. *err says why. */
bool writer_failed(const struct writer *w, struct err *err);
/* Bytes written so far: from any thread. */
uint64_t writer_size(const struct writer *w);
/* There is an event that cannot wait: a process that may soon be gone. From any thread; never waits. */
void writer_wake(struct writer *w);
/* Takes what is left of the events, ends the recording and the thread. No more may be pushed when it is called. */
MUST_CHECK bool writer_finish(struct writer *w, const struct rec_end *end, struct err *err);
/* Samples that the writer had to drop; after writer_finish. */
uint64_t writer_dropped(const struct writer *w);
void writer_free(struct writer *w);

#endif
