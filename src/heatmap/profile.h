/* profile.h: what a recording said, merged: the sink behind every reader.
 *
 * Owns: merging of epochs and processes (codes by content hash, files by name and identity, stacks into one tree), and
 * the weight of every stack in the chosen basis. Memory is bounded by the number of distinct stacks, codes and source
 * bytes, not by the number of samples. Does not know lines, module types or percents: model.h does.
 *
 * Weights are ticks, times are time units. What is public here is for reading, once the reader is done. */
#ifndef HEATMAP_PROFILE_H
#define HEATMAP_PROFILE_H

#include "formats/format.h"
#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/heatmap/cells.h"
#include "src/heatmap/modtype.h"
#include "src/heatmap/texts.h"
#include "src/heatmap/timeline.h"
#include "src/heatmap/tree.h"

enum basis { BASIS_ACTIVE, BASIS_WALL, BASIS_GIL };

#define PROFILE_NONE UINT32_MAX
#define PROFILE_MAX_DAMAGES 1000
#define PROFILE_MAX_WEIGHT (1ull << 53) /* of everything together: JSON's integers */
#define PROFILE_MAX_NODES (1u << 26)    /* distinct stacks, those that others go through included */
#define PROFILE_MAX_ROOTS 4096u         /* of a process; more are passed over */
#define PROFILE_MAX_FILES (1u << 20)
#define PROFILE_MAX_CODES (1u << 22)
#define PROFILE_MAX_THREADS (1u << 21) /* the sum, over the processes, of the highest number of a thread */
#define PROFILE_MAX_NOTES (8u << 20)   /* bytes */
#define PROFILE_MAX_BYTES (2ull << 30) /* of names, line tables, arguments and the like */

struct profile_thread {
    bool known;
    uint64_t tid;
    uint32_t interpreter;
    struct slice name;
    uint64_t samples;  /* in the basis */
    uint64_t wall;     /* in every state */
    uint32_t in_cells; /* its number in profile.cells, plus 1; 0: not there */
};

/* A process image; processes[i] is number i + 1. */
struct profile_process {
    bool known;
    struct rec_process rec;
    struct slice *argv;
    uint32_t argc;
    struct slice *env_names, *env_values;
    uint32_t env_n;
    struct module_root *roots; /* owned; as they came */
    uint32_t n_roots, roots_cap;
    struct profile_thread *threads; /* owned; threads[i] is number i + 1 */
    uint32_t n_threads, threads_cap;
    uint64_t samples; /* in the basis */
    uint64_t ticks[REC_TICK_STATES];
    uint64_t last; /* time of the last thing that is known of it */
    bool exited;
    struct rec_exit gone;
    /* Of the epoch that is being read: from its node numbers to those of the tree. */
    uint32_t *nodes; /* owned */
    uint32_t n_nodes, nodes_cap;
    uint32_t nodes_epoch; /* the epoch that they are of */
};

struct profile_file {
    struct rec_file rec; /* as first defined, or as first resolved; process is a number */
    bool rewritten;      /* seen with another content later on */
};

struct profile_code {
    uint32_t file; /* of files */
    uint32_t python, first_line, flags, units;
    int32_t first_traceable;
    struct slice name, qualname, line_table;
};

struct profile {
    enum basis basis;
    struct arena arena;
    struct rec_header header;
    struct rec_host host;
    bool has_header, has_host;
    struct profile_process *processes; /* owned */
    uint32_t n_processes, processes_cap;
    struct profile_file *files; /* owned */
    uint32_t n_files, files_cap;
    struct profile_code *codes; /* owned; codes[i] is code REC_CODE_FIRST + i of the tree */
    uint32_t n_codes, codes_cap;
    struct tree tree;
    struct timeline timeline;
    struct cells *cells; /* owned; NULL: not wanted */
    uint32_t cells_threads;
    struct texts texts;
    struct buf notes;       /* Markdown; several are apart by a blank line */
    struct damage *damages; /* owned; the first ones */
    uint32_t n_damages, damages_cap;
    uint64_t damaged_weight; /* of all damages; ticks */
    struct rec_end end;
    bool ended;
    uint64_t duration;

    uint64_t n, trimmed, repeated;               /* in the basis */
    uint64_t wall;                               /* in every state */
    uint64_t lost;                               /* ticks that belong to no line */
    uint64_t rows_read, rows_trimmed, rows_lost; /* looks, in every state */
    uint64_t ticks[REC_TICK_STATES];

    struct profile_merge *merge; /* owned; what only the sink needs */
};

MUST_CHECK struct profile *profile_new(enum basis basis, struct err *err);
void profile_free(struct profile *p);
/* Gathers cells as well; before anything is read. */
MUST_CHECK bool profile_keep_cells(struct profile *p, struct err *err);
/* The sink that fills it; valid as long as the profile. */
const struct sink *profile_sink(struct profile *p);
/* Fills it from a recording. Errors name that. */
MUST_CHECK bool profile_read(struct profile *p, const struct format *format, const struct format_input *in,
                             struct err *err);

/* Whether a thread in this state (bits of enum rec_state) counts in the basis. A state that could not be told counts
 * as active: a version of which nothing is known must not come out empty. */
bool profile_counts(enum basis basis, unsigned state);
/* The share of the ticks that were recorded which could be read; 1 where nothing is known to be lost. */
double profile_recovered(const struct profile *p);

#endif
