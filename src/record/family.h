/* family.h: the process that is recorded, and all that descend from it.
 *
 * Owns: finding descendants soon after they are born, telling those that run Python from the others, a sampler for each
 * of these, and reaping the orphans that come to us. A child that shows its parent's stack still (between a fork and
 * what CPython does after it, or a vfork and its exec) is not looked at. Times are CLOCK_MONOTONIC, in ns. */
#ifndef RECORD_FAMILY_H
#define RECORD_FAMILY_H

#include "src/record/sampler.h"

enum { FAMILY_MAX_SAMPLED = 256 }; /* processes looked at at the same time */

struct family_options {
    struct sampler_options sampler; /* of the first process; of the others but for what is their own */
    bool follow;                    /* its descendants too */
};

struct family_stats {
    struct sampler_stats samplers; /* the sum; its phase is that of the first process */
    uint32_t processes;            /* looked at, with the first */
    uint32_t left_out;             /* Python processes beyond FAMILY_MAX_SAMPLED, or what a recording can hold */
    uint32_t refused;              /* Python processes, besides the first, that cannot be read */
};

struct family;

/* NULL on failure. Becomes the reaper of its orphans, where it is to follow what was launched. */
MUST_CHECK struct family *family_new(const struct family_options *options, struct err *err);
MUST_CHECK bool family_start(struct family *f, struct err *err);
/* Asks all threads to end and waits for them. May be called without a start. */
void family_stop(struct family *f);
void family_free(struct family *f);

/* From any thread. */
void family_stats(struct family *f, struct family_stats *stats);
/* Why the first process cannot be read; kind ERR_NONE otherwise. */
struct err family_error(const struct family *f);
/* The same of the first of its descendants that could not be read. */
struct err family_refusal(struct family *f);

#endif
