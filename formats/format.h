/* format.h: reading recordings, ours and others'.
 *
 * A reader takes an input and pushes what it finds into a sink, a struct of callbacks. It knows nothing of who is
 * behind the sink. One file a format; registry.c lists them.
 *
 * Order of calls: header; then in any order, each thing before its first use: host, process, argv, env, root, thread,
 * file, code, nodes, samples, ticks, losses, exit, source, note; `epoch` whenever file, code and node numbers start
 * anew (process and thread numbers hold for the whole recording); at last end, or nothing when the recording was cut.
 * What is pushed has been checked: every number refers to something pushed before, every limit holds. Not checked: that
 * times make sense together, and that a source text has the hash it claims: who assembles the pieces must hash it.
 * Definitions come again after an epoch, and a process or a thread may come again at any time: the last word holds. A
 * text whose later pieces are missing was lost to damage. */
#ifndef FORMATS_FORMAT_H
#define FORMATS_FORMAT_H

#include "formats/content.h"
#include "src/base/err.h"

/* What was lost to damage. Several calls are possible. */
struct damage {
    uint64_t offset;      /* bytes into the input where reading had to stop */
    uint64_t bytes;       /* bytes that were skipped or are unreadable */
    uint64_t weight;      /* ticks that these held, as far as is known; 0: unknown */
    uint64_t frames;      /* whole frames that are known to be missing */
    uint64_t from, until; /* time units; until 0: open, the end is missing */
    enum damage_kind {
        DAMAGE_CUT = 1,      /* the end is missing */
        DAMAGE_CORRUPT = 2,  /* bytes in the middle are wrong or missing */
        DAMAGE_TRAILING = 3, /* another recording, or something else, follows the end: not read */
    } kind;
    char what[160];
};

/* Every callback may be NULL: not wanted. false stops the reader, with err set. */
struct sink {
    void *self; /* borrowed; first argument of every callback */
    bool (*header)(void *self, const struct rec_header *, struct err *);
    bool (*epoch)(void *self, struct err *);
    bool (*host)(void *self, const struct rec_host *, struct err *);
    bool (*process)(void *self, const struct rec_process *, struct err *);
    bool (*argv)(void *self, const struct rec_argv *, struct err *);
    bool (*env)(void *self, const struct rec_env *, struct err *);
    bool (*root)(void *self, const struct rec_root *, struct err *);
    bool (*thread)(void *self, const struct rec_thread *, struct err *);
    bool (*file)(void *self, const struct rec_file *, struct err *);
    bool (*code)(void *self, const struct rec_code *, struct err *);
    bool (*nodes)(void *self, const struct rec_nodes *, struct err *);
    bool (*samples)(void *self, const struct rec_samples *, struct err *);
    bool (*ticks)(void *self, const struct rec_ticks *, struct err *);
    bool (*losses)(void *self, const struct rec_losses *, struct err *);
    bool (*exit)(void *self, const struct rec_exit *, struct err *);
    bool (*source)(void *self, const struct rec_source *, struct err *);
    bool (*note)(void *self, struct slice markdown, struct err *);
    bool (*end)(void *self, const struct rec_end *, struct err *);
    bool (*damage)(void *self, const struct damage *, struct err *);
    /* Progress: bytes of the input read so far. */
    void (*progress)(void *self, uint64_t bytes);
};

/* Random access to the bytes of a recording. */
struct format_input {
    void *self;       /* borrowed */
    const char *name; /* for messages; borrowed */
    uint64_t size;    /* bytes */
    /* Fills p with n bytes from offset on, or as many as there are: *got. Fails only on a system error. */
    bool (*read)(void *self, uint64_t offset, void *p, size_t n, size_t *got, struct err *);
};

/* What a bid is made from: so many bytes of the beginning, or the whole file if it is shorter. */
#define FORMAT_HEAD (256u << 10)

struct format {
    const char *name;  /* for --format: "pyrec" */
    const char *title; /* for people: "pyheatmap recording" */
    /* How sure it is, from the first FORMAT_HEAD bytes: 0 not mine … 100 certainly. */
    int (*bid)(struct slice head);
    /* ERR_NOT_THIS_FORMAT, ERR_UNSUPPORTED, ERR_CORRUPT (damaged beyond use), ERR_SYSTEM, or what the sink set. */
    bool (*read)(const struct format_input *in, const struct sink *sink, struct err *err);
};

extern const struct format format_pyrec;

/* All formats, in the order of --help; NULL ends it. */
extern const struct format *const format_registry[];
/* NULL when unknown. */
const struct format *format_by_name(const char *name);
/* The highest bid; NULL with ERR_NOT_THIS_FORMAT and words that say what it looks like. */
const struct format *format_guess(const struct format_input *in, struct err *err);

#endif
