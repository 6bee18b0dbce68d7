#include "config.h"

#include "src/record/command.h"

#include "src/base/slice.h"
#include "src/record/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* 0, or the errno with which executing that file would fail. */
static int cannot_run(const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return errno;
    return S_ISREG(st.st_mode) && faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0 ? 0 : EACCES;
}

/* The same of a name without a slash, looked for as execvp does. */
static int cannot_run_on_path(const char *name)
{
    const char *list = getenv("PATH");
    struct slice rest = slice_str(list != NULL ? list : "/bin:/usr/bin"), dir;
    int error = ENOENT;
    while (name[0] != '\0' && text_next(&rest, ':', &dir)) {
        char path[PATH_MAX];
        int n = snprintf(path, sizeof path, "%.*s%s%s", (int)dir.n, (const char *)dir.p, dir.n > 0 ? "/" : "./", name);
        int found = n < 0 || n >= PATH_MAX ? ENOENT : cannot_run(path);
        if (found == 0)
            return 0;
        if (found == EACCES)
            error = EACCES;
    }
    return error;
}

static bool refuse(const char *name, int error, int *status, struct err *err)
{
    bool missing = error == ENOENT || error == ENOTDIR;
    *status = missing ? COMMAND_NOT_FOUND : COMMAND_NOT_EXECUTABLE;
    if (missing)
        return err_set(err, ERR_USAGE, "%s: command not found", name);
    if (slice_ends(slice_str(name), SLICE(".py")))
        return err_set(err, ERR_USAGE, "%s: cannot be executed; to record a script: pyrecord -- python3 %s", name,
                       name);
    return err_system(err, error, "%s: cannot be executed", name);
}

bool command_find(const char *name, int *status, struct err *err)
{
    int error = strchr(name, '/') != NULL ? cannot_run(name) : cannot_run_on_path(name);
    return error == 0 || refuse(name, error, status, err);
}

/* In the child. */
static void run(char *const *argv, int gate, int ready, bool output_to_stderr, const sigset_t *mask)
{
    char go;
    ssize_t n;
    do
        n = read(gate, &go, 1);
    while (n < 0 && errno == EINTR);
    if (n != 1 || (output_to_stderr && dup2(STDERR_FILENO, STDOUT_FILENO) < 0) ||
        sigprocmask(SIG_SETMASK, mask, NULL) < 0)
        _exit(COMMAND_FAILED);
    (void)execvp(argv[0], argv);
    int error = errno;
    (void)!write(ready, &error, sizeof error);
    _exit(COMMAND_FAILED);
}

bool command_start(struct command *c, char *const *argv, bool output_to_stderr, const sigset_t *mask, struct err *err)
{
    int gate[2], ready[2];
    if (pipe2(gate, O_CLOEXEC) < 0)
        return err_system(err, errno, "pipe");
    if (pipe2(ready, O_CLOEXEC) < 0) {
        err_system(err, errno, "pipe");
        close(gate[0]);
        close(gate[1]);
        return false;
    }
    pid_t pid = fork();
    if (pid == 0) {
        close(gate[1]); /* the recorder's end: once it is gone, the read ends */
        run(argv, gate[0], ready[1], output_to_stderr, mask);
    }
    int error = errno;
    close(gate[0]);
    close(ready[1]);
    *c = (struct command){pid, gate[1], ready[0]};
    if (pid > 0)
        return true;
    close(gate[1]);
    close(ready[0]);
    return err_system(err, error, "fork");
}

static void close_pipes(struct command *c)
{
    close(c->gate);
    close(c->ready);
    c->gate = c->ready = -1;
}

bool command_go(struct command *c, const char *name, int *status, struct err *err)
{
    int error = 0;
    ssize_t n = write(c->gate, "", 1);
    while (n == 1 && (n = read(c->ready, &error, sizeof error)) < 0 && errno == EINTR)
        n = 1;
    close_pipes(c);
    if (n == 0) /* the pipe was closed by the exec */
        return true;
    (void)command_wait(c);
    if (n == sizeof error)
        return refuse(name, error, status, err);
    *status = COMMAND_FAILED;
    return err_set(err, ERR_SYSTEM, "%s: ended before it began", name);
}

void command_abandon(struct command *c)
{
    close_pipes(c);
    (void)command_wait(c);
}

int command_wait(const struct command *c)
{
    siginfo_t info = {0};
    while (waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
        ;
    if (info.si_code == CLD_EXITED)
        return W_EXITCODE(info.si_status, 0);
    return W_EXITCODE(0, info.si_status) | (info.si_code == CLD_DUMPED ? WCOREFLAG : 0);
}

int command_status(int wait_status)
{
    return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}
