#include "config.h"

#include "src/record/defs.h"

#include "formats/pyrec.h"
#include "src/base/array.h"
#include "src/base/buf.h"

#include <assert.h>
#include <stdlib.h>

struct def_file {
    struct rec_file file;
    uint32_t epoch; /* in which it was defined last; file.id is of that */
};

struct def_code {
    struct rec_code code;
    uint32_t file; /* index in files */
    uint32_t epoch;
};

void defs_fini(struct defs *d)
{
    sources_fini(&d->sources);
    intern_fini(&d->file_keys);
    intern_fini(&d->code_keys);
    free(d->files);
    free(d->codes);
    arena_fini(&d->arena);
}

void defs_image_fini(struct defs_image *image)
{
    image_free(image->facts);
    free(image->known);
    *image = (struct defs_image){0};
}

static bool write_thread(struct defs *d, const struct image *facts, const struct image_thread *thread, struct err *err)
{
    struct rec_thread rec = {
        .process = facts->process.id, .id = thread->id, .tid = thread->tid, .name = slice_str(thread->name)};
    return pyrec_write_thread(d->write, &rec, err);
}

static bool write_image(struct defs *d, const struct image *facts, struct err *err)
{
    if (!pyrec_write_process(d->write, &facts->process, err) ||
        (!d->options.no_argv && facts->args.n > 0 && !pyrec_write_argv(d->write, &facts->args, err)) ||
        (facts->env.n > 0 && !pyrec_write_env(d->write, &facts->env, err)))
        return false;
    for (uint32_t i = 0; i < facts->roots.n; i++) {
        if (!pyrec_write_root(d->write, &facts->roots.items[i], err))
            return false;
    }
    for (uint32_t i = 0; i < facts->threads_n; i++) {
        if (!write_thread(d, facts, &facts->threads[i], err))
            return false;
    }
    return true;
}

bool defs_use_image(struct defs *d, struct defs_image *image, struct err *err)
{
    if (image->defined && image->epoch == d->epoch)
        return true;
    if (image->defined)
        image_forget_threads(image->facts);
    image->defined = true;
    image->epoch = d->epoch;
    return write_image(d, image->facts, err);
}

bool defs_process(struct defs *d, struct defs_image *image, uint32_t id, const struct event_process *event,
                  const struct image *parent, struct err *err)
{
    image->facts = event->facts;
    return (image->facts != NULL || err_nomem(err)) &&
           image_know(image->facts, id, event, parent, &d->options.image, err) && defs_use_image(d, image, err);
}

bool defs_thread(struct defs *d, struct defs_image *image, const struct event_thread *event, struct err *err)
{
    struct image_thread *thread = image_thread(image->facts, event, err);
    if (thread == NULL)
        return false;
    (void)image_thread_renamed(image->facts, thread);
    return write_thread(d, image->facts, thread, err);
}

bool defs_rename(struct defs *d, struct defs_image *image, struct err *err)
{
    for (uint32_t i = 0; i < image->facts->threads_n; i++) {
        struct image_thread *thread = &image->facts->threads[i];
        if (image_thread_renamed(image->facts, thread) &&
            (!defs_use_image(d, image, err) || !write_thread(d, image->facts, thread, err)))
            return false;
    }
    return true;
}

void defs_epoch(struct defs *d)
{
    d->epoch++;
    d->epoch_files = d->epoch_codes = 0;
}

/* What a name means depends on the root directory, and a relative one on the working directory. */
static bool file_key(const struct image *facts, struct slice name, struct buf *key, struct err *err)
{
    buf_string(key, name);
    buf_string(key, facts->process.root);
    if (name.n > 0 && name.p[0] != '/')
        buf_string(key, facts->process.cwd);
    return buf_ok(key) || err_nomem(err);
}

/* Looks at a file the first time that it is named. */
static bool find_file(struct defs *d, const struct image *facts, struct slice name, uint32_t *index, struct err *err)
{
    struct buf key = {0};
    bool fresh = false;
    bool ok = file_key(facts, name, &key, err) && intern_put(&d->file_keys, buf_view(&key), index, &fresh, err);
    buf_fini(&key);
    if (!ok || !fresh)
        return ok;
    struct slice text;
    struct arena scratch = {0};
    if (!array_reserve(&d->files, &d->files_cap, d->file_keys.n, sizeof *d->files, err))
        return false;
    struct def_file *file = &d->files[*index];
    ok = sources_look(&d->sources, facts, name, &d->arena, &scratch, &file->file, &text, err);
    file->epoch = UINT32_MAX;
    ok = ok && (text.p == NULL || pyrec_write_source(d->write, file->file.hash, text, err));
    arena_fini(&scratch);
    return ok;
}

/* Takes n bytes off *bytes, and of these as many as a recording may have. */
static struct slice take(const uint8_t **bytes, uint32_t n)
{
    struct slice s = {*bytes, n < PYREC_MAX_STRING ? n : PYREC_MAX_STRING};
    *bytes += n;
    return s;
}

/* What makes two code objects one: a function that is compiled again and again is defined once. The strings follow. */
struct code_key {
    uint32_t file, python, first_line, flags, units;
    int32_t first_traceable;
    uint32_t name_n, qualname_n;
};

static bool find_code(struct defs *d, const struct code_key *key, struct slice name, struct slice qualname,
                      struct slice line_table, uint32_t *index, bool *fresh, struct err *err)
{
    struct buf bytes = {0};
    buf_bytes(&bytes, key, sizeof *key);
    buf_slice(&bytes, name);
    buf_slice(&bytes, qualname);
    buf_slice(&bytes, line_table);
    bool ok = (buf_ok(&bytes) || err_nomem(err)) && intern_put(&d->code_keys, buf_view(&bytes), index, fresh, err);
    buf_fini(&bytes);
    return ok;
}

bool defs_code(struct defs *d, struct defs_image *image, const struct event_code *event, const uint8_t *bytes,
               struct err *err)
{
    struct slice file_name = take(&bytes, event->file_n);
    struct slice name = take(&bytes, event->name_n), qualname = take(&bytes, event->qualname_n);
    struct slice line_table = {bytes, event->line_table_n <= PYREC_MAX_LINETABLE ? event->line_table_n : 0};
    struct code_key key = {.python = image->facts->process.python >> 16,
                           .first_line = event->first_line,
                           .flags = event->flags,
                           .units = event->units,
                           .first_traceable = event->first_traceable,
                           .name_n = (uint32_t)name.n,
                           .qualname_n = (uint32_t)qualname.n};
    uint32_t index;
    bool fresh;
    if (!find_file(d, image->facts, file_name, &key.file, err) ||
        !find_code(d, &key, name, qualname, line_table, &index, &fresh, err) ||
        !array_reserve(&d->codes, &d->codes_cap, d->code_keys.n, sizeof *d->codes, err) ||
        !array_reserve(&image->known, &image->known_cap, (uint64_t)event->code + 1, sizeof *image->known, err))
        return false;
    image->known[event->code] = index + 1;
    if (!fresh)
        return true;
    struct slice kept = slice_skip(intern_get(&d->code_keys, index), sizeof key);
    d->codes[index] = (struct def_code){
        .code = {.python = key.python,
                 .first_line = key.first_line,
                 .flags = key.flags,
                 .units = key.units,
                 .first_traceable = key.first_traceable,
                 .name = slice_of(kept.p, name.n),
                 .qualname = slice_of(kept.p + name.n, qualname.n),
                 .line_table = slice_skip(kept, name.n + qualname.n)},
        .file = key.file,
        .epoch = UINT32_MAX,
    };
    return true;
}

static bool use_file(struct defs *d, const struct image *facts, struct def_file *file, struct err *err)
{
    if (file->epoch == d->epoch)
        return true;
    file->epoch = d->epoch;
    file->file.id = ++d->epoch_files;
    file->file.process = facts->process.id; /* has the same root and working directory: file_key */
    return pyrec_write_file(d->write, &file->file, err);
}

bool defs_use_code(struct defs *d, const struct defs_image *image, uint32_t code, uint32_t *id, struct err *err)
{
    if (code < REC_CODE_FIRST) {
        *id = code;
        return true;
    }
    assert(code < image->known_cap && image->known[code] != 0);
    struct def_code *def = &d->codes[image->known[code] - 1];
    struct def_file *file = &d->files[def->file];
    if (def->epoch != d->epoch) {
        if (!use_file(d, image->facts, file, err))
            return false;
        def->epoch = d->epoch;
        def->code.id = REC_CODE_FIRST + d->epoch_codes++;
        def->code.file = file->file.id;
        if (!pyrec_write_code(d->write, &def->code, err))
            return false;
    }
    *id = def->code.id;
    return true;
}
