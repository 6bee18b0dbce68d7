#include "config.h"

#include "src/record/mapped.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Which of the images the file is, by its name; NULL: none. */
static struct mapped *image_of(struct images *images, const char *path, const char *executable)
{
    const char *name = base_name(path);
    if (strcmp(path, executable) == 0)
        return &images->executable;
    if (begins(name, "libpython3.") && strstr(name, ".so") != NULL)
        return &images->libpython;
    if (begins(name, "ld-") || begins(name, "ld.so"))
        return &images->loader; /* musl's is its C library, too */
    if (begins(name, "libc.so") || begins(name, "libc-"))
        return &images->libc;
    if (begins(name, "libpthread.so") || begins(name, "libpthread-"))
        return &images->libpthread;
    return NULL;
}

bool images_read(struct images *images, pid_t pid, struct err *err)
{
    char path[64], exe[PATH_MAX];
    memset(images, 0, sizeof *images);
    (void)snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
    ssize_t n = readlink(path, exe, sizeof exe - 1);
    if (n < 0)
        return err_system(err, errno, "process %d", (int)pid);
    exe[n] = '\0';
    (void)snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    FILE *maps = fopen(path, "re");
    if (maps == NULL)
        return err_system(err, errno, "process %d", (int)pid);
    char line[PATH_MAX + 200];
    while (fgets(line, sizeof line, maps) != NULL) {
        uint64_t start, offset;
        int at = 0;
        line[strcspn(line, "\n")] = '\0';
        if (sscanf(line, "%" SCNx64 "-%*x %*s %" SCNx64 " %*s %*s %n", &start, &offset, &at) != 2 || offset != 0 ||
            line[at] != '/')
            continue;
        struct mapped *m = image_of(images, line + at, exe);
        if (m != NULL && !m->found) {
            m->found = true;
            m->start = start;
            (void)snprintf(m->path, sizeof m->path, "%.*s", PATH_MAX - 1, line + at);
        }
    }
    (void)fclose(maps);
    return true;
}

static int open_mapped(const struct mapped *m, pid_t pid)
{
    char name[PATH_MAX + 64], exe[PATH_MAX];
    (void)snprintf(name, sizeof name, "/proc/%d/exe", (int)pid);
    const ssize_t n = readlink(name, exe, sizeof exe - 1);
    int fd = -1;
    if (n > 0 && (size_t)n == strlen(m->path) && memcmp(exe, m->path, (size_t)n) == 0)
        fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        (void)snprintf(name, sizeof name, "/proc/%d/root%s", (int)pid, m->path);
        fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    }
    return fd >= 0 ? fd : open(m->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

bool mapped_symbols(const struct mapped *m, pid_t pid, const struct remote *remote, struct elf_symbol *symbols,
                    size_t n)
{
    if (!m->found)
        return false;
    uint64_t bias;
    bool ok = elf_symbols_in_memory(remote, m->start, symbols, n, &bias);
    if (!ok) {
        const int fd = open_mapped(m, pid);
        if (fd < 0)
            return false;
        uint64_t base = 0;
        ok = elf_symbols(fd, symbols, n, &base);
        bias = m->start - base;
        (void)close(fd);
    }
    for (size_t i = 0; ok && i < n; i++)
        symbols[i].value += bias;
    return ok;
}

bool mapped_section(const struct mapped *m, pid_t pid, struct elf_symbol *section)
{
    const int fd = m->found ? open_mapped(m, pid) : -1;
    if (fd < 0)
        return false;
    uint64_t base = 0;
    const bool ok = elf_section(fd, section, &base) && section->found;
    section->value += m->start - base;
    (void)close(fd);
    return ok;
}

uint32_t mapped_version(const char *path)
{
    const char *name = base_name(path);
    if (begins(name, "lib"))
        name += 3;
    if (!begins(name, "python3."))
        return 0;
    const long minor = strtol(name + 8, NULL, 10);
    return minor > 0 && minor < 256 ? 0x0300u + (uint32_t)minor : 0;
}
