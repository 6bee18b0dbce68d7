#include "config.h"

#include "tests/support/faults.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>

static const struct {
    const char *name;
    int error;
} kinds[FAULTS] = {
    [FAULT_NONE] = {"none", 0},      [FAULT_ALLOCATION] = {"allocation", ENOMEM}, [FAULT_WRITE] = {"write", ENOSPC},
    [FAULT_OPEN] = {"open", EMFILE}, [FAULT_MKDIR] = {"mkdir", ENOSPC},           [FAULT_RENAME] = {"rename", EIO},
    [FAULT_READ] = {"read", EIO},    [FAULT_CLOSE] = {"close", ENOSPC},
};

static _Atomic int armed;
static _Atomic long left; /* the fault comes when it is 0; below: it came */

void faults_arm(enum fault fault, unsigned long n)
{
    left = (long)n;
    armed = (int)fault;
}

bool faults_disarm(void)
{
    armed = FAULT_NONE;
    return left < 0;
}

const char *faults_name(enum fault fault)
{
    return kinds[fault].name;
}

int faults_errno(enum fault fault)
{
    return kinds[fault].error;
}

static bool strikes(enum fault fault)
{
    if (armed != (int)fault || atomic_fetch_sub(&left, 1) != 0)
        return false;
    errno = kinds[fault].error;
    return true;
}

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n);
ssize_t __real_write(int fd, const void *p, size_t n);
ssize_t __wrap_write(int fd, const void *p, size_t n);
ssize_t __real_read(int fd, void *p, size_t n);
ssize_t __wrap_read(int fd, void *p, size_t n);
ssize_t __real_pread(int fd, void *p, size_t n, off_t at);
ssize_t __wrap_pread(int fd, void *p, size_t n, off_t at);
ssize_t __real_process_vm_readv(pid_t pid, const struct iovec *to, unsigned long n_to, const struct iovec *from,
                                unsigned long n_from, unsigned long flags);
ssize_t __wrap_process_vm_readv(pid_t pid, const struct iovec *to, unsigned long n_to, const struct iovec *from,
                                unsigned long n_from, unsigned long flags);
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_openat(int dir, const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...);
int __real_mkostemp(char *path, int flags);
int __wrap_mkostemp(char *path, int flags);
FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__real_fdopen(int fd, const char *mode);
FILE *__wrap_fdopen(int fd, const char *mode);
int __real_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode);
int __real_mkdirat(int dir, const char *path, mode_t mode);
int __wrap_mkdirat(int dir, const char *path, mode_t mode);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_close(int fd);
int __wrap_close(int fd);

void *__wrap_malloc(size_t n)
{
    return strikes(FAULT_ALLOCATION) ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return strikes(FAULT_ALLOCATION) ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return strikes(FAULT_ALLOCATION) ? NULL : __real_realloc(p, n);
}

ssize_t __wrap_write(int fd, const void *p, size_t n)
{
    return strikes(FAULT_WRITE) ? -1 : __real_write(fd, p, n);
}

ssize_t __wrap_read(int fd, void *p, size_t n)
{
    return strikes(FAULT_READ) ? -1 : __real_read(fd, p, n);
}

ssize_t __wrap_pread(int fd, void *p, size_t n, off_t at)
{
    return strikes(FAULT_READ) ? -1 : __real_pread(fd, p, n, at);
}

ssize_t __wrap_process_vm_readv(pid_t pid, const struct iovec *to, unsigned long n_to, const struct iovec *from,
                                unsigned long n_from, unsigned long flags)
{
    return strikes(FAULT_READ) ? -1 : __real_process_vm_readv(pid, to, n_to, from, n_from, flags);
}

static mode_t mode_of(int flags, va_list args)
{
    return (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(args, mode_t) : 0;
}

int __wrap_open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    const mode_t mode = mode_of(flags, args);
    va_end(args);
    return strikes(FAULT_OPEN) ? -1 : __real_open(path, flags, mode);
}

int __wrap_openat(int dir, const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    const mode_t mode = mode_of(flags, args);
    va_end(args);
    return strikes(FAULT_OPEN) ? -1 : __real_openat(dir, path, flags, mode);
}

int __wrap_mkostemp(char *path, int flags)
{
    return strikes(FAULT_OPEN) ? -1 : __real_mkostemp(path, flags);
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
    return strikes(FAULT_OPEN) ? NULL : __real_fopen(path, mode);
}

FILE *__wrap_fdopen(int fd, const char *mode)
{
    return strikes(FAULT_OPEN) ? NULL : __real_fdopen(fd, mode);
}

int __wrap_mkdir(const char *path, mode_t mode)
{
    return strikes(FAULT_MKDIR) ? -1 : __real_mkdir(path, mode);
}

int __wrap_mkdirat(int dir, const char *path, mode_t mode)
{
    return strikes(FAULT_MKDIR) ? -1 : __real_mkdirat(dir, path, mode);
}

int __wrap_rename(const char *from, const char *to)
{
    return strikes(FAULT_RENAME) ? -1 : __real_rename(from, to);
}

int __wrap_close(int fd)
{
    const int done = __real_close(fd);
    return strikes(FAULT_CLOSE) ? -1 : done;
}
