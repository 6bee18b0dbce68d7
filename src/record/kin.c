#include "config.h"

#include "src/record/kin.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* At most size - 1 bytes of a file of /proc; -1 when it cannot be read. */
static ssize_t read_text(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);
    if (fd >= 0)
        (void)close(fd);
    if (n >= 0)
        text[n] = '\0';
    return n;
}

bool kin_look(struct kin *kin, pid_t pid)
{
    char path[64], text[1024];
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (read_text(path, text, sizeof text) <= 0)
        return false;
    char *p = strrchr(text, ')'); /* the name may hold anything */
    if (p == NULL || p[1] != ' ')
        return false;
    *kin = (struct kin){.state = p[2], .status = -1};
    p += 2;
    for (unsigned field = 4; (p = strchr(p, ' ')) != NULL; field++) { /* proc_pid_stat(5) */
        p++;
        if (field == 4)
            kin->parent = (pid_t)strtol(p, NULL, 10);
        else if (field == 22)
            kin->started = strtoull(p, NULL, 10);
        else if (field == 28)
            kin->stack = strtoull(p, NULL, 10);
        else if (field == 52 && kin->state == 'Z')
            kin->status = (int)strtol(p, NULL, 10);
    }
    return true;
}

/* The last number of a thread's NSpid line: the one that it has in its own namespace. 0: none. */
static uint64_t inner_number(pid_t pid, const char *tid)
{
    char path[96], text[4096];
    (void)snprintf(path, sizeof path, "/proc/%d/task/%.20s/status", (int)pid, tid);
    const char *p = read_text(path, text, sizeof text) <= 0 ? NULL : strstr(text, "\nNSpid:");
    if (p == NULL)
        return 0;
    p += strlen("\nNSpid:");
    const char *end = p + strcspn(p, "\n");
    while (end > p && isdigit((unsigned char)end[-1]))
        end--;
    return strtoull(end, NULL, 10);
}

bool kin_is_apart(pid_t pid)
{
    char own[24];
    (void)snprintf(own, sizeof own, "%d", (int)pid);
    const uint64_t inner = inner_number(pid, own);
    return inner != 0 && inner != (uint64_t)pid;
}

static uint64_t search_thread(pid_t pid, uint64_t tid)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    uint64_t found = 0;
    for (struct dirent *d; found == 0 && tasks != NULL && (d = readdir(tasks)) != NULL;) {
        if (isdigit((unsigned char)d->d_name[0]) && inner_number(pid, d->d_name) == tid)
            found = strtoull(d->d_name, NULL, 10);
    }
    if (tasks != NULL)
        (void)closedir(tasks);
    return found;
}

uint64_t kin_thread(pid_t pid, uint64_t tid, bool apart)
{
    char path[96];
    if (apart)
        return search_thread(pid, tid);
    (void)snprintf(path, sizeof path, "/proc/%d/task/%llu", (int)pid, (unsigned long long)tid);
    return access(path, F_OK) == 0 ? tid : 0;
}

/* linux/pidfd.h, since Linux 6.13 and, for processes that have ended, 6.15. */
struct pidfd_info {
    uint64_t mask, cgroup;
    uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
    int32_t status;
};
#define PIDFD_INFO_EXIT_BIT (UINT64_C(1) << 3)
#define PIDFD_GET_INFO_CALL _IOWR(0xFF, 11, struct pidfd_info)

int kin_status(pid_t pid, int pidfd)
{
    struct kin kin;
    struct pidfd_info info = {.mask = PIDFD_INFO_EXIT_BIT};
    if (ioctl(pidfd, PIDFD_GET_INFO_CALL, &info) == 0 && (info.mask & PIDFD_INFO_EXIT_BIT) != 0)
        return info.status;
    return kin_look(&kin, pid) && kin.state == 'Z' ? kin.status : -1;
}

/* One thread's children. */
static bool children_of(const char *path, void (*found)(void *self, pid_t pid), void *self)
{
    FILE *list = fopen(path, "re");
    int pid;
    if (list == NULL)
        return false;
    while (fscanf(list, "%d", &pid) == 1)
        found(self, (pid_t)pid);
    (void)fclose(list);
    return true;
}

bool kin_children(pid_t pid, void (*found)(void *self, pid_t pid), void *self)
{
    char path[96];
    bool any = false;
    (void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    for (struct dirent *d; tasks != NULL && (d = readdir(tasks)) != NULL;) {
        if (!isdigit((unsigned char)d->d_name[0]))
            continue;
        (void)snprintf(path, sizeof path, "/proc/%d/task/%.20s/children", (int)pid, d->d_name);
        any = children_of(path, found, self) || any;
    }
    if (tasks != NULL)
        (void)closedir(tasks);
    return any;
}

void kin_all(void (*found)(void *self, pid_t pid), void *self)
{
    DIR *proc = opendir("/proc");
    for (struct dirent *d; proc != NULL && (d = readdir(proc)) != NULL;) {
        if (isdigit((unsigned char)d->d_name[0]))
            found(self, (pid_t)strtol(d->d_name, NULL, 10));
    }
    if (proc != NULL)
        (void)closedir(proc);
}

long kin_last_born(int fd)
{
    char text[128];
    ssize_t n = fd < 0 ? -1 : pread(fd, text, sizeof text - 1, 0);
    if (n <= 0)
        return -1;
    text[n] = '\0';
    const char *p = strrchr(text, ' '); /* "0.00 0.00 0.00 1/123 4567" */
    return p == NULL ? -1 : strtol(p, NULL, 10);
}
