#include "config.h"

#include "src/record/diag.h"

#include "src/base/arena.h"
#include "src/record/procfs.h"
#include "src/record/text.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* One write a line: the command may be writing too. */
PRINTF_LIKE(2, 0)
static void print(const char *prefix, const char *fmt, va_list ap)
{
    char line[1024];
    size_t n = (size_t)snprintf(line, sizeof line, "pyrecord: %s", prefix);
    (void)vsnprintf(line + n, sizeof line - n - 1, fmt, ap);
    n = strlen(line);
    line[n++] = '\n';
    (void)!write(STDERR_FILENO, line, n);
}

void diag_say(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    print("", fmt, ap);
    va_end(ap);
}

void diag_warn(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    print("warning: ", fmt, ap);
    va_end(ap);
}

void diag_error(const struct err *err)
{
    diag_say("%s", err->msg);
}

static unsigned long long number(struct slice text, int base)
{
    return text.n == 0 ? 0 : strtoull((const char *)text.p, NULL, base);
}

void diag_access_of(struct diag_access *access, pid_t pid, bool our_child)
{
    struct arena arena = {0};
    struct stat st;
    char path[64];
    struct slice ours = procfs_text(getpid(), "status", 16384, &arena);
    struct slice its = procfs_text(pid, "status", 16384, &arena);
    struct slice yama = procfs_text(0, "sys/kernel/yama/ptrace_scope", 16, &arena);
    (void)snprintf(path, sizeof path, "/proc/%ld/mem", (long)pid);
    *access = (struct diag_access){
        .our_uid = geteuid(),
        .target_uid = (uid_t)number(text_value(its, "Uid", ':'), 10), /* the real one is first */
        .capable = (number(text_value(ours, "CapEff", ':'), 16) >> CAP_SYS_PTRACE & 1) != 0,
        .our_child = our_child,
        .sandboxed = number(text_value(ours, "Seccomp", ':'), 10) == 2,
        .yama = (int)number(yama, 10),
    };
    /* proc(5): the files of a process that is not dumpable belong to root; its directory does not. */
    access->undumpable = access->target_uid != 0 && stat(path, &st) == 0 && st.st_uid == 0;
    arena_fini(&arena);
}

void diag_explain(const struct diag_access *access, char *out, size_t size)
{
    if (access->capable && access->sandboxed)
        (void)snprintf(out, size,
                       "a seccomp filter, as containers have, forbids it: allow process_vm_readv, "
                       "or run pyrecord outside");
    else if (access->capable)
        (void)snprintf(out, size, "a security module (SELinux, AppArmor) may forbid it: see the system's log");
    else if (access->target_uid != access->our_uid && access->our_uid != 0)
        (void)snprintf(out, size, "it belongs to user %lu: run pyrecord as that user, or with sudo",
                       (unsigned long)access->target_uid);
    else if (access->our_uid == 0)
        (void)snprintf(out, size,
                       "this root lacks CAP_SYS_PTRACE, as in a container: start that with "
                       "--cap-add=SYS_PTRACE");
    else if (access->undumpable)
        (void)snprintf(out, size,
                       "the program has made itself unreadable (setuid, file capabilities or "
                       "PR_SET_DUMPABLE): run pyrecord with sudo");
    else if (access->yama == 1 && !access->our_child)
        (void)snprintf(out, size,
                       "kernel.yama.ptrace_scope is 1: start the program by pyrecord, or run pyrecord "
                       "with sudo");
    else if (access->yama >= 2)
        (void)snprintf(out, size,
                       access->yama == 2 ? "kernel.yama.ptrace_scope is 2: run pyrecord with sudo"
                                         : "kernel.yama.ptrace_scope is 3, which forbids it to everybody "
                                           "until the next start of the system");
    else if (access->sandboxed)
        (void)snprintf(out, size,
                       "a seccomp filter, as containers have, forbids it: start the container with "
                       "--cap-add=SYS_PTRACE");
    else
        (void)snprintf(out, size, "the system forbids it: try it with sudo");
}
