/* image.h: the facts about one process image, taken from /proc when it is first seen.
 *
 * Owns: what the recording says of an image besides its samples: arguments, environment, directories, roots, threads.
 * Does not own: its definition in a recording (defs.h). */
#ifndef RECORD_IMAGE_H
#define RECORD_IMAGE_H

#include "formats/content.h"
#include "src/base/arena.h"
#include "src/base/err.h"
#include "src/record/events.h"
#include "src/record/roots.h"
#include "src/record/targetfs.h"

struct image_options {
    const char *const *env; /* borrowed: names of variables to store besides the usual ones */
    size_t env_n;
    char *const *command; /* borrowed: what was launched, for a process that ended too soon; NULL when attached … */
    pid_t command_pid;    /* … and which process that is */
};

struct image_thread {
    uint32_t id;
    uint64_t tid;
    uint32_t gone; /* times that it was not found any more */
    char name[32];
};

struct image {
    struct arena arena; /* of the slices below */
    struct arena raw;   /* of the texts that image_know takes apart */
    struct slice status, stat, cmdline, environment, maps;
    struct targetfs fs;
    struct rec_process process;
    struct rec_argv args;
    struct rec_env env; /* only what is stored */
    struct roots roots;
    struct image_thread *threads; /* owned; in the order of their numbers */
    uint32_t threads_n, threads_cap;
};

/* Reads what /proc says of a process, at once, since it may be gone soon: what cannot be read is empty. ours: as for
 * targetfs_init. NULL when out of memory. */
MUST_CHECK struct image *image_meet(pid_t pid, bool ours);
/* Works out the rest: image_meet's texts are released. parent: that it was forked from, and has not been another
 * program since; or NULL. */
MUST_CHECK bool image_know(struct image *image, uint32_t id, const struct event_process *event,
                           const struct image *parent, const struct image_options *options, struct err *err);
void image_free(struct image *image);
/* Adds the thread, or finds it again. Valid until the next call. */
MUST_CHECK struct image_thread *image_thread(struct image *image, const struct event_thread *event, struct err *err);
/* NULL when it was never added, or has been forgotten. Valid until the next call of image_thread. */
struct image_thread *image_find_thread(const struct image *image, uint32_t id);
/* Forgets those that went a while ago. */
void image_forget_threads(struct image *image);
/* Reads the thread's name afresh; true when it has changed. */
bool image_thread_renamed(const struct image *image, struct image_thread *thread);

/* Whether the variable is stored without being asked for. */
bool image_env_is_usual(struct slice name);

#endif
