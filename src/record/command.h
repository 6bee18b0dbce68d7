/* command.h: the program that is launched.
 *
 * Owns: starting it so that the recorder is ready first, and how it ended. The program gets the recorder's environment,
 * directory, process group, descriptors and signal settings, as if it had been started directly. */
#ifndef RECORD_COMMAND_H
#define RECORD_COMMAND_H

#include "src/base/err.h"

#include <signal.h>
#include <sys/types.h>

#define COMMAND_FAILED 125 /* exit statuses, as env(1) has them */
#define COMMAND_NOT_EXECUTABLE 126
#define COMMAND_NOT_FOUND 127

struct command {
    pid_t pid;
    int gate;  /* owned: the child waits until it is told to go on */
    int ready; /* owned: says why it could not */
};

/* Whether there is such a program, before anything is created for it. On failure *status is the exit status. */
MUST_CHECK bool command_find(const char *name, int *status, struct err *err);
/* Forks. The child waits for command_go; it ends by itself if the recorder does. mask: the signal mask to run with. */
MUST_CHECK bool command_start(struct command *c, char *const *argv, bool output_to_stderr, const sigset_t *mask,
                              struct err *err);
/* Lets it run. On failure it has ended, and *status is the exit status. */
MUST_CHECK bool command_go(struct command *c, const char *name, int *status, struct err *err);
/* Ends a child that was never let go. */
void command_abandon(struct command *c);
/* Waits for its end; the status as waitpid has it. It is not reaped: its number must not go to another process while
 * the sampler may still look at it. That happens when the recorder exits. */
int command_wait(const struct command *c);
/* The exit status that a shell would give: 128 + N for signal N. */
int command_status(int wait_status);

#endif
