#include "config.h"

#include "tests/formats/dump.h"

#include <inttypes.h>

#include "src/base/hash.h"

void dump_fini(struct dump *d)
{
    buf_fini(&d->text);
}

/* Quoted; what is not plain ASCII as \xNN. */
static void put_text(struct buf *b, const char *label, struct slice s)
{
    buf_printf(b, " %s=\"", label);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < 0x20 || s.p[i] >= 0x7f || s.p[i] == '"' || s.p[i] == '\\')
            buf_printf(b, "\\x%02x", s.p[i]);
        else
            buf_u8(b, s.p[i]);
    }
    buf_u8(b, '"');
}

static void put_hex(struct buf *b, const char *label, const uint8_t *p, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    buf_printf(b, " %s=", label);
    for (size_t i = 0; i < n; i++) {
        buf_u8(b, (uint8_t)digits[p[i] >> 4]);
        buf_u8(b, (uint8_t)digits[p[i] & 15]);
    }
}

/* In place of the rows of a block. */
static void put_digest(struct buf *b, const void *rows, size_t n)
{
    uint8_t hash[HASH_SIZE];
    hash128(slice_of(rows, n), hash);
    put_hex(b, "", hash, 8);
}

#define DIGEST(b, rows, n) put_digest((b), (rows), (n) * sizeof *(rows))
#define U(b, field, value) buf_printf(b, " " field "=%" PRIu64, (uint64_t)(value))
#define I(b, field, value) buf_printf(b, " " field "=%" PRId64, (int64_t)(value))

static bool done(struct dump *d, struct err *err)
{
    buf_u8(&d->text, '\n');
    return buf_ok(&d->text) || err_nomem(err);
}

static bool on_header(void *self, const struct rec_header *h, struct err *err)
{
    struct dump *d = self;
    struct buf *b = &d->text;
    buf_str(b, "header");
    put_hex(b, "id", h->id, sizeof h->id);
    put_text(b, "recorder", h->recorder);
    U(b, "period_ns", h->period_ns);
    U(b, "time_unit_ns", h->time_unit_ns);
    I(b, "started_ns", h->started_ns);
    U(b, "monotonic_ns", h->monotonic_ns);
    return done(d, err);
}

static bool on_epoch(void *self, struct err *err)
{
    struct dump *d = self;
    buf_str(&d->text, "epoch");
    return done(d, err);
}

static bool on_host(void *self, const struct rec_host *h, struct err *err)
{
    struct dump *d = self;
    struct buf *b = &d->text;
    buf_str(b, "host");
    put_text(b, "kernel", h->kernel);
    put_text(b, "machine", h->machine);
    put_text(b, "cpu_model", h->cpu_model);
    put_text(b, "libc", h->libc);
    put_text(b, "container", h->container);
    U(b, "cpus", h->cpus);
    return done(d, err);
}

static bool on_process(void *self, const struct rec_process *p, struct err *err)
{
    struct dump *d = self;
    struct buf *b = &d->text;
    buf_str(b, "process");
    U(b, "id", p->id);
    U(b, "parent", p->parent);
    U(b, "pid", p->pid);
    U(b, "ppid", p->ppid);
    U(b, "exec_count", p->exec_count);
    buf_printf(b, " python=%08" PRIx32, p->python);
    U(b, "flags", p->flags);
    U(b, "started", p->started);
    I(b, "born_ns", p->born_ns);
    put_text(b, "build", p->python_build);
    put_text(b, "executable", p->executable);
    put_text(b, "cwd", p->cwd);
    put_text(b, "root", p->root);
    return done(d, err);
}

static bool on_argv(void *self, const struct rec_argv *a, struct err *err)
{
    struct dump *d = self;
    buf_printf(&d->text, "argv process=%" PRIu32, a->process);
    for (uint32_t i = 0; i < a->n; i++)
        put_text(&d->text, "arg", a->args[i]);
    return done(d, err);
}

static bool on_env(void *self, const struct rec_env *e, struct err *err)
{
    struct dump *d = self;
    buf_printf(&d->text, "env process=%" PRIu32, e->process);
    for (uint32_t i = 0; i < e->n; i++) {
        put_text(&d->text, "name", e->names[i]);
        put_text(&d->text, "value", e->values[i]);
    }
    return done(d, err);
}

static bool on_root(void *self, const struct rec_root *r, struct err *err)
{
    struct dump *d = self;
    struct buf *b = &d->text;
    buf_str(b, "root");
    U(b, "process", r->process);
    U(b, "kind", r->kind);
    U(b, "derived", r->derived);
    put_text(b, "path", r->path);
    return done(d, err);
}

static bool on_thread(void *self, const struct rec_thread *t, struct err *err)
{
    struct dump *d = self;
    struct buf *b = &d->text;
    buf_str(b, "thread");
    U(b, "process", t->process);
    U(b, "id", t->id);
    U(b, "tid", t->tid);
    U(b, "interpreter", t->interpreter);
    put_text(b, "name", t->name);
    return done(d, err);
}

static bool on_file(void *self, const struct rec_file *f, struct err *err)
{
    struct dump *d = self;
    struct buf *b = &d->text;
    buf_str(b, "file");
    U(b, "id", f->id);
    U(b, "process", f->process);
    put_text(b, "name", f->name);
    put_text(b, "path", f->path);
    U(b, "device", f->device);
    U(b, "inode", f->inode);
    U(b, "size", f->size);
    I(b, "mtime_ns", f->mtime_ns);
    I(b, "read_ns", f->read_ns);
    U(b, "source", f->source);
    put_hex(b, "hash", f->hash, sizeof f->hash);
    U(b, "pyc", f->pyc);
    U(b, "pyc_mtime_s", f->pyc_mtime_s);
    U(b, "pyc_size", f->pyc_size);
    return done(d, err);
}

static bool on_code(void *self, const struct rec_code *c, struct err *err)
{
    struct dump *d = self;
    struct buf *b = &d->text;
    buf_str(b, "code");
    U(b, "id", c->id);
    U(b, "file", c->file);
    put_hex(b, "hash", c->hash, sizeof c->hash);
    buf_printf(b, " python=%04" PRIx32, c->python);
    U(b, "first_line", c->first_line);
    U(b, "flags", c->flags);
    U(b, "units", c->units);
    I(b, "first_traceable", c->first_traceable);
    put_text(b, "name", c->name);
    put_text(b, "qualname", c->qualname);
    put_hex(b, "line_table", c->line_table.p, c->line_table.n);
    return done(d, err);
}

static bool on_nodes(void *self, const struct rec_nodes *n, struct err *err)
{
    struct dump *d = self;
    struct buf *b = &d->text;
    buf_str(b, "nodes");
    U(b, "process", n->process);
    U(b, "n", n->n);
    for (uint32_t i = 0; i < n->n && d->rows; i++)
        buf_printf(b, "\n  node id=%u parent=%u code=%u offset=%u", n->first + i, n->parent[i], n->code[i],
                   n->offset[i]);
    if (!d->rows) {
        DIGEST(b, n->parent, n->n);
        DIGEST(b, n->code, n->n);
        DIGEST(b, n->offset, n->n);
    }
    return done(d, err);
}

static bool on_samples(void *self, const struct rec_samples *s, struct err *err)
{
    struct dump *d = self;
    struct buf *b = &d->text;
    buf_str(b, "samples");
    U(b, "process", s->process);
    U(b, "n", s->n);
    for (uint32_t i = 0; i < s->n; i++) {
        d->weight += s->weight[i] * (1 + (uint64_t)s->repeat[i]);
        if (d->rows)
            buf_printf(b,
                       "\n  sample thread=%u time=%" PRIu64 " weight=%u node=%u state=%u quality=%u repeat=%u span=%u",
                       s->thread[i], s->time[i], s->weight[i], s->node[i], s->state[i], s->quality[i], s->repeat[i],
                       s->span[i]);
    }
    if (!d->rows) {
        DIGEST(b, s->thread, s->n);
        DIGEST(b, s->time, s->n);
        DIGEST(b, s->weight, s->n);
        DIGEST(b, s->node, s->n);
        DIGEST(b, s->state, s->n);
        DIGEST(b, s->quality, s->n);
        DIGEST(b, s->repeat, s->n);
        DIGEST(b, s->span, s->n);
    }
    return done(d, err);
}

static bool on_ticks(void *self, const struct rec_ticks *t, struct err *err)
{
    struct dump *d = self;
    struct buf *b = &d->text;
    buf_str(b, "ticks");
    U(b, "process", t->process);
    U(b, "n", t->n);
    for (uint32_t i = 0; i < t->n && d->rows; i++)
        buf_printf(b, "\n  run state=%u ticks=%u time=%" PRIu64 " span=%u", t->state[i], t->ticks[i], t->time[i],
                   t->span[i]);
    if (!d->rows) {
        DIGEST(b, t->state, t->n);
        DIGEST(b, t->ticks, t->n);
        DIGEST(b, t->time, t->n);
        DIGEST(b, t->span, t->n);
    }
    return done(d, err);
}

static bool on_losses(void *self, const struct rec_losses *l, struct err *err)
{
    struct dump *d = self;
    struct buf *b = &d->text;
    buf_str(b, "losses");
    U(b, "process", l->process);
    U(b, "n", l->n);
    for (uint32_t i = 0; i < l->n && d->rows; i++)
        buf_printf(b, "\n  loss thread=%u time=%" PRIu64 " ticks=%u reason=%u", l->thread[i], l->time[i], l->ticks[i],
                   l->reason[i]);
    if (!d->rows) {
        DIGEST(b, l->thread, l->n);
        DIGEST(b, l->time, l->n);
        DIGEST(b, l->ticks, l->n);
        DIGEST(b, l->reason, l->n);
    }
    return done(d, err);
}

static bool on_gone(void *self, const struct rec_exit *e, struct err *err)
{
    struct dump *d = self;
    buf_str(&d->text, "exit");
    U(&d->text, "process", e->process);
    U(&d->text, "time", e->time);
    I(&d->text, "status", e->status);
    return done(d, err);
}

static bool on_source(void *self, const struct rec_source *s, struct err *err)
{
    struct dump *d = self;
    struct buf *b = &d->text;
    buf_str(b, "source");
    put_hex(b, "hash", s->hash, sizeof s->hash);
    U(b, "total", s->total);
    U(b, "offset", s->offset);
    if (d->rows)
        put_text(b, "bytes", s->bytes);
    else
        DIGEST(b, s->bytes.p, s->bytes.n);
    return done(d, err);
}

static bool on_note(void *self, struct slice markdown, struct err *err)
{
    struct dump *d = self;
    buf_str(&d->text, "note");
    put_text(&d->text, "markdown", markdown);
    return done(d, err);
}

static bool on_end(void *self, const struct rec_end *e, struct err *err)
{
    struct dump *d = self;
    struct buf *b = &d->text;
    buf_str(b, "end");
    U(b, "time", e->time);
    U(b, "reason", e->reason);
    I(b, "status", e->status);
    U(b, "wakes", e->wakes);
    U(b, "read", e->read);
    U(b, "dropped", e->dropped);
    U(b, "cpu_ns", e->cpu_ns);
    return done(d, err);
}

static bool on_damage(void *self, const struct damage *g, struct err *err)
{
    static const char *const kinds[] = {"?", "cut", "corrupt", "trailing"};
    struct dump *d = self;
    struct buf *b = &d->text;
    d->damages++;
    d->lost += g->weight;
    buf_printf(b, "damage %s", kinds[g->kind]);
    U(b, "offset", g->offset);
    U(b, "bytes", g->bytes);
    U(b, "weight", g->weight);
    U(b, "frames", g->frames);
    U(b, "from", g->from);
    U(b, "until", g->until);
    put_text(b, "what", slice_str(g->what));
    return done(d, err);
}

struct sink dump_sink(struct dump *d)
{
    return (struct sink){
        .self = d,
        .header = on_header,
        .epoch = on_epoch,
        .host = on_host,
        .process = on_process,
        .argv = on_argv,
        .env = on_env,
        .root = on_root,
        .thread = on_thread,
        .file = on_file,
        .code = on_code,
        .nodes = on_nodes,
        .samples = on_samples,
        .ticks = on_ticks,
        .losses = on_losses,
        .exit = on_gone,
        .source = on_source,
        .note = on_note,
        .end = on_end,
        .damage = on_damage,
    };
}

static bool memory_read(void *self, uint64_t offset, void *p, size_t n, size_t *got, struct err *err)
{
    const struct slice *bytes = self;
    (void)err;
    size_t left = offset < bytes->n ? bytes->n - (size_t)offset : 0;
    *got = n < left ? n : left;
    if (*got > 0)
        memcpy(p, bytes->p + offset, *got);
    return true;
}

struct format_input memory_input(const struct slice *bytes)
{
    return (struct format_input){.self = (void *)bytes, .name = "memory", .size = bytes->n, .read = memory_read};
}

bool memory_output(void *self, const uint8_t *p, size_t n, struct err *err)
{
    struct buf *b = self;
    buf_bytes(b, p, n);
    return buf_ok(b) || err_nomem(err);
}
