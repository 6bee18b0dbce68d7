#include "config.h"

#include "src/record/freeze.h"

#include <errno.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

#include "src/record/kin.h"

#define PATIENCE_NS 5000000 /* a thread that the kernel keeps busy longer is not waited for */

static long long now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* Waits until it has stopped. *code is the signal, and above it the event of ptrace(2). What has ended is not reaped:
 * it may be our own child. */
static bool wait_for_stop(pid_t tid, long long patience_ns, int *code)
{
    const long long until = now_ns() + patience_ns;
    do {
        siginfo_t info = {0};
        if (waitid(P_PID, (id_t)tid, &info, WSTOPPED | __WALL | WNOHANG) != 0 && errno != EINTR)
            return false;
        if (info.si_pid == tid) {
            *code = info.si_status;
            return true;
        }
        (void)sched_yield(); /* we may be on its CPU */
    } while (now_ns() < until);
    errno = ETIMEDOUT;
    return false;
}

/* Whether it stopped because a signal is about to be delivered: PTRACE_INTERRUPT's own stop is an event. */
static void note_signal(struct freeze *f, int code)
{
    if (code >> 8 == 0)
        f->signal = code;
}

/* Neither ended nor a zombie. */
static bool is_there(pid_t tid)
{
    struct kin kin;
    return kin_look(&kin, tid) && kin.state != 'Z' && kin.state != 'X';
}

bool freeze_hold(struct freeze *f, pid_t tid)
{
    *f = (struct freeze){0};
    if (ptrace(PTRACE_SEIZE, tid, NULL, NULL) != 0)
        return false;
    f->tid = tid;
    int code;
    if (ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) != 0 || !wait_for_stop(tid, PATIENCE_NS, &code)) {
        const int error = errno;
        freeze_release(f);
        errno = error;
        return false;
    }
    note_signal(f, code);
    return true;
}

void freeze_release(struct freeze *f)
{
    if (f->tid == 0)
        return;
    /* One that has not stopped cannot be let go of; it stops as soon as the kernel is done with it, or it ends. */
    int code;
    while (ptrace(PTRACE_DETACH, f->tid, NULL, (void *)(long)f->signal) != 0 && errno == ESRCH) {
        if (wait_for_stop(f->tid, PATIENCE_NS, &code))
            note_signal(f, code);
        else if (errno != ETIMEDOUT || !is_there(f->tid))
            break;
    }
    f->tid = 0;
}
