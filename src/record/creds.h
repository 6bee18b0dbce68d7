/* creds.h: as whom files are opened.
 *
 * A recorder with more rights than its target, root beside somebody's program for instance, must not become a way to
 * read files: what the program names is opened with the program's own ids. Linux keeps these by thread, below the C
 * library, which sets them for a whole process: only the thread that asks is changed here. */
#ifndef RECORD_CREDS_H
#define RECORD_CREDS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define CREDS_MAX_GROUPS 256 /* those beyond are done without: fewer rights, never more */

struct creds {
    uid_t uid; /* the ones that open files: the fsuid and fsgid of credentials(7) */
    gid_t gid;
    gid_t groups[CREDS_MAX_GROUPS];
    uint32_t groups_n;
    uint64_t inheritable, permitted, effective; /* capabilities, a bit each */
};

/* Of a process; pid 0: of the calling thread. false: they cannot be told, it has gone. */
bool creds_of(struct creds *c, pid_t pid);
/* For the calling thread, until creds_leave: the ids of `as`, and no capability that opens other people's files which
 * it has not. `as` and `own` are borrowed. false, and nothing is changed: we may not take these ids. */
bool creds_enter(const struct creds *as, const struct creds *own);
void creds_leave(const struct creds *as, const struct creds *own);
/* Whether it can read what its user's files do not allow. */
bool creds_privileged(const struct creds *c);

#endif
