/* damage: damages a real recording in every way and holds what is read of it against the whole.
 *
 * Usage: damage RECORDING [STRIDE [EDGE]]
 *
 * Cut and flipped at every byte of the first and the last EDGE bytes (65536) and 32 around every frame's border, else
 * at every STRIDE-th (1009); zeroed from a frame's middle on; frames missing, doubled, swapped; another recording
 * behind. Each time every frame that the reader delivers must be one of the whole, byte for byte, in its order, and
 * their ticks as many as pyrec.md §6.2 promises. At every 64th position, the recording is converted too, and no line
 * may have more samples than it has in the whole. Prints how many positions were tried. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "formats/pyrec_frames.h"
#include "formats/pyrec_read.h"
#include "src/base/array.h"
#include "src/base/hash.h"
#include "src/heatmap/model.h"

enum { LARGEST = 64 << 20, BORDER = 32, CONVERT_EVERY = 64 };

struct frame {
    uint64_t offset, size, until_epoch_end; /* the last: ticks of this frame and of those of its epoch behind it */
    struct pyrec_head head;
    size_t tag;              /* bytes before the first record's body */
    uint8_t hash[HASH_SIZE]; /* of all behind them */
};

static struct {
    const uint8_t *p;
    uint64_t n, weight;
    struct frame *frames;
    uint32_t n_frames, cap;
    struct profile *profile;
    struct model *model;
} whole;

/* The recording as pieces of the whole, with one byte changed. */
struct damaged {
    struct {
        uint64_t from, n; /* of the whole; from UINT64_MAX: zeros */
    } pieces[4];
    unsigned n_pieces;
    uint64_t size, flip_at;
    uint8_t flip;
};

static uint64_t tried, converted, delivered_share_n;
static double delivered_share;
static unsigned bad;

static void piece(struct damaged *d, uint64_t from, uint64_t n)
{
    d->pieces[d->n_pieces].from = from;
    d->pieces[d->n_pieces++].n = n;
    d->size += n;
}

static bool read_damaged(void *self, uint64_t offset, void *to, size_t n, size_t *got, struct err *err)
{
    const struct damaged *d = self;
    uint64_t start = 0;
    (void)err;
    *got = 0;
    for (unsigned i = 0; i < d->n_pieces && *got < n; i++) {
        const uint64_t at = offset + *got;
        if (at < start + d->pieces[i].n) {
            const uint64_t skip = at - start, left = d->pieces[i].n - skip;
            const size_t k = left < n - *got ? (size_t)left : n - *got;
            if (d->pieces[i].from == UINT64_MAX)
                memset((uint8_t *)to + *got, 0, k);
            else
                memcpy((uint8_t *)to + *got, whole.p + d->pieces[i].from + skip, k);
            *got += k;
        }
        start += d->pieces[i].n;
    }
    if (d->flip != 0 && d->flip_at >= offset && d->flip_at < offset + *got)
        ((uint8_t *)to)[d->flip_at - offset] ^= d->flip;
    return true;
}

static void fail(const char *how, uint64_t at, const char *what, uint64_t n, uint64_t instead)
{
    if (bad++ < 20)
        printf("FAIL %s at %llu: %s: %llu, not %llu\n", how, (unsigned long long)at, what, (unsigned long long)n,
               (unsigned long long)instead);
}

static const struct model_line *line_of(uint32_t *file, struct slice path, uint32_t number)
{
    const struct model *m = whole.model;
    while (*file < m->n_files && slice_cmp(m->files[*file].path, path) < 0)
        ++*file;
    if (*file == m->n_files || !slice_eq(m->files[*file].path, path))
        return NULL;
    const struct model_file *f = &m->files[*file];
    for (uint32_t i = 0; i < f->lines; i++) {
        if (m->lines[f->first_line + i].line == number)
            return &m->lines[f->first_line + i];
    }
    return NULL;
}

static struct model *model_of(const struct format_input *in, struct profile **p, struct err *err)
{
    const struct model_options options = {0};
    *p = profile_new(BASIS_WALL, err);
    return *p != NULL && format_pyrec.read(in, profile_sink(*p), err) ? model_new(*p, &options, err) : NULL;
}

/* No line has more than in the whole. */
static void check_lines(const struct format_input *in, const char *how, uint64_t at)
{
    struct err err = {0};
    struct profile *p;
    struct model *m = model_of(in, &p, &err);
    uint32_t file = 0;
    converted++;
    for (uint32_t i = 0; m != NULL && i < m->n_lines; i++) {
        const struct model_line *line = line_of(&file, m->files[m->line_file[i]].path, m->lines[i].line);
        if (line == NULL || m->lines[i].self > line->self || m->lines[i].total > line->total)
            fail(how, at, "a line's total", m->lines[i].total, line == NULL ? 0 : line->total);
    }
    if (m != NULL && m->counts.wall > whole.model->counts.wall)
        fail(how, at, "all", m->counts.wall, whole.model->counts.wall);
    if (m != NULL && m->n_damages == 0 && m->counts.wall != whole.model->counts.wall)
        fail(how, at, "less, and not a word", m->counts.wall, whole.model->counts.wall);
    model_free(m);
    profile_free(p);
}

/* weight: what must be delivered; or, where harmless, everything. */
static void check(struct damaged *d, uint64_t weight, bool harmless, const char *how, uint64_t at)
{
    struct err err = {0};
    const struct format_input in = {d, "damaged", d->size, read_damaged};
    struct pyrec_read *r = pyrec_read_new(&in, &err);
    uint64_t got = 0, lost = 0;
    uint32_t next = 0, damages = 0;
    tried++;
    for (bool more = r != NULL; more;) {
        struct pyrec_record record;
        struct damage damage;
        switch (pyrec_read_next(r, &record, &damage, &err)) {
        case PYREC_STEP_RECORD: {
            const uint32_t k = record.head->sequence;
            if (!record.first)
                break;
            uint8_t hash[HASH_SIZE] = {0};
            if (k < whole.n_frames && record.head->length == whole.frames[k].head.length)
                hash128(slice_of(record.body.p, record.head->length - whole.frames[k].tag), hash);
            if (k < next || k >= whole.n_frames || record.head->weight != whole.frames[k].head.weight ||
                record.head->length != whole.frames[k].head.length ||
                memcmp(hash, whole.frames[k].hash, HASH_SIZE) != 0)
                fail(how, at, "a frame that is not there", k, next);
            next = k + 1;
            got += record.head->kind == PYREC_FRAME_EPOCH ? record.head->weight : 0;
            break;
        }
        case PYREC_STEP_DAMAGE:
            damages++;
            lost += damage.weight;
            break;
        default:
            more = false;
        }
    }
    const bool unharmed = harmless && damages == 0 && got == whole.weight;
    if (!unharmed && got != weight)
        fail(how, at, "ticks", got, weight);
    if (!unharmed && r != NULL && damages == 0)
        fail(how, at, "words of damage", 0, 1);
    if (got + lost > whole.weight)
        fail(how, at, "ticks read and lost", got + lost, whole.weight);
    if (whole.weight > 0) {
        delivered_share += (double)got / (double)whole.weight;
        delivered_share_n++;
    }
    pyrec_read_free(r);
    if (tried % CONVERT_EVERY == 0)
        check_lines(&in, how, at);
}

static bool load(const char *path)
{
    static uint8_t room[LARGEST];
    struct err err = {0};
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return false;
    whole.n = fread(room, 1, sizeof room, f);
    whole.p = room;
    (void)fclose(f);
    struct damaged all = {0};
    piece(&all, 0, whole.n);
    const struct format_input in = {&all, path, whole.n, read_damaged};
    struct pyrec_frames frames;
    struct pyrec_frame frame;
    bool ok = pyrec_frames_init(&frames, &in, &err);
    for (uint64_t at = 0; ok && at < whole.n; at += frame.size) {
        ok = pyrec_frames_open(&frames, at, &frame, &err) == FRAME_OK && frame.head.sequence == whole.n_frames &&
             array_reserve(&whole.frames, &whole.cap, (uint64_t)whole.n_frames + 1, sizeof *whole.frames, &err);
        if (!ok)
            break;
        struct frame *k = &whole.frames[whole.n_frames++];
        *k = (struct frame){.offset = at, .size = frame.size, .head = frame.head};
        whole.weight += frame.head.kind == PYREC_FRAME_EPOCH ? frame.head.weight : 0;
        const uint8_t *p = frame.records.p;
        size_t i = 0;
        while (i < frame.records.n && p[i++] >= 0x80)
            ;
        while (i < frame.records.n && p[i++] >= 0x80)
            ;
        k->tag = i;
        hash128(slice_skip(frame.records, i), k->hash);
    }
    for (uint32_t i = whole.n_frames; ok && i-- > 0;) {
        struct frame *k = &whole.frames[i];
        const bool in_epoch = k->head.kind == PYREC_FRAME_EPOCH;
        k->until_epoch_end = in_epoch ? k->head.weight : 0;
        for (uint32_t j = i + 1; in_epoch && j < whole.n_frames; j++) {
            if (whole.frames[j].head.kind == PYREC_FRAME_EPOCH) {
                if (whole.frames[j].head.epoch == k->head.epoch)
                    k->until_epoch_end += whole.frames[j].until_epoch_end;
                break;
            }
        }
    }
    pyrec_frames_fini(&frames);
    whole.model = ok ? model_of(&in, &whole.profile, &err) : NULL;
    return whole.model != NULL;
}

static uint32_t frame_at(uint64_t offset)
{
    uint32_t k = 0;
    while (k + 1 < whole.n_frames && whole.frames[k + 1].offset <= offset)
        k++;
    return k;
}

static bool is_tried(uint64_t at, uint32_t k, uint64_t stride, uint64_t edge)
{
    const struct frame *f = &whole.frames[k];
    return at < edge || at + edge >= whole.n || at - f->offset < BORDER || f->offset + f->size - at <= BORDER ||
           at % stride == 0;
}

static void sweep(uint64_t stride, uint64_t edge)
{
    static const uint8_t flips[] = {0x01, 0x80, 0xff};
    for (uint64_t at = 0; at < whole.n; at++) {
        const uint32_t k = frame_at(at);
        if (!is_tried(at, k, stride, edge))
            continue;
        struct damaged cut = {0}, flip = {.flip_at = at, .flip = flips[at % sizeof flips]};
        piece(&cut, 0, at);
        check(&cut, whole.frames[k].head.weight_before, false, "cut", at);
        piece(&flip, 0, whole.n);
        check(&flip, whole.weight - whole.frames[k].until_epoch_end, true, "flip", at);
    }
}

static void frames(void)
{
    for (uint32_t k = 0; k < whole.n_frames; k++) {
        const struct frame *f = &whole.frames[k];
        const uint64_t behind = f->offset + f->size, without = whole.weight - f->until_epoch_end;
        struct damaged missing = {0}, doubled = {0}, zeroed = {0}, zeros = {0}, swapped = {0}, twice = {0};
        piece(&missing, 0, f->offset);
        piece(&missing, behind, whole.n - behind);
        check(&missing, without, false, "missing frame", k);
        piece(&doubled, 0, behind);
        piece(&doubled, f->offset, whole.n - f->offset);
        /* What is behind the end does not count, and is said. */
        check(&doubled, whole.weight, false, "doubled frame", k);
        piece(&zeroed, 0, f->offset + f->size / 2);
        piece(&zeroed, UINT64_MAX, whole.n - f->offset - f->size / 2);
        check(&zeroed, f->head.weight_before, false, "zeros from frame", k);
        piece(&zeros, 0, f->offset);
        piece(&zeros, UINT64_MAX, f->size);
        piece(&zeros, behind, whole.n - behind);
        check(&zeros, without, false, "zeroed frame", k);
        piece(&twice, 0, k + 1 == whole.n_frames ? whole.n : f->offset);
        piece(&twice, 0, whole.n);
        if (k + 1 == whole.n_frames)
            check(&twice, whole.weight, false, "the recording twice", k);
        if (k + 2 >= whole.n_frames)
            continue;
        piece(&swapped, 0, f->offset);
        piece(&swapped, behind, f[1].size);
        piece(&swapped, f->offset, f->size);
        piece(&swapped, f[2].offset, whole.n - f[2].offset);
        check(&swapped, without, false, "swapped frames", k);
    }
}

int main(int argc, char **argv)
{
    if (argc < 2 || !load(argv[1])) {
        (void)fprintf(stderr, "damage: not a whole recording\n");
        return 2;
    }
    sweep(argc > 2 ? strtoull(argv[2], NULL, 10) : 1009, argc > 3 ? strtoull(argv[3], NULL, 10) : 65536);
    const uint64_t bytes = tried;
    frames();
    printf("%s: %llu bytes in %u frames, %llu ticks; %llu cuts and flips, %llu times frames; %llu converted; "
           "%.1f %% of the ticks delivered, on average; %u wrong\n",
           argv[1], (unsigned long long)whole.n, whole.n_frames, (unsigned long long)whole.weight,
           (unsigned long long)bytes, (unsigned long long)(tried - bytes), (unsigned long long)converted,
           100 * delivered_share / (double)(delivered_share_n > 0 ? delivered_share_n : 1), bad);
    model_free(whole.model);
    profile_free(whole.profile);
    free(whole.frames);
    return bad > 0;
}
