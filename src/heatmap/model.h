/* model.h: the counted result: all that the site, --json and the terminal summary show, and nothing of how it looks.
 *
 * Made once by model_new from a finished profile; read-only after that. Owns everything it points to (its own arena),
 * but for source texts (below). All counts are sums of weights, in ticks, in the chosen basis, unless said otherwise;
 * a percent is always of counts.n. The same recording and options give the same model.
 *
 * Everything is in arrays that refer to each other by index. Sorting: files by path; lines by number; functions by
 * file, first line, qualname; calls by caller file, line, function, then samples (most first), then callee. */
#ifndef HEATMAP_MODEL_H
#define HEATMAP_MODEL_H

#include "formats/content.h"
#include "src/base/arena.h"
#include "src/base/err.h"
#include "src/heatmap/modtype.h"
#include "src/heatmap/profile.h"
#include "src/heatmap/source.h"

/* Of the source texts of all files; what comes when there are more is not shown. */
#define MODEL_MAX_TEXT (512u << 20) /* bytes */
#define MODEL_MAX_LINES (16u << 20)
#define MODEL_NONE UINT32_MAX

struct model_line {
    uint32_t line; /* physical line, from 1 */
    uint64_t self, total;
    uint32_t first_call, calls;             /* of model.calls: calls made from this line */
    uint32_t first_expression, expressions; /* of model.expressions */
};

/* The part of a line that samples were in, 3.11 on. Columns count bytes of UTF-8 from 0, end_column is one after the
 * last: columns of the program's own text, decoded and without a byte order mark. Σ self ≤ the line's: code that the
 * compiler gave no columns is in none. */
struct model_expression {
    uint32_t column;
    uint32_t end_line, end_column; /* physical; may lie on a later line */
    uint64_t self, total;
};

struct model_function {
    uint32_t file;
    uint32_t first_line; /* co_firstlineno: of the first decorator, where there is one */
    uint32_t def_line;   /* of the def, class or lambda itself; first_line when the text does not tell */
    struct slice name, qualname;
    uint64_t self, total;
    uint32_t first_caller, callers; /* of model.by_callee: calls that arrive here, most samples first */
};

/* Distinct samples in which the caller's line called the callee; a recursion counts once. */
struct model_call {
    uint32_t caller_file, caller_line, caller_function;
    uint32_t callee; /* of model.functions */
    uint64_t samples;
};

struct model_file {
    uint32_t profile_file; /* of profile.files */
    struct slice name;     /* co_filename, of the first in byte order where several mean the same file */
    struct slice path;     /* resolved, or the name; what is shown and sorted by */
    struct slice module;   /* "pkg.mod"; for files under no root the path's last component */
    struct slice page;     /* "src/<module path>.html", relative to the site */
    enum module_type type;
    uint64_t self, total;
    uint32_t first_line, lines;         /* of model.lines: sampled lines only */
    uint32_t first_function, functions; /* of model.functions */
    uint32_t rank;                      /* its place in model.hot_files */
    enum source_status source;
    struct slice why;  /* empty, or why the text is missing or in doubt: one sentence for people */
    struct slice text; /* UTF-8 as far as the decoder could; borrowed from the profile or the arena */
    uint32_t text_lines;
    const uint32_t *starts; /* text_lines + 1 byte offsets into text; line i (from 1) is starts[i-1] … starts[i],
                               its line ending included */
    uint64_t max_self, max_total; /* of a line of this file */
};

/* The tree of where it was, in preorder: module types, then folders by module name, then files. Children by total,
 * most first, then by name. Only types and folders that hold files are there. */
struct model_place {
    uint32_t depth; /* 0: a module type */
    enum { PLACE_TYPE, PLACE_FOLDER, PLACE_FILE } kind;
    enum module_type type;
    struct slice name;    /* of the folder or file: one component; empty for a type */
    uint32_t file;        /* PLACE_FILE */
    uint32_t files;       /* below it */
    uint32_t end;         /* index after its last descendant */
    uint64_t self, total; /* total: distinct samples that touch it */
};

struct model_thread {
    uint32_t process; /* of model.processes */
    uint64_t tid;
    uint32_t interpreter; /* number of the subinterpreter it runs; 0: the main one */
    struct slice name;
    uint64_t samples; /* in the basis */
    uint64_t wall;    /* in every state */
};

struct model_process {
    uint32_t id, pid, ppid, python; /* as in rec_process */
    bool free_threaded;             /* its Python */
    uint32_t parent;                /* of model.processes, or MODEL_NONE */
    uint64_t started, ended;        /* time units */
    struct slice python_build, executable, cwd;
    struct slice *argv; /* may be empty: not stored */
    uint32_t argc;
    uint64_t samples; /* in the basis */
    uint64_t ticks[REC_TICK_STATES];
};

struct model_env {
    uint32_t process; /* of model.processes */
    struct slice name, value;
};

struct model_counts {
    uint64_t n; /* the denominator: the weight in the basis = exact + trimmed */
    uint64_t exact, trimmed;
    uint64_t lost;         /* ticks of threads and processes that belong to no line */
    uint64_t repeated;     /* of n: weight that was inferred, not read */
    uint64_t unattributed; /* of n: trimmed, or without a frame or a line. Σ lines.self + unattributed = n */
    uint64_t rows_read;    /* looks that were read (not weight): what lost and trimmed percent are stated over */
    uint64_t rows_trimmed, rows_lost;
    uint64_t wall;                   /* weight in every state */
    uint64_t ticks[REC_TICK_STATES]; /* of all processes */
};

/* The recording's time in equal bins; at most 256. */
struct model_bin {
    uint64_t ticks[REC_TICK_STATES];
    uint64_t samples; /* in the basis */
};

struct model {
    struct arena arena;
    struct rec_header header; /* slices in the arena */
    struct rec_host host;
    enum basis basis;
    uint64_t duration; /* time units */
    bool ended;        /* an end record was there */
    struct rec_end end;
    struct slice notes; /* Markdown */
    struct damage *damages;
    uint32_t n_damages;
    double
        recovered; /* share of the ticks that were recorded which could be read; 1 where nothing is known to be lost */

    enum { MODEL_UNFILTERED, MODEL_FILTERED, MODEL_TOO_MANY } filters; /* whether pages have data for them: main's */
    struct model_counts counts;
    struct model_process *processes;
    uint32_t n_processes;
    struct model_thread *threads;
    uint32_t n_threads;
    struct model_env *env;
    uint32_t n_env;
    struct model_file *files;
    uint32_t n_files;
    struct model_line *lines;
    uint32_t n_lines;
    uint64_t max_self, max_total;         /* of a line */
    struct model_expression *expressions; /* by file, line and column, then the longest first */
    uint32_t n_expressions;
    struct model_function *functions;
    uint32_t n_functions;
    struct model_call *calls;
    uint32_t n_calls;
    uint32_t *by_callee; /* indices of calls, by callee, most samples first */
    struct model_place *places;
    uint32_t n_places;
    struct model_bin *bins;
    uint32_t n_bins;
    uint64_t bin_width; /* time units */
    /* Hottest first; ties by path and line. */
    uint32_t *hot_files;     /* indices of files, by self, then total */
    uint32_t *hot_lines;     /* indices of lines, by self */
    uint32_t *hot_functions; /* indices of functions, by self */
    uint32_t *line_file;     /* line_file[i]: file of lines[i] */
    uint32_t *line_function; /* line_function[i]: the function most of lines[i]'s samples were in, or MODEL_NONE */
};

struct model_options {
    const struct source_root *source_roots; /* borrowed; source.h */
    size_t n_source_roots;
    struct slice notes; /* Markdown, added to the recording's own */
};

/* NULL on failure. profile must outlive the model (texts and names are borrowed from it). */
MUST_CHECK struct model *model_new(const struct profile *profile, const struct model_options *options, struct err *err);
void model_free(struct model *m);

/* Of all states: of counts.ticks, or of those of a process or a bin. */
uint64_t model_all_ticks(const uint64_t ticks[REC_TICK_STATES]);
/* Seconds that a weight stands for. */
double model_seconds(const struct model *m, uint64_t weight);

#endif
