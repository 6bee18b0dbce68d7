/* pyrec_write.h: the encoder of our recording (pyrec.md).
 *
 * Owns: record layout, frames, compression, checksums. Does not own: files, threads, clocks, or which definitions an
 * epoch needs: after pyrec_write_epoch the caller defines again what it goes on using.
 * Not thread-safe; one writer, one thread. Everything is appended: it never seeks. After a failed output nothing more
 * is written, and every call fails. What is passed is borrowed for the call and must keep the limits of pyrec.h
 * (ERR_LIMIT otherwise, with nothing written). */
#ifndef FORMATS_PYREC_WRITE_H
#define FORMATS_PYREC_WRITE_H

#include "formats/content.h"
#include "src/base/err.h"

struct pyrec_write;

struct pyrec_write_options {
    int level;  /* of zstd; 0 means 3 */
    void *self; /* borrowed; handed to output */
    /* Takes all n bytes or fails: one whole frame a call. */
    bool (*output)(void *self, const uint8_t *p, size_t n, struct err *err);
};

/* NULL on failure. header is kept and repeated at the start of every epoch. */
MUST_CHECK struct pyrec_write *pyrec_write_new(const struct pyrec_write_options *options,
                                               const struct rec_header *header, struct err *err);
void pyrec_write_free(struct pyrec_write *w);

/* Flushes and starts the next epoch (the first starts by itself). */
MUST_CHECK bool pyrec_write_epoch(struct pyrec_write *w, struct err *err);
/* Writes what is pending as whole frames; `now` is the time up to which it is complete. A frame also goes out by itself
 * when its payload is near the limit. */
MUST_CHECK bool pyrec_write_flush(struct pyrec_write *w, uint64_t now, struct err *err);

MUST_CHECK bool pyrec_write_host(struct pyrec_write *w, const struct rec_host *host, struct err *err);
MUST_CHECK bool pyrec_write_process(struct pyrec_write *w, const struct rec_process *process, struct err *err);
MUST_CHECK bool pyrec_write_argv(struct pyrec_write *w, const struct rec_argv *argv, struct err *err);
MUST_CHECK bool pyrec_write_env(struct pyrec_write *w, const struct rec_env *env, struct err *err);
MUST_CHECK bool pyrec_write_root(struct pyrec_write *w, const struct rec_root *root, struct err *err);
MUST_CHECK bool pyrec_write_thread(struct pyrec_write *w, const struct rec_thread *thread, struct err *err);
MUST_CHECK bool pyrec_write_file(struct pyrec_write *w, const struct rec_file *file, struct err *err);
/* Collected into a block of columns, written before the next nodes or at a flush. code->hash is not used. */
MUST_CHECK bool pyrec_write_code(struct pyrec_write *w, const struct rec_code *code, struct err *err);
MUST_CHECK bool pyrec_write_nodes(struct pyrec_write *w, const struct rec_nodes *nodes, struct err *err);
MUST_CHECK bool pyrec_write_samples(struct pyrec_write *w, const struct rec_samples *samples, struct err *err);
MUST_CHECK bool pyrec_write_ticks(struct pyrec_write *w, const struct rec_ticks *ticks, struct err *err);
MUST_CHECK bool pyrec_write_losses(struct pyrec_write *w, const struct rec_losses *losses, struct err *err);
MUST_CHECK bool pyrec_write_exit(struct pyrec_write *w, const struct rec_exit *gone, struct err *err);
MUST_CHECK bool pyrec_write_note(struct pyrec_write *w, struct slice markdown, struct err *err);
/* A whole text; cut into chunks here. hash is pyrec_hash(text). The caller sends a text once. */
MUST_CHECK bool pyrec_write_source(struct pyrec_write *w, const uint8_t hash[REC_HASH_SIZE], struct slice text,
                                   struct err *err);
/* The end record, flushed. Nothing may follow. */
MUST_CHECK bool pyrec_write_end(struct pyrec_write *w, const struct rec_end *end, struct err *err);

/* Bytes handed to output so far, and of them those of source texts. */
uint64_t pyrec_write_size(const struct pyrec_write *w);
uint64_t pyrec_write_source_size(const struct pyrec_write *w);
/* Bytes of definitions in this epoch, uncompressed: the recorder ends an epoch at 8 MB of them. */
uint64_t pyrec_write_definitions(const struct pyrec_write *w);

/* XXH3-128, canonical byte order. */
void pyrec_hash(struct slice text, uint8_t hash[REC_HASH_SIZE]);

#endif
