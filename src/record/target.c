#include "config.h"

#include "src/record/target.h"

#include <errno.h>
#include <string.h>

#include "src/record/libc.h"

enum { FIRST_THREADS = 16 };

/* Up to 3.10 nothing in memory says the version: the size of _PyRuntime does, and the file's name must not deny it. */
static const struct pyabi *old_abi(const struct elf_symbol *runtime, const char *path)
{
    const struct pyabi *row = pyabi_by_runtime_size(runtime->size);
    const uint32_t named = mapped_version(path);
    return row == NULL || (named != 0 && named != row->version >> 16) ? NULL : row;
}

static bool choose_abi(struct target *t, const char *path, const struct elf_symbol *runtime,
                       const struct elf_symbol *version, struct err *err)
{
    uint8_t table[PYABI_DEBUG_OFFSETS_MAX];
    const size_t n = runtime->size < sizeof table ? runtime->size : sizeof table;
    if (!remote_read(t->remote, t->runtime, table, n))
        return false; /* not mapped yet */
    if (n >= 8 && memcmp(table, "xdebugpy", 8) == 0)
        return pyabi_from_debug_offsets(&t->abi, table, n, err);
    uint32_t hex = 0;
    const struct pyabi *row;
    if (!version->found) {
        row = old_abi(runtime, path);
        if (row == NULL)
            return err_set(err, ERR_UNSUPPORTED,
                           "%s: a CPython whose version cannot be told: it is older than 3.8, or its state, of %llu "
                           "bytes, is not that of a release",
                           path, (unsigned long long)runtime->size);
        hex = row->version;
    } else if (!remote_u32(t->remote, version->value, &hex)) {
        return false;
    } else {
        row = pyabi_by_version(hex);
    }
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
    t->gc = a->interp_gc_collecting == PYABI_NONE ? t->runtime + a->runtime_gc_collecting
                                                  : t->interp + a->interp_gc_collecting;
    return true;
}

/* Where the threads' own structs have the kernel's ids. */
static bool find_ids(struct target *t, const struct images *images)
{
    const struct pyabi *a = &t->abi;
    uint64_t threads[FIRST_THREADS], thread;
    uint32_t n = 0;
    if (a->tstate_native_id != PYABI_NONE)
        return true;
    if (!remote_u64(t->remote, t->interp + a->interp_threads, &thread))
        return false;
    while (thread != 0 && n < FIRST_THREADS && remote_u64(t->remote, thread + a->tstate_thread_id, &threads[n])) {
        n++;
        if (!remote_u64(t->remote, thread + a->tstate_next, &thread))
            break;
    }
    t->tid_offset = libc_tid_offset(images, t->pid, t->remote, threads, n);
    return t->tid_offset != 0;
}

/* By its symbol; a program that exports nothing and is stripped still has the section that CPython has put it in since
 * 3.10. */
static bool find_runtime(const struct target *t, const struct mapped *file, struct elf_symbol *runtime,
                         struct elf_symbol *version)
{
    struct elf_symbol symbols[] = {{.name = "_PyRuntime"}, {.name = "Py_Version"}};
    *runtime = (struct elf_symbol){.name = ".PyRuntime"};
    const bool found = mapped_symbols(file, t->pid, t->remote, symbols, 2) && symbols[0].found;
    if (found)
        *runtime = symbols[0];
    *version = found ? symbols[1] : (struct elf_symbol){.found = false};
    return found || mapped_section(file, t->pid, runtime);
}

/* Tries the Python in one file. */
static enum target_status try_file(struct target *t, const struct mapped *file, struct err *err)
{
    struct elf_symbol runtime, version;
    if (!find_runtime(t, file, &runtime, &version))
        return TARGET_NOT_YET;
    t->runtime = runtime.value;
    if (!choose_abi(t, file->path, &runtime, &version, err))
        return err->kind == ERR_NONE ? TARGET_NOT_YET : TARGET_REFUSED;
    return runs_code(t) ? TARGET_READY : TARGET_NOT_YET;
}

enum target_status target_find(struct target *t, pid_t pid, const struct remote *remote, struct err *err)
{
    struct images images;
    *t = (struct target){.pid = pid, .remote = remote};
    if (!images_read(&images, pid, err)) {
        if (err->sys == EACCES || err->sys == EPERM)
            return TARGET_REFUSED;
        err_clear(err);
        return TARGET_NOT_YET;
    }
    /* A program that is linked with libpython may have the symbol, too: the runtime that is in use is one that runs. */
    enum target_status status = try_file(t, &images.libpython, err);
    if (status != TARGET_READY) {
        struct err other = {0};
        const enum target_status by_program = try_file(t, &images.executable, &other);
        if (by_program == TARGET_READY) {
            err_clear(err);
            status = by_program;
        } else if (status == TARGET_NOT_YET && by_program == TARGET_REFUSED) {
            *err = other;
            status = by_program;
        }
    }
    if (status == TARGET_READY && !find_ids(t, &images))
        return TARGET_NOT_YET;
    const struct libc libc = status == TARGET_READY ? libc_of(&images, pid, remote) : (struct libc){0};
    t->has_rseq = libc.has_rseq;
    t->rseq_offset = libc.rseq_offset;
    return status;
}
