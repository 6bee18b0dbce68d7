#include "config.h"

#include "formats/pyrec_scope.h"

#include <stdlib.h>

#include "formats/pyrec.h"
#include "src/base/array.h"

static bool bit_is_set(const struct scope_bits *bits, uint32_t i)
{
    return i / 64 < bits->n && (bits->words[i / 64] >> (i % 64) & 1) != 0;
}

/* i is within a limit: what comes here has passed pyrec_check.h. */
static bool bit_set(struct scope_bits *bits, uint32_t i, struct err *err)
{
    if (!array_reserve(&bits->words, &bits->n, i / 64 + 1, sizeof *bits->words, err))
        return false;
    bits->words[i / 64] |= 1ull << (i % 64);
    return true;
}

static void bits_clear(struct scope_bits *bits)
{
    if (bits->n > 0)
        memset(bits->words, 0, bits->n * sizeof *bits->words);
}

static void bits_fini(struct scope_bits *bits)
{
    free(bits->words);
    *bits = (struct scope_bits){0};
}

/* Only those that this epoch defined: there may be many epochs, and numbers may be high. */
static void images_clear(struct pyrec_scope *s)
{
    for (uint32_t k = 0; k < s->processes.n; k++) {
        for (uint64_t bits = s->processes.words[k]; bits != 0; bits &= bits - 1) {
            struct scope_process *image = &s->images[64 * k + (uint32_t)__builtin_ctzll(bits)];
            bits_fini(&image->threads);
            *image = (struct scope_process){0};
        }
    }
    s->thread_numbers = 0;
}

void pyrec_scope_fini(struct pyrec_scope *s)
{
    images_clear(s);
    free(s->images);
    bits_fini(&s->processes);
    bits_fini(&s->files);
    bits_fini(&s->codes);
    *s = (struct pyrec_scope){0};
}

void pyrec_scope_epoch(struct pyrec_scope *s)
{
    images_clear(s);
    bits_clear(&s->processes);
    bits_clear(&s->files);
    bits_clear(&s->codes);
    s->definitions = 0;
}

static bool over(struct err *err, const char *what, uint64_t value, uint64_t limit)
{
    return err_set(err, ERR_LIMIT, "%s %llu is over the limit, %llu", what, (unsigned long long)value,
                   (unsigned long long)limit);
}

static bool undefined(struct err *err, const char *what, uint32_t id)
{
    return err_set(err, ERR_CORRUPT, "%s %u is used and was not defined", what, id);
}

bool pyrec_scope_definition(struct pyrec_scope *s, uint64_t bytes, struct err *err)
{
    if (bytes > PYREC_MAX_DEFINITIONS - s->definitions)
        return over(err, "size of an epoch's definitions", s->definitions + bytes, PYREC_MAX_DEFINITIONS);
    s->definitions += bytes;
    return true;
}

bool pyrec_scope_knows(const struct pyrec_scope *s, uint32_t process, struct err *err)
{
    return bit_is_set(&s->processes, process) || undefined(err, "process", process);
}

bool pyrec_scope_process(struct pyrec_scope *s, const struct rec_process *process, struct err *err)
{
    return array_reserve(&s->images, &s->n_images, (uint64_t)process->id + 1, sizeof *s->images, err) &&
           bit_set(&s->processes, process->id, err);
}

bool pyrec_scope_thread(struct pyrec_scope *s, const struct rec_thread *thread, struct err *err)
{
    if (!pyrec_scope_knows(s, thread->process, err))
        return false;
    struct scope_process *image = &s->images[thread->process];
    uint32_t more = thread->id > image->highest_thread ? thread->id - image->highest_thread : 0;
    if (more > PYREC_MAX_ALL_THREADS - s->thread_numbers)
        return over(err, "sum of thread numbers", s->thread_numbers + more, PYREC_MAX_ALL_THREADS);
    if (!bit_set(&image->threads, thread->id, err))
        return false;
    image->highest_thread += more;
    s->thread_numbers += more;
    return true;
}

bool pyrec_scope_file(struct pyrec_scope *s, const struct rec_file *file, struct err *err)
{
    if (!pyrec_scope_knows(s, file->process, err))
        return false;
    if (bit_is_set(&s->files, file->id))
        return err_set(err, ERR_CORRUPT, "file %u is defined twice", file->id);
    return bit_set(&s->files, file->id, err);
}

bool pyrec_scope_code(struct pyrec_scope *s, const struct rec_code *code, struct err *err)
{
    if (!bit_is_set(&s->files, code->file))
        return undefined(err, "file", code->file);
    if (bit_is_set(&s->codes, code->id))
        return err_set(err, ERR_CORRUPT, "code object %u is defined twice", code->id);
    return bit_set(&s->codes, code->id, err);
}

static bool code_known(const struct pyrec_scope *s, uint32_t code)
{
    return code >= REC_CODE_FIRST ? bit_is_set(&s->codes, code) : code >= REC_CODE_GC && code <= REC_CODE_ENTRY;
}

bool pyrec_scope_nodes(struct pyrec_scope *s, const struct rec_nodes *nodes, struct err *err)
{
    if (!pyrec_scope_knows(s, nodes->process, err))
        return false;
    struct scope_process *image = &s->images[nodes->process];
    if (nodes->first != image->nodes + 1)
        return err_set(err, ERR_CORRUPT, "node %u follows node %u", nodes->first, image->nodes);
    if (nodes->n > PYREC_MAX_NODES - image->nodes)
        return over(err, "node", (uint64_t)image->nodes + nodes->n, PYREC_MAX_NODES);
    for (uint32_t i = 0; i < nodes->n; i++) {
        if (nodes->parent[i] >= nodes->first + i)
            return err_set(err, ERR_CORRUPT, "node %u has the parent %u", nodes->first + i, nodes->parent[i]);
        if (!code_known(s, nodes->code[i]))
            return undefined(err, "code object", nodes->code[i]);
    }
    image->nodes += nodes->n;
    return true;
}

bool pyrec_scope_samples(const struct pyrec_scope *s, const struct rec_samples *samples, struct err *err)
{
    if (!pyrec_scope_knows(s, samples->process, err))
        return false;
    const struct scope_process *image = &s->images[samples->process];
    uint32_t highest = 0;
    for (uint32_t i = 0; i < samples->n; i++)
        highest = samples->node[i] > highest ? samples->node[i] : highest;
    if (highest > image->nodes)
        return undefined(err, "node", highest);
    for (uint32_t i = 0; i < samples->n; i++) {
        if (!bit_is_set(&image->threads, samples->thread[i]))
            return undefined(err, "thread", samples->thread[i]);
    }
    return true;
}

bool pyrec_scope_losses(const struct pyrec_scope *s, const struct rec_losses *losses, struct err *err)
{
    if (!pyrec_scope_knows(s, losses->process, err))
        return false;
    for (uint32_t i = 0; i < losses->n; i++) {
        if (losses->thread[i] != 0 && !bit_is_set(&s->images[losses->process].threads, losses->thread[i]))
            return undefined(err, "thread", losses->thread[i]);
    }
    return true;
}
