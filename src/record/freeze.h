/* freeze.h: one thread of the target held still, for those who ask for it.
 *
 * By ptrace, from one read to the end of the same: in between nothing is attached, so that signals, debuggers and our
 * own end find the target as it was. The kernel lets go of what is held when the thread that holds it ends, however it
 * ends (PTRACE_O_EXITKILL is never set). */
#ifndef RECORD_FREEZE_H
#define RECORD_FREEZE_H

#include <stdbool.h>
#include <sys/types.h>

struct freeze {
    pid_t tid;  /* 0: none is held */
    int signal; /* came while it was being stopped, and is handed on */
};

/* Stops a thread that runs. false, with errno: it is not held. The calling thread alone can let it go. */
bool freeze_hold(struct freeze *f, pid_t tid);
void freeze_release(struct freeze *f);

#endif
