/* procfs.h: what /proc says of a process.
 *
 * Everything may fail at any moment, since processes end: what cannot be read is empty. */
#ifndef RECORD_PROCFS_H
#define RECORD_PROCFS_H

#include "src/base/arena.h"

#include <sys/types.h>

/* /proc/PID/<name>, or /proc/<name> for pid 0, as much as max bytes, with a NUL behind them. */
struct slice procfs_text(pid_t pid, const char *name, size_t max, struct arena *arena);
/* What the link /proc/PID/<name> says, with a NUL behind it. */
struct slice procfs_link(pid_t pid, const char *name, struct arena *arena);
/* /proc/PID/task/TID/comm without its newline, as much as fits, NUL-terminated. false: no such thread. */
bool procfs_comm(pid_t pid, pid_t tid, char out[32]);

#endif
