/* libc.h: what the target's C library tells of its threads.
 *
 * From symbols that it exports for others to read (glibc: rseq(2)'s area, and what libthread_db asks for), and where it
 * tells nothing, from looking. */
#ifndef RECORD_LIBC_H
#define RECORD_LIBC_H

#include "src/record/mapped.h"

struct libc {
    bool has_rseq;       /* it registers a struct rseq for every thread */
    int64_t rseq_offset; /* of it, from pthread_self */
};

struct libc libc_of(const struct images *images, pid_t pid, const struct remote *remote);

/* How far from pthread_self the kernel's thread id (an int) lies; 0 when nobody knows. `threads` are some threads'
 * pthread_self. */
uint32_t libc_tid_offset(const struct images *images, pid_t pid, const struct remote *remote, const uint64_t *threads,
                         uint32_t n);

#endif
