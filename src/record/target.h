/* target.h: the Python in a process: where its runtime is and how to read it.
 *
 * Owns finding it: mapped files, symbols, version, offsets, the C library's rseq area. Found once an image; everything
 * here is constant after that. */
#ifndef RECORD_TARGET_H
#define RECORD_TARGET_H

#include "src/record/pyabi.h"
#include "src/record/remote.h"

struct target {
    pid_t pid;
    const struct remote *remote; /* borrowed */
    struct pyabi abi;
    uint64_t runtime;    /* &_PyRuntime */
    uint64_t interp;     /* the main interpreter */
    uint64_t gil;        /* its GIL */
    uint64_t gc;         /* gc.collecting */
    bool has_rseq;       /* the C library registers a struct rseq for every thread */
    int64_t rseq_offset; /* of it, from pthread_self */
    uint32_t tid_offset; /* of the kernel's thread id, from pthread_self; where pyabi's tstate_native_id is NONE */
};

enum target_status {
    TARGET_READY,   /* Python, and it runs code */
    TARGET_NOT_YET, /* not Python, or not far enough: look again */
    TARGET_REFUSED, /* Python that cannot be read: err says why */
};

/* Looks once. */
MUST_CHECK enum target_status target_find(struct target *t, pid_t pid, const struct remote *remote, struct err *err);

#endif
