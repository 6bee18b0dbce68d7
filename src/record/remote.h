/* remote.h: reading another process's memory.
 *
 * One function pointer, so that tests can put a memory image in a process's place. Addresses are the target's.
 * Nothing here can write. */
#ifndef RECORD_REMOTE_H
#define RECORD_REMOTE_H

#include <sys/types.h>
#include <sys/uio.h>

#include "src/base/err.h"

#define REMOTE_MAX_RANGES 64 /* of one call */

struct remote {
    void *self; /* borrowed */
    /* Fills the local ranges from the remote ones, in order; the two lists have the same sizes pairwise. Returns the
     * bytes read: fewer than asked when a range is not mapped; -1 with errno when nothing could be read. */
    ssize_t (*readv)(void *self, const struct iovec *local, const struct iovec *remote, unsigned n);
};

/* A live process: process_vm_readv, or /proc/PID/mem where a seccomp filter forbids that. */
struct remote_process {
    struct remote remote; /* its self is this struct: do not move it */
    pid_t pid;
    int mem_fd; /* owned; of the image that was there when it was opened */
    bool by_mem;
};

MUST_CHECK bool remote_open(struct remote_process *p, pid_t pid, struct err *err);
void remote_close(struct remote_process *p);
/* Whether the image that it was opened on is still there: false after an exec or an exit. `address` was readable. */
bool remote_same_image(const struct remote_process *p, uint64_t address);

/* All n bytes, or false. */
bool remote_read(const struct remote *r, uint64_t address, void *p, size_t n);
bool remote_u32(const struct remote *r, uint64_t address, uint32_t *value);
bool remote_u64(const struct remote *r, uint64_t address, uint64_t *value);

#endif
