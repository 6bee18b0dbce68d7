/* watch.h: what the recorder waits for while it records: signals, the end of the target, the time that was asked for.
 *
 * Owns: which signals are passed on to the command and which end the recording. */
#ifndef RECORD_WATCH_H
#define RECORD_WATCH_H

#include "src/base/err.h"

#include <signal.h>
#include <sys/types.h>

enum watch_event {
    WATCH_TIMEOUT,
    WATCH_ENDED,  /* the target has ended */
    WATCH_SIGNAL, /* a signal asks for the recording to end; its number is in watch.signal */
};

struct watch {
    int signals, target; /* owned: signalfd, pidfd */
    pid_t pid;
    bool launched;
    bool asked; /* one SIGTERM or SIGHUP was passed on: the next ends the recording */
    int signal;
};

/* Blocks the signals that watch_next takes, in this thread and those that it starts; *before is the mask to hand to a
 * command. SIGPIPE and SIGXFSZ are blocked as well. */
MUST_CHECK bool watch_block(sigset_t *before, struct err *err);
/* ERR_SYSTEM with ESRCH: there is no such process. */
MUST_CHECK bool watch_init(struct watch *w, pid_t pid, bool launched, struct err *err);
/* Waits until something happens, for at most that long (-1: for ever). */
enum watch_event watch_next(struct watch *w, int milliseconds);
/* While the recorder itself can be held up, by who reads its output: the signals end it at once, as they end others. */
void watch_pause(struct watch *w, bool pause);
void watch_fini(struct watch *w);

#endif
