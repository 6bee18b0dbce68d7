#include "config.h"

#include "tests/support/bridge.h"

static bool on_header(void *self, const struct rec_header *header, struct err *err)
{
    struct bridge *b = self;
    b->writer = pyrec_write_new(&b->options, header, err);
    return b->writer != NULL;
}

static bool on_epoch(void *self, struct err *err)
{
    struct bridge *b = self;
    return b->epochs++ == 0 || pyrec_write_epoch(b->writer, err);
}

static bool on_process(void *self, const struct rec_process *process, struct err *err)
{
    return pyrec_write_process(((struct bridge *)self)->writer, process, err);
}

static bool on_argv(void *self, const struct rec_argv *argv, struct err *err)
{
    return pyrec_write_argv(((struct bridge *)self)->writer, argv, err);
}

/* Whole texts only: the encoder cuts them. */
static bool on_source(void *self, const struct rec_source *source, struct err *err)
{
    return pyrec_write_source(((struct bridge *)self)->writer, source->hash, source->bytes, err);
}

static bool on_root(void *self, const struct rec_root *root, struct err *err)
{
    return pyrec_write_root(((struct bridge *)self)->writer, root, err);
}

static bool on_thread(void *self, const struct rec_thread *thread, struct err *err)
{
    return pyrec_write_thread(((struct bridge *)self)->writer, thread, err);
}

static bool on_file(void *self, const struct rec_file *file, struct err *err)
{
    return pyrec_write_file(((struct bridge *)self)->writer, file, err);
}

static bool on_code(void *self, const struct rec_code *code, struct err *err)
{
    return pyrec_write_code(((struct bridge *)self)->writer, code, err);
}

static bool on_nodes(void *self, const struct rec_nodes *nodes, struct err *err)
{
    return pyrec_write_nodes(((struct bridge *)self)->writer, nodes, err);
}

static bool on_samples(void *self, const struct rec_samples *samples, struct err *err)
{
    return pyrec_write_samples(((struct bridge *)self)->writer, samples, err);
}

static bool on_ticks(void *self, const struct rec_ticks *ticks, struct err *err)
{
    return pyrec_write_ticks(((struct bridge *)self)->writer, ticks, err);
}

static bool on_losses(void *self, const struct rec_losses *losses, struct err *err)
{
    return pyrec_write_losses(((struct bridge *)self)->writer, losses, err);
}

static bool on_end(void *self, const struct rec_end *end, struct err *err)
{
    const struct bridge *b = self;
    return b->no_end ? pyrec_write_flush(b->writer, end->time, err) : pyrec_write_end(b->writer, end, err);
}

struct sink bridge_sink(struct bridge *b)
{
    return (struct sink){.self = b,
                         .header = on_header,
                         .epoch = on_epoch,
                         .process = on_process,
                         .argv = on_argv,
                         .root = on_root,
                         .thread = on_thread,
                         .file = on_file,
                         .code = on_code,
                         .nodes = on_nodes,
                         .samples = on_samples,
                         .ticks = on_ticks,
                         .losses = on_losses,
                         .source = on_source,
                         .end = on_end};
}
