#include "config.h"

#include "src/record/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static ssize_t read_by_mem(const struct remote_process *p, const struct iovec *local, const struct iovec *remote,
                           unsigned n)
{
    ssize_t total = 0;
    for (unsigned i = 0; i < n; i++) {
        ssize_t got = pread(p->mem_fd, local[i].iov_base, local[i].iov_len, (off_t)(uintptr_t)remote[i].iov_base);
        if (got < 0)
            return total > 0 ? total : -1;
        total += got;
        if ((size_t)got < local[i].iov_len)
            break;
    }
    return total;
}

static ssize_t read_process(void *self, const struct iovec *local, const struct iovec *remote, unsigned n)
{
    struct remote_process *p = self;
    if (!p->by_mem) {
        ssize_t got = process_vm_readv(p->pid, local, n, remote, n, 0);
        if (got >= 0 || (errno != ENOSYS && errno != EPERM))
            return got;
        p->by_mem = true;
    }
    return read_by_mem(p, local, remote, n);
}

bool remote_open(struct remote_process *p, pid_t pid, struct err *err)
{
    char path[64];
    *p = (struct remote_process){.remote = {p, read_process}, .pid = pid, .mem_fd = -1};
    (void)snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
    p->mem_fd = open(path, O_RDONLY | O_CLOEXEC);
    if (p->mem_fd < 0)
        return err_system(err, errno, "memory of process %d", (int)pid);
    return true;
}

void remote_close(struct remote_process *p)
{
    if (p->mem_fd >= 0)
        (void)close(p->mem_fd);
    p->mem_fd = -1;
}

bool remote_same_image(const struct remote_process *p, uint64_t address)
{
    char byte;
    /* Opened on an image that has gone, it reads as an empty file (Linux, fs/proc/base.c). */
    return pread(p->mem_fd, &byte, 1, (off_t)address) == 1;
}

bool remote_read(const struct remote *r, uint64_t address, void *p, size_t n)
{
    struct iovec local = {p, n};
    struct iovec remote = {(void *)(uintptr_t)address, n};
    return r->readv(r->self, &local, &remote, 1) == (ssize_t)n;
}

bool remote_u32(const struct remote *r, uint64_t address, uint32_t *value)
{
    return remote_read(r, address, value, sizeof *value);
}

bool remote_u64(const struct remote *r, uint64_t address, uint64_t *value)
{
    return remote_read(r, address, value, sizeof *value);
}
