/* kin.h: what /proc says of processes and whose children they are.
 *
 * Knows nothing of Python, keeps nothing. Processes end at any moment: everything here may fail. */
#ifndef RECORD_KIN_H
#define RECORD_KIN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct kin {
    pid_t parent;
    char state;       /* R, S, D, T, Z … */
    uint64_t started; /* clock ticks since boot: tells a process from another that got its number later */
    uint64_t stack;   /* where its stack begins: at random in every exec, and kept by a fork */
    int status;       /* of a zombie: as waitpid has it */
};

/* false: there is no such process. */
bool kin_look(struct kin *kin, pid_t pid);
/* Whether it lives in a pid namespace of its own, where threads have other numbers than here. */
bool kin_is_apart(pid_t pid);
/* The number that a process's thread has here, by the one that it knows itself. 0: it has no such thread. */
uint64_t kin_thread(pid_t pid, uint64_t tid, bool apart);
/* How a process ended, as waitpid has it; -1: not known. pidfd is its own. */
int kin_status(pid_t pid, int pidfd);

/* Calls found for every child. false: this kernel does not list them (CONFIG_PROC_CHILDREN), or the process has gone.
 */
bool kin_children(pid_t pid, void (*found)(void *self, pid_t pid), void *self);
/* Calls found for every process, in the order of their numbers. */
void kin_all(void (*found)(void *self, pid_t pid), void *self);

/* The number that the system gave to a process or thread last: while it stands, nothing was born. -1: it does not say.
 * fd: of /proc/loadavg. */
long kin_last_born(int fd);

#endif
