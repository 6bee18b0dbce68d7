/* interrupt.h: signals that ask a program to end, held back while it has something half-written.
 *
 * What is held back waits until it is released, and then ends the program as it would have: whoever works long between
 * asks now and then whether one waits, and gives up. */
#ifndef BASE_INTERRUPT_H
#define BASE_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

/* SIGINT, SIGQUIT, SIGTERM, SIGHUP; without those that are ignored, as nohup and shells arrange it. */
void interrupts(sigset_t *set);
/* Blocks them in this thread and those that it starts, and SIGPIPE, so that a pipe that nobody reads is an error of
 * write(). */
void interrupts_hold(sigset_t *before);
void interrupts_release(const sigset_t *before);
/* Whether one is held back, and waits. */
bool interrupt_waits(void);

#endif
