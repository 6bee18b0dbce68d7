#include "config.h"

#include "src/heatmap/browser.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* $BROWSER is a list, apart by colons; the first that can be run is taken. */
static int run(const char *program, size_t n, const char *address)
{
    char name[4096];
    if (n == 0 || n >= sizeof name)
        return ENOENT;
    memcpy(name, program, n);
    name[n] = '\0';
    char *argv[] = {name, (char *)(uintptr_t)address, NULL};
    posix_spawn_file_actions_t files;
    int why = posix_spawn_file_actions_init(&files);
    if (why != 0)
        return why;
    /* Browsers chatter on the terminal of whoever started them. */
    why = posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    if (why == 0)
        why = posix_spawn_file_actions_adddup2(&files, 1, 2);
    if (why == 0)
        why = posix_spawnp(&(pid_t){0}, name, &files, NULL, argv, environ);
    (void)posix_spawn_file_actions_destroy(&files);
    return why;
}

bool browser_open(const char *address, struct err *err)
{
    const char *list = getenv("BROWSER");
    int why = ENOENT;
    while (list != NULL && *list != '\0' && why != 0) {
        size_t n = strcspn(list, ":");
        why = run(list, n, address);
        list += n + (list[n] == ':');
    }
    if (why != 0)
        why = run("xdg-open", strlen("xdg-open"), address);
    return why == 0 || err_system(err, why, "neither $BROWSER nor xdg-open can be run; open %s", address);
}

enum { LONGEST_ADDRESS = 16384 };

/* All that comes until the other side has no more; terminated. */
static size_t receive(int fd, char *p, size_t room)
{
    size_t n = 0;
    while (n + 1 < room) {
        const ssize_t k = read(fd, p + n, room - 1 - n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            break;
        n += (size_t)k;
    }
    p[n] = '\0';
    return n;
}

static void send_all(int fd, const char *text)
{
    for (size_t n = strlen(text); n > 0;) {
        const ssize_t k = send(fd, text, n, MSG_NOSIGNAL);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            break;
        text += k;
        n -= (size_t)k;
    }
    (void)shutdown(fd, SHUT_WR);
}

/* The waiting process: an address, or none; then what went wrong, or nothing. */
static void wait_for_address(int fd)
{
    char address[LONGEST_ADDRESS];
    struct err err = {0};
    if (receive(fd, address, sizeof address) > 0 && !browser_open(address, &err))
        send_all(fd, err.msg);
}

bool browser_prepare(struct browser *b, struct err *err)
{
    int fds[2];
    *b = (struct browser){.fd = -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
        return err_system(err, errno, "cannot prepare for --open");
    b->pid = fork();
    if (b->pid == 0) {
        (void)close(fds[0]);
        wait_for_address(fds[1]);
        _exit(0);
    }
    const int why = errno;
    (void)close(fds[1]);
    b->fd = fds[0];
    if (b->pid > 0)
        return true;
    browser_fini(b);
    return err_system(err, why, "cannot prepare for --open");
}

bool browser_show(struct browser *b, const char *address, struct err *err)
{
    char why[sizeof err->msg];
    if (strlen(address) >= LONGEST_ADDRESS)
        return err_set(err, ERR_LIMIT, "too long an address for --open: %s", address);
    send_all(b->fd, address);
    return receive(b->fd, why, sizeof why) == 0 || err_set(err, ERR_SYSTEM, "%s", why);
}

void browser_fini(struct browser *b)
{
    if (b->fd < 0)
        return;
    (void)close(b->fd);
    b->fd = -1;
    while (b->pid > 0 && waitpid(b->pid, NULL, 0) < 0 && errno == EINTR)
        ;
}
