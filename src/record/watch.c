#include "config.h"

#include "src/record/watch.h"

#include "src/base/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void watched(sigset_t *set)
{
    interrupts(set);
    sigaddset(set, SIGINT); /* even if ignored, as in a script's background jobs: it is how to end a recorder */
}

bool watch_block(sigset_t *before, struct err *err)
{
    sigset_t set;
    watched(&set);
    sigaddset(&set, SIGPIPE); /* never taken: a pipe that nobody reads, and a file that may not grow, */
    sigaddset(&set, SIGXFSZ); /* are errors of write() */
    return sigprocmask(SIG_BLOCK, &set, before) == 0 || err_system(err, errno, "signals");
}

bool watch_init(struct watch *w, pid_t pid, bool launched, struct err *err)
{
    sigset_t set;
    watched(&set);
    *w = (struct watch){.signals = -1, .target = -1, .pid = pid, .launched = launched};
    w->target = (int)syscall(SYS_pidfd_open, pid, 0);
    if (w->target < 0)
        return err_system(err, errno, "process %ld", (long)pid);
    w->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (w->signals >= 0)
        return true;
    err_system(err, errno, "signals");
    watch_fini(w);
    return false;
}

void watch_fini(struct watch *w)
{
    if (w->signals >= 0)
        close(w->signals);
    if (w->target >= 0)
        close(w->target);
    w->signals = w->target = -1;
}

void watch_pause(struct watch *w, bool pause)
{
    sigset_t set;
    struct signalfd_siginfo info;
    watched(&set);
    while (pause && read(w->signals, &info, sizeof info) == sizeof info)
        ;
    (void)sigprocmask(pause ? SIG_UNBLOCK : SIG_BLOCK, &set, NULL);
}

/* Whether the signal ends the recording. A signal of the terminal has reached the command by itself, since it is in the
 * same process group; what somebody sent to the recorder alone is passed on. */
static bool ends(struct watch *w, const struct signalfd_siginfo *info)
{
    int signal = (int)info->ssi_signo;
    if (!w->launched)
        return true;
    if (info->ssi_code <= 0)
        (void)syscall(SYS_pidfd_send_signal, w->target, signal, NULL, 0);
    if (signal != SIGTERM && signal != SIGHUP)
        return false;
    bool second = w->asked;
    w->asked = true;
    return second;
}

static int left(const struct timespec *until)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    long long ms = (until->tv_sec - now.tv_sec) * 1000LL + (until->tv_nsec - now.tv_nsec) / 1000000;
    return ms > 0 ? (int)ms : 0;
}

enum watch_event watch_next(struct watch *w, int milliseconds)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += milliseconds / 1000;
    until.tv_nsec += milliseconds % 1000 * 1000000L;
    for (;;) {
        struct pollfd fds[] = {{.fd = w->signals, .events = POLLIN}, {.fd = w->target, .events = POLLIN}};
        int n = poll(fds, 2, milliseconds < 0 ? -1 : left(&until));
        struct signalfd_siginfo info;
        while (n > 0 && read(w->signals, &info, sizeof info) == sizeof info) {
            if (ends(w, &info)) {
                w->signal = (int)info.ssi_signo;
                return WATCH_SIGNAL;
            }
        }
        if (n > 0 && fds[1].revents != 0)
            return WATCH_ENDED;
        if (n == 0 || (n < 0 && errno != EINTR))
            return WATCH_TIMEOUT;
    }
}
