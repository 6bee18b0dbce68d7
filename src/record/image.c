#include "config.h"

#include "src/record/image.h"

#include "formats/pyrec.h"
#include "src/base/array.h"
#include "src/record/path.h"
#include "src/record/procfs.h"
#include "src/record/text.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define MAX_TEXT (1u << 20) /* read of a command line, an environment, a list of mappings */
#define GONE_FOR_LONG 10    /* looks at its name, one a second: its last samples have long arrived */

bool image_env_is_usual(struct slice name)
{
    return slice_starts(name, SLICE("PYTHON")) || slice_starts(name, SLICE("LC_")) || slice_eq(name, SLICE("LANG")) ||
           slice_eq(name, SLICE("VIRTUAL_ENV")) || slice_eq(name, SLICE("CONDA_PREFIX")) ||
           slice_ends(name, SLICE("_NUM_THREADS"));
}

static bool is_wanted(struct slice name, const struct image_options *options)
{
    for (size_t i = 0; i < options->env_n; i++) {
        if (slice_eq(name, slice_str(options->env[i])))
            return true;
    }
    return image_env_is_usual(name);
}

static struct slice clamp(struct slice s)
{
    return slice_of(s.p, s.n < PYREC_MAX_STRING ? s.n : PYREC_MAX_STRING);
}

/* Whether it is the one that was launched. */
static bool is_command(const struct image *image, const struct image_options *options)
{
    return options->command != NULL && image->process.pid == (uint32_t)options->command_pid;
}

static uint32_t count_entries(struct slice text)
{
    uint32_t n = 0;
    struct slice entry;
    while (n < PYREC_MAX_ARGS && text_next(&text, '\0', &entry))
        n++;
    return n;
}

static bool take_args(struct image *image, struct slice cmdline, const struct image_options *options, struct err *err)
{
    uint32_t n = count_entries(cmdline);
    bool ended = n == 0 && is_command(image, options);
    while (ended && n < PYREC_MAX_ARGS && options->command[n] != NULL)
        n++;
    struct slice *args = arena_calloc(&image->arena, n, sizeof *args);
    if (args == NULL)
        return err_nomem(err);
    for (uint32_t i = 0; i < n; i++) {
        if (ended)
            args[i] = slice_str(options->command[i]);
        else
            (void)text_next(&cmdline, '\0', &args[i]);
        args[i] = clamp(args[i]);
    }
    image->args = (struct rec_argv){image->process.id, n, args};
    return true;
}

static bool take_env(struct image *image, struct slice environment, const struct image_options *options,
                     struct err *err)
{
    uint32_t max = count_entries(environment), n = 0;
    struct slice *names = arena_calloc(&image->arena, max, sizeof *names);
    struct slice *values = arena_calloc(&image->arena, max, sizeof *values);
    if (names == NULL || values == NULL)
        return err_nomem(err);
    struct slice entry, name;
    while (n < max && text_next(&environment, '\0', &entry)) {
        if (!text_next(&entry, '=', &name) || !is_wanted(name, options))
            continue;
        names[n] = clamp(name);
        values[n++] = clamp(entry);
    }
    image->env = (struct rec_env){image->process.id, n, names, values};
    return true;
}

/* The shared library of the interpreter, if it runs one: from the list of mappings, whose paths are the recorder's. */
static struct slice find_libpython(const struct image *image)
{
    struct slice maps = image->maps, line;
    struct slice prefix = slice_str(strcmp(image->fs.path, "/") == 0 ? "" : image->fs.path);
    while (text_next(&maps, '\n', &line)) {
        const uint8_t *path = memchr(line.p, '/', line.n);
        if (path == NULL)
            continue;
        line = slice_skip(line, (size_t)(path - line.p));
        if (slice_starts(path_last(line), SLICE("libpython")))
            return path_below(line, prefix) ? slice_skip(line, prefix.n) : line;
    }
    return (struct slice){NULL, 0};
}

/* The wall clock when the image began. What /proc knows is when the process was forked; of an exec that the recorder
 * has seen, the moment is now. */
static int64_t find_birth(const struct image *image)
{
    struct slice stat = image->stat;
    struct slice rest = slice_skip(stat, stat.n), field;
    for (size_t i = stat.n; i > 0 && rest.n == 0; i--) { /* the name before it may hold anything, ")" too */
        if (stat.p[i - 1] == ')')
            rest = slice_skip(stat, i + 1);
    }
    for (int i = 3; i <= 22; i++) { /* proc(5): field 22 is starttime */
        if (!text_next(&rest, ' ', &field))
            return 0;
    }
    struct timespec wall, boot;
    clock_gettime(CLOCK_REALTIME, &wall);
    clock_gettime(CLOCK_BOOTTIME, &boot);
    int64_t now = (int64_t)wall.tv_sec * 1000000000 + wall.tv_nsec;
    int64_t up = (int64_t)boot.tv_sec * 1000000000 + boot.tv_nsec;
    int64_t ticks = strtoll((const char *)field.p, NULL, 10);
    return image->process.exec_count > 0 ? now : now - up + ticks * (1000000000 / sysconf(_SC_CLK_TCK));
}

/* The program's first words of itself: where it began, if it has ended. */
static bool take_places(struct image *image, const struct image_options *options, struct err *err)
{
    struct rec_process *process = &image->process;
    struct slice ppid = text_value(image->status, "PPid", ':');
    process->ppid = ppid.n == 0 ? 0 : (uint32_t)strtoul((const char *)ppid.p, NULL, 10);
    process->born_ns = find_birth(image);
    process->root = slice_str(image->fs.path);
    if (process->cwd.n > 0 || !is_command(image, options))
        return true;
    char *cwd = getcwd(NULL, 0);
    process->cwd = arena_copy(&image->arena, slice_str(cwd));
    free(cwd);
    return process->cwd.p != NULL || err_nomem(err);
}

static bool take_roots(struct image *image, struct err *err)
{
    struct roots_facts facts = {
        .fs = &image->fs,
        .python = image->process.python,
        .free_threaded = (image->process.flags & REC_PROCESS_FREE_THREADED) != 0,
        .executable = image->process.executable,
        .libpython = find_libpython(image),
        .cwd = image->process.cwd,
        .environ = image->environment,
        .args = image->args.args,
        .args_n = image->args.n,
    };
    if (!roots_derive(&image->roots, &facts, &image->arena, err))
        return false;
    for (uint32_t i = 0; i < image->roots.n; i++)
        image->roots.items[i].process = image->process.id;
    return true;
}

struct image *image_meet(pid_t pid, bool ours)
{
    struct image *image = calloc(1, sizeof *image);
    if (image == NULL)
        return NULL;
    targetfs_init(&image->fs, pid, ours);
    image->process.pid = (uint32_t)pid;
    image->process.executable = procfs_link(pid, "exe", &image->arena);
    image->process.cwd = procfs_link(pid, "cwd", &image->arena);
    image->status = procfs_text(pid, "status", 16384, &image->raw);
    image->stat = procfs_text(pid, "stat", 4096, &image->raw);
    image->cmdline = procfs_text(pid, "cmdline", MAX_TEXT, &image->raw);
    image->environment = procfs_text(pid, "environ", MAX_TEXT, &image->raw);
    image->maps = procfs_text(pid, "maps", MAX_TEXT, &image->raw);
    return image;
}

static struct slice *copy_all(struct arena *arena, const struct slice *all, uint32_t n)
{
    struct slice *copies = arena_calloc(arena, n, sizeof *copies);
    for (uint32_t i = 0; copies != NULL && i < n; i++) {
        copies[i] = arena_copy(arena, all[i]);
        if (copies[i].p == NULL && all[i].n > 0)
            return NULL;
    }
    return copies;
}

/* A forked child that has ended, or is about to become another program, shows nothing of itself any more; what it was
 * is its parent's. */
static bool inherit(struct image *image, const struct image *parent, struct err *err)
{
    if (image->args.n == 0 && parent->args.n > 0) {
        image->args.args = copy_all(&image->arena, parent->args.args, parent->args.n);
        image->args.n = parent->args.n;
    }
    if (image->env.n == 0 && parent->env.n > 0) {
        image->env.names = copy_all(&image->arena, parent->env.names, parent->env.n);
        image->env.values = copy_all(&image->arena, parent->env.values, parent->env.n);
        image->env.n = parent->env.n;
    }
    if (image->process.cwd.n == 0)
        image->process.cwd = arena_copy(&image->arena, parent->process.cwd);
    if (image->process.executable.n == 0)
        image->process.executable = arena_copy(&image->arena, parent->process.executable);
    const bool ok = (image->args.n == 0 || image->args.args != NULL) &&
                    (image->env.n == 0 || (image->env.names != NULL && image->env.values != NULL));
    return ok || err_nomem(err);
}

bool image_know(struct image *image, uint32_t id, const struct event_process *event, const struct image *parent,
                const struct image_options *options, struct err *err)
{
    struct rec_process *process = &image->process;
    process->id = id;
    process->parent = event->parent;
    process->exec_count = event->exec_count;
    process->python = event->python;
    process->flags = event->flags;
    process->started = event->time;
    bool ok = take_places(image, options, err) &&
              take_args(image, arena_copy(&image->arena, image->cmdline), options, err) &&
              take_env(image, arena_copy(&image->arena, image->environment), options, err) &&
              (parent == NULL || inherit(image, parent, err)) && take_roots(image, err);
    arena_fini(&image->raw);
    return ok;
}

void image_free(struct image *image)
{
    if (image == NULL)
        return;
    targetfs_fini(&image->fs);
    roots_fini(&image->roots);
    free(image->threads);
    arena_fini(&image->raw);
    arena_fini(&image->arena);
    free(image);
}

struct image_thread *image_find_thread(const struct image *image, uint32_t id)
{
    uint32_t from = 0, to = image->threads_n;
    while (from < to) {
        const uint32_t middle = from + (to - from) / 2;
        if (image->threads[middle].id == id)
            return &image->threads[middle];
        if (image->threads[middle].id < id)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

struct image_thread *image_thread(struct image *image, const struct event_thread *event, struct err *err)
{
    struct image_thread *known = image_find_thread(image, event->thread);
    if (known != NULL)
        return known;
    if (!array_reserve(&image->threads, &image->threads_cap, (uint64_t)image->threads_n + 1, sizeof *image->threads,
                       err))
        return NULL;
    uint32_t at = image->threads_n++;
    for (; at > 0 && image->threads[at - 1].id > event->thread; at--)
        image->threads[at] = image->threads[at - 1];
    image->threads[at] = (struct image_thread){.id = event->thread, .tid = event->tid};
    return &image->threads[at];
}

void image_forget_threads(struct image *image)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < image->threads_n; i++) {
        if (image->threads[i].gone < GONE_FOR_LONG)
            image->threads[n++] = image->threads[i];
    }
    image->threads_n = n;
}

bool image_thread_renamed(const struct image *image, struct image_thread *thread)
{
    char name[sizeof thread->name];
    if (thread->gone > 0 || !procfs_comm((pid_t)image->process.pid, (pid_t)thread->tid, name)) {
        thread->gone += thread->gone < GONE_FOR_LONG;
        return false;
    }
    if (strcmp(name, thread->name) == 0)
        return false;
    memcpy(thread->name, name, sizeof name);
    return true;
}
