#include "config.h"

#include "src/heatmap/source.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "src/base/buf.h"
#include "src/heatmap/utf8.h"

const char *source_status_name(enum source_status status)
{
    static const char *const names[] = {"embedded", "found", "changed", "missing"};
    return names[status];
}

static bool has_part(struct slice s, const char *part)
{
    return s.n > 0 && memmem(s.p, s.n, part, strlen(part)) != NULL;
}

static const char *why_missing(const struct rec_file *file)
{
    if (slice_starts(file->name, SLICE("<frozen ")))
        return "This code is frozen into the interpreter: it was not read from a file.";
    if (slice_starts(file->name, SLICE("<")))
        return "This code has no file: it was made while the program ran (exec, eval, an interactive session).";
    switch (file->source) {
    case REC_SOURCE_SEEN:
        return "The text did not travel in the recording; --source-root can supply it.";
    case REC_SOURCE_UNREADABLE:
        return "The recorder could not read the file: no permission, not a regular file, or too large.";
    case REC_SOURCE_REFUSED:
        return "This file was left out: by the recorder's rules (man pyrecord, \"Sources\"), or to keep it private.";
    default:
        if (has_part(file->name, ".zip/") || has_part(file->name, ".whl/") || has_part(file->name, ".egg/"))
            return "The file lies in a zip archive, which the recorder does not open.";
        return "The file was not there when the recorder looked for it.";
    }
}

/* Whether the text that the recorder read is what the process had loaded; NULL: as far as is known. A .pyc of another
 * version tells that the source was changed, unless the process started later than that: then Python compiled
 * the source anew, or, for a script, never looked at the .pyc. */
static const char *why_changed(const struct source_question *q)
{
    const struct rec_file *f = q->file;
    if (q->rewritten)
        return "The file was changed while it was recorded: numbers may sit on the wrong lines.";
    if (f->mtime_ns > q->started_ns)
        return "The file was changed after the process had started: numbers may sit on the wrong lines.";
    uint32_t mtime_s = (uint32_t)(f->mtime_ns / 1000000000);
    bool unlike = f->source == REC_SOURCE_SEEN && f->pyc == REC_PYC_MTIME &&
                  (f->pyc_mtime_s != mtime_s || f->pyc_size != (uint32_t)f->size);
    if (unlike && (q->attached || f->pyc_mtime_s > mtime_s))
        return "The .pyc file was compiled from another version of the file: numbers may sit on the wrong lines.";
    return NULL;
}

/* Opens root/path one component at a time, so that neither ".." nor a link leads out of root. -1: not there. */
static int open_below(const char *root, struct slice path)
{
    int dir = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (dir >= 0) {
        size_t n = 0;
        while (n < path.n && path.p[n] != '/')
            n++;
        bool last = n == path.n;
        char name[NAME_MAX + 1];
        bool fit = n > 0 && n <= NAME_MAX && memchr(path.p, '\0', n) == NULL;
        if (fit) {
            memcpy(name, path.p, n);
            name[n] = '\0';
            fit = strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
        }
        int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | (last ? O_NONBLOCK | O_NOCTTY : O_DIRECTORY);
        int next = fit ? openat(dir, name, flags) : -1;
        (void)close(dir);
        if (last)
            return next;
        dir = next;
        path = slice_skip(path, n + 1);
    }
    return -1;
}

struct candidate {
    struct slice bytes;
    int64_t mtime_ns;
};

/* false: not a regular file, too large, or unreadable; with err set only when out of memory. */
static bool read_candidate(struct arena *arena, int fd, struct candidate *c, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size < 0 || st.st_size > SOURCE_MAX)
        return false;
    size_t n = (size_t)st.st_size, got = 0;
    uint8_t *p = arena_alloc(arena, n + 1);
    if (p == NULL)
        return err_nomem(err);
    while (got < n) {
        ssize_t k = read(fd, p + got, n - got);
        if (k <= 0)
            break;
        got += (size_t)k;
    }
    c->bytes = slice_of(p, got);
    c->mtime_ns = st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec;
    return got == n;
}

/* By its hash; or, where the recorder could not read the file, by what the .pyc says of it. */
static bool is_what_ran(const struct rec_file *f, const struct candidate *c)
{
    if (f->source == REC_SOURCE_SEEN) {
        XXH128_canonical_t hash;
        XXH128_canonicalFromHash(&hash, XXH3_128bits(c->bytes.p, c->bytes.n));
        return memcmp(hash.digest, f->hash, REC_HASH_SIZE) == 0;
    }
    return f->pyc == REC_PYC_MTIME && f->pyc_size == (uint32_t)c->bytes.n &&
           f->pyc_mtime_s == (uint32_t)(c->mtime_ns / 1000000000);
}

/* Looks for the file below one root. *found stays empty where there is nothing; an exact text ends the search. */
static bool search_root(struct arena *arena, const struct source_question *q, const struct source_root *root,
                        struct candidate *found, bool *exact, struct err *err)
{
    const struct rec_file *f = q->file;
    struct slice path = f->path.n > 0 ? f->path : f->name, old = root->old_dir;
    while (old.n > 0 && old.p[old.n - 1] == '/')
        old.n--;
    bool mapped = root->old_dir.n > 0;
    if (mapped && (!slice_starts(path, old) || path.n <= old.n || path.p[old.n] != '/'))
        return true;
    path = slice_skip(path, old.n);
    while (path.n > 0 && path.p[0] == '/')
        path = slice_skip(path, 1);
    while (path.n > 0 && !*exact) {
        struct candidate c = {0};
        int fd = open_below(root->new_dir, path);
        bool got = fd >= 0 && read_candidate(arena, fd, &c, err);
        if (fd >= 0)
            (void)close(fd);
        if (err->kind != ERR_NONE)
            return false;
        *exact = got && is_what_ran(f, &c);
        /* What cannot be checked, or differs, is taken only where at least the module's whole path fits. */
        if (*exact || (got && found->bytes.p == NULL && (mapped || path.n >= q->below.n)))
            *found = c;
        const uint8_t *slash = memchr(path.p, '/', path.n);
        path = mapped || slash == NULL ? slice_skip(path, path.n) : slice_skip(path, (size_t)(slash - path.p) + 1);
    }
    return true;
}

static bool is_pseudo(struct slice name)
{
    return name.n == 0 || name.p[0] == '<';
}

static bool search(struct arena *arena, const struct source_question *q, struct source_answer *a,
                   struct candidate *found, struct err *err)
{
    bool exact = false;
    bool nowhere = q->file->path.n == 0 && is_pseudo(q->file->name);
    for (size_t i = 0; i < q->n_roots && !exact && !nowhere; i++) {
        if (!search_root(arena, q, &q->roots[i], found, &exact, err))
            return false;
    }
    if (found->bytes.p == NULL) {
        a->why = slice_str(why_missing(q->file));
    } else if (exact) {
        a->why = slice_str(why_changed(q));
        a->status = a->why.n > 0 ? SOURCE_CHANGED : SOURCE_FOUND;
    } else {
        a->status = SOURCE_CHANGED;
        a->why = q->file->source == REC_SOURCE_SEEN
                     ? SLICE("The file below --source-root differs from what ran: numbers may sit on the wrong lines.")
                     : SLICE("The file below --source-root may differ from what ran: it cannot be checked.");
    }
    return true;
}

/* Adds that the text is shown in a guessed encoding. */
static bool doubt_encoding(struct arena *arena, struct source_answer *a, struct err *err)
{
    struct buf why = {0};
    buf_slice(&why, a->why);
    buf_str(&why, why.n > 0 ? " " : "");
    buf_str(&why, "Its encoding, ");
    utf8_show(&why, a->text.unknown);
    buf_str(&why, ", is not known here: shown as UTF-8.");
    a->why = buf_ok(&why) ? arena_copy(arena, buf_view(&why)) : (struct slice){NULL, 0};
    buf_fini(&why);
    return a->why.p != NULL || err_nomem(err);
}

bool source_resolve(struct arena *arena, const struct source_question *q, struct source_answer *a, struct err *err)
{
    *a = (struct source_answer){.status = SOURCE_MISSING};
    struct candidate found = {{NULL, 0}, 0};
    if (q->embedded != NULL) {
        const char *why = why_changed(q);
        a->status = why != NULL ? SOURCE_CHANGED : SOURCE_EMBEDDED;
        a->why = slice_str(why);
        found.bytes = *q->embedded;
    } else if (!search(arena, q, a, &found, err)) {
        return false;
    }
    if (a->status == SOURCE_MISSING)
        return true;
    if (!pytext_decode(arena, found.bytes, &a->text, err))
        return false;
    return a->text.unknown.n == 0 || doubt_encoding(arena, a, err);
}
