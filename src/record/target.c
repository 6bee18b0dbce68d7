#include "config.h"

#include "src/record/target.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/record/elf.h"

/* A file mapped from its beginning: an executable or a library. */
struct mapped {
    uint64_t start;
    char path[4096];
};

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static bool is_libpython(const char *path)
{
    return strncmp(base_name(path), "libpython3.", 11) == 0 && strstr(base_name(path), ".so") != NULL;
}

static bool is_loader(const char *path)
{
    return strncmp(base_name(path), "ld-", 3) == 0 || strncmp(base_name(path), "ld.so", 5) == 0;
}

/* Opens a mapped file: through the kernel's own link, below the target's root, or by the plain path, which is what maps
 * shows for a target in a chroot. */
static int open_mapped(pid_t pid, const char *path, bool executable)
{
    char name[4200];
    int fd = -1;
    if (executable) {
        (void)snprintf(name, sizeof name, "/proc/%d/exe", (int)pid);
        fd = open(name, O_RDONLY | O_CLOEXEC);
    }
    if (fd < 0) {
        (void)snprintf(name, sizeof name, "/proc/%d/root%s", (int)pid, path);
        fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    }
    return fd >= 0 ? fd : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

static bool symbols_of(pid_t pid, const struct mapped *m, bool executable, struct elf_symbol *symbols, size_t n)
{
    int fd = open_mapped(pid, m->path, executable);
    if (fd < 0)
        return false;
    uint64_t base;
    bool ok = elf_symbols(fd, symbols, n, &base);
    (void)close(fd);
    for (size_t i = 0; ok && i < n; i++)
        symbols[i].value += m->start - base;
    return ok;
}

/* What of maps matters: the executable, libpython, the loader. A path of "" means that there is none. */
struct images {
    struct mapped executable, libpython, loader;
};

static bool read_maps(pid_t pid, struct images *images, struct err *err)
{
    char path[64], exe[4096];
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
    char line[4300];
    while (fgets(line, sizeof line, maps) != NULL) {
        uint64_t start, offset;
        int at = 0;
        line[strcspn(line, "\n")] = '\0';
        if (sscanf(line, "%" SCNx64 "-%*x %*s %" SCNx64 " %*s %*s %n", &start, &offset, &at) != 2 || offset != 0 ||
            line[at] != '/')
            continue;
        struct mapped *m = strcmp(line + at, exe) == 0 ? &images->executable
                           : is_libpython(line + at)   ? &images->libpython
                           : is_loader(line + at)      ? &images->loader
                                                       : NULL;
        if (m != NULL && m->path[0] == '\0') {
            m->start = start;
            (void)snprintf(m->path, sizeof m->path, "%s", line + at);
        }
    }
    (void)fclose(maps);
    return true;
}

static void find_rseq(struct target *t, const struct mapped *loader)
{
    struct elf_symbol symbols[] = {{.name = "__rseq_offset"}, {.name = "__rseq_size"}};
    uint64_t offset;
    uint32_t size;
    t->has_rseq = loader->path[0] != '\0' && symbols_of(t->pid, loader, false, symbols, 2) && symbols[0].found &&
                  symbols[1].found && remote_u64(t->remote, symbols[0].value, &offset) &&
                  remote_u32(t->remote, symbols[1].value, &size) && size != 0;
    t->rseq_offset = t->has_rseq ? (int64_t)offset : 0;
}

static bool choose_abi(struct target *t, const struct elf_symbol *version, struct err *err)
{
    uint8_t table[PYABI_DEBUG_OFFSETS_MAX];
    if (!remote_read(t->remote, t->runtime, table, sizeof table))
        return false; /* not mapped yet */
    if (memcmp(table, "xdebugpy", 8) == 0)
        return pyabi_from_debug_offsets(&t->abi, table, sizeof table, err);
    uint32_t hex = 0;
    if (!version->found || !remote_u32(t->remote, version->value, &hex))
        return err_set(err, ERR_UNSUPPORTED, "CPython 3.10 and older are not supported by this version");
    const struct pyabi *row = pyabi_by_version(hex);
    if (row == NULL)
        return err_set(err, ERR_UNSUPPORTED, "CPython %u.%u is not supported by this version", hex >> 24,
                       hex >> 16 & 0xff);
    t->abi = *row;
    t->abi.version = hex;
    return true;
}

/* Accepts only a chain that holds together: runtime → interpreter → thread → the same interpreter, with a frame. */
static bool runs_code(struct target *t)
{
    const struct pyabi *a = &t->abi;
    uint64_t next, thread = 0, owner, frame;
    if (!remote_u64(t->remote, t->runtime + a->runtime_interpreters, &t->interp))
        return false;
    /* The list is newest first: the main interpreter is the last. */
    for (unsigned i = 0; t->interp != 0 && i < 1024; i++) {
        if (!remote_u64(t->remote, t->interp + a->interp_next, &next))
            return false;
        if (next == 0)
            break;
        t->interp = next;
    }
    if (t->interp == 0 || !remote_u64(t->remote, t->interp + a->interp_threads, &thread) || thread == 0 ||
        !remote_u64(t->remote, thread + a->tstate_interp, &owner) || owner != t->interp)
        return false;
    uint64_t frame_at = thread + a->tstate_frame;
    if (a->tstate_frame == PYABI_NONE) {
        if (!remote_u64(t->remote, thread + a->tstate_cframe, &frame_at))
            return false;
        frame_at += a->cframe_frame;
    }
    if (!remote_u64(t->remote, frame_at, &frame) || frame == 0)
        return false;
    if (a->runtime_gil != PYABI_NONE)
        t->gil = t->runtime + a->runtime_gil;
    else if (!remote_u64(t->remote, t->interp + a->interp_gil, &t->gil) || t->gil == 0)
        return false;
    t->gc = t->interp + a->interp_gc_collecting;
    return true;
}

enum target_status target_find(struct target *t, pid_t pid, const struct remote *remote, struct err *err)
{
    struct images images;
    *t = (struct target){.pid = pid, .remote = remote};
    if (!read_maps(pid, &images, err)) {
        if (err->sys == EACCES || err->sys == EPERM)
            return TARGET_REFUSED;
        err_clear(err);
        return TARGET_NOT_YET;
    }
    struct elf_symbol symbols[] = {{.name = "_PyRuntime"}, {.name = "Py_Version"}};
    if (images.libpython.path[0] == '\0' || !symbols_of(pid, &images.libpython, false, symbols, 2) ||
        !symbols[0].found) {
        if (images.executable.path[0] == '\0' || !symbols_of(pid, &images.executable, true, symbols, 2) ||
            !symbols[0].found)
            return TARGET_NOT_YET;
    }
    t->runtime = symbols[0].value;
    if (!choose_abi(t, &symbols[1], err))
        return err->kind == ERR_NONE ? TARGET_NOT_YET : TARGET_REFUSED;
    if (!runs_code(t))
        return TARGET_NOT_YET;
    find_rseq(t, &images.loader);
    return TARGET_READY;
}
