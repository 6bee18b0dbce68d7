/* diag.h: what pyrecord says on standard error, and the words for what went wrong.
 *
 * The only module that prints, besides main's help and the status line. Errors and warnings always; the rest is the
 * caller's decision. */
#ifndef RECORD_DIAG_H
#define RECORD_DIAG_H

#include "src/base/err.h"

#include <stddef.h>
#include <sys/types.h>

void diag_error(const struct err *err);
void diag_warn(const char *fmt, ...) PRINTF_LIKE(1, 2);
void diag_say(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* What decides whether one process may read another's memory (ptrace(2), "Ptrace access mode checking"). */
struct diag_access {
    uid_t our_uid, target_uid;
    bool capable;    /* we have CAP_SYS_PTRACE */
    bool our_child;  /* launched by us, rather than attached to */
    bool undumpable; /* the target has made itself unreadable */
    bool sandboxed;  /* we run under a seccomp filter */
    int yama;        /* kernel.yama.ptrace_scope; 0 where there is none */
};

void diag_access_of(struct diag_access *access, pid_t pid, bool our_child);
/* Why access was denied, and the cure, in one line. */
void diag_explain(const struct diag_access *access, char *out, size_t size);

#endif
