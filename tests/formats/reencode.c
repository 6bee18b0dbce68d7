#include "config.h"

#include "tests/formats/reencode.h"

#include "tests/formats/dump.h"

void reencode_fini(struct reencode *r)
{
    pyrec_write_free(r->w);
    buf_fini(&r->file);
    buf_fini(&r->text);
}

static bool on_header(void *self, const struct rec_header *header, struct err *err)
{
    struct reencode *r = self;
    const struct pyrec_write_options options = {.self = &r->file, .output = memory_output};
    r->w = pyrec_write_new(&options, header, err);
    return r->w != NULL;
}

static bool on_epoch(void *self, struct err *err)
{
    return pyrec_write_epoch(((struct reencode *)self)->w, err);
}

#define ON(what, type)                                                           \
    static bool on_##what(void *self, const struct type *value, struct err *err) \
    {                                                                            \
        return pyrec_write_##what(((struct reencode *)self)->w, value, err);     \
    }
ON(host, rec_host)
ON(process, rec_process)
ON(argv, rec_argv)
ON(env, rec_env)
ON(root, rec_root)
ON(thread, rec_thread)
ON(file, rec_file)
ON(code, rec_code)
ON(nodes, rec_nodes)
ON(samples, rec_samples)
ON(ticks, rec_ticks)
ON(losses, rec_losses)
ON(exit, rec_exit)

static bool on_note(void *self, struct slice markdown, struct err *err)
{
    return pyrec_write_note(((struct reencode *)self)->w, markdown, err);
}

static bool on_source(void *self, const struct rec_source *piece, struct err *err)
{
    struct reencode *r = self;
    if (piece->offset == 0)
        buf_clear(&r->text);
    buf_slice(&r->text, piece->bytes);
    if (!buf_ok(&r->text))
        return err_nomem(err);
    return r->text.n < piece->total || pyrec_write_source(r->w, piece->hash, buf_view(&r->text), err);
}

static bool on_end(void *self, const struct rec_end *end, struct err *err)
{
    struct reencode *r = self;
    r->ended = true;
    return pyrec_write_end(r->w, end, err);
}

struct sink reencode_sink(struct reencode *r)
{
    return (struct sink){
        .self = r,
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
        .exit = on_exit,
        .source = on_source,
        .note = on_note,
        .end = on_end,
    };
}
