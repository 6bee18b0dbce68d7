#include "config.h"

#include "src/base/interrupt.h"

#include <stddef.h>

static const int signals[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};

enum { SIGNALS = sizeof signals / sizeof *signals };

static bool is_ignored(int signal)
{
    struct sigaction action;
    return sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

void interrupts(sigset_t *set)
{
    sigemptyset(set);
    for (size_t i = 0; i < SIGNALS; i++) {
        if (!is_ignored(signals[i])) /* Linux: it would wait all the same, were it blocked */
            sigaddset(set, signals[i]);
    }
}

void interrupts_hold(sigset_t *before)
{
    sigset_t set;
    interrupts(&set);
    sigaddset(&set, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &set, before);
}

void interrupts_release(const sigset_t *before)
{
    (void)pthread_sigmask(SIG_SETMASK, before, NULL);
}

bool interrupt_waits(void)
{
    sigset_t pending;
    if (sigpending(&pending) != 0)
        return false;
    for (size_t i = 0; i < SIGNALS; i++) {
        if (sigismember(&pending, signals[i]) == 1)
            return true;
    }
    return false;
}
