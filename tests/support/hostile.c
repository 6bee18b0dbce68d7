/* hostile: writes a recording that was made to do harm, to standard output, for tests/integration/hostile.sh.
 *
 * Usage: hostile CASE; or hostile line WORD, for a text of one line of 16 MiB that is the word all along. */
#include "config.h"

#include <stdio.h>

#include "tests/support/forge.h"

/* Files that all have one text, of the same word all along. */
static void with_text(size_t n, const char *word, uint32_t files)
{
    uint8_t hash[HASH_SIZE];
    forge_hash(n, word, hash);
    forge_files("/f", 0, ".py", files, hash);
    forge_text(n, word, hash);
}

/* 8 GB of nothing in a file of a few hundred KB. */
static void bomb(void)
{
    forge_little(NULL);
    for (unsigned i = 0; i < 2000; i++) {
        forge_epoch_frame();
        for (size_t n = 0; n < PYREC_MAX_CHUNK * 4 - 1024; n++)
            buf_u8(&forge.body, 0);
        forge_record((enum pyrec_tag)PYREC_TAG(100, 0, 0));
    }
}

static void rows(void)
{
    forge_little(NULL);
    for (unsigned i = 0; i < 20000; i++)
        forge_samples(1, PYREC_MAX_ROWS, (struct forge_rows){1, 0, 1, 0, 0});
}

/* Rows that each reach over the whole time. */
static void spans(void)
{
    forge_little(NULL);
    for (unsigned i = 0; i < 200; i++)
        forge_samples(1, PYREC_MAX_ROWS, (struct forge_rows){1, 0, 1, PYREC_MAX_REPEAT, UINT32_MAX});
}

static void counts(void)
{
    forge_little(NULL);
    for (unsigned i = 0; i < 40; i++)
        forge_samples(1, PYREC_MAX_ROWS, (struct forge_rows){1, 0, PYREC_MAX_WEIGHT, PYREC_MAX_REPEAT, 0});
}

/* Heads that say what cannot be; the frame between them is missing. */
static void heads(void)
{
    forge_little(NULL);
    forge.head.weight_before = 1ull << 63;
    forge.head.weight = UINT64_MAX;
    forge.head.since = forge.head.until = UINT64_MAX;
    forge_epoch_frame();
    forge.head.sequence += 1000000;
    forge.head.weight_before = 1;
    forge_little(NULL);
    forge.head.weight_before = UINT64_MAX;
    forge_epoch_frame();
    forge.head.sequence++;
}

static void deep(void)
{
    forge_little(NULL);
    const uint32_t depth = 1u << 21;
    for (uint32_t at = 2; at < depth; at += PYREC_MAX_ROWS)
        forge_nodes(1, at, at + PYREC_MAX_ROWS < depth ? PYREC_MAX_ROWS : depth - at, true, 0);
    for (uint32_t at = 2; at + 64 * PYREC_MAX_ROWS < depth; at += 64 * PYREC_MAX_ROWS)
        forge_samples(1, PYREC_MAX_ROWS, (struct forge_rows){at, 64, 1, 0, 0});
}

static void processes(void)
{
    forge_next_epoch();
    for (uint32_t id = 1; id <= PYREC_MAX_PROCESSES; id++)
        forge_process(id, id < PYREC_MAX_PROCESSES ? id + 1 : 1); /* a ring */
    forge_thread(1, 1);
    for (uint32_t id = 1; id <= 20000; id++) {
        char name[32];
        (void)snprintf(name, sizeof name, "/f%u.py", id);
        forge_file(id, id, name, NULL);
    }
    forge_sampled(0, 20000, false);
}

/* Many epochs that each say little, of high numbers. */
static void epochs(void)
{
    for (unsigned i = 0; i < 20000; i++) {
        forge_next_epoch();
        forge_process(PYREC_MAX_PROCESSES - i % 7, 0);
        forge_epoch_frame();
    }
}

static void threads(void)
{
    for (uint32_t epoch = 0; epoch < 64; epoch++) {
        forge_next_epoch();
        for (uint32_t i = 1; i <= 15; i++) {
            forge_process(epoch * 15 + i, 0);
            forge_thread(epoch * 15 + i, PYREC_MAX_THREADS);
        }
        forge_epoch_frame();
    }
}

static void files(void)
{
    enum { EACH = 250000 };
    for (uint32_t epoch = 0; epoch < 4; epoch++)
        forge_files("/", epoch * EACH, ".py", EACH, NULL);
}

/* Names that lead elsewhere, meet others, or are no names. */
static void names(void)
{
    static char longest[10001], null[] = "/srv/nul\0.py";
    static const char *const all[] = {
        "/etc/passwd",
        "../../../../../../tmp/up.py",
        "/srv/../../etc/up.py",
        "..",
        "/",
        "/srv/Case.py",
        "/srv/case.py",
        "/srv/CASE.py",
        "/srv/con.py",
        "/srv/.hidden.py",
        "/srv/a\nb.py",
        "/srv/<script>.py",
        "/srv/\xff\xfe.py",
        "~",
        "/srv/..",
        "/srv/a.py/",
        "//srv//a.py",
        "/srv/./a.py",
        "/srv/index",
        "heatmap.css",
    };
    enum { N = sizeof all / sizeof *all };
    struct err err = {0};
    memset(longest, 'x', sizeof longest - 1);
    longest[0] = '/';
    forge_epoch_of_one();
    const struct rec_root root = {.process = 1, .kind = REC_ROOT_SCRIPT, .path = SLICE("/srv")};
    forge_check(pyrec_encode_root(&forge.body, &root, &err), &err);
    forge_record(PYREC_ROOT);
    for (uint32_t i = 0; i < N; i++)
        forge_file(i + 1, 1, all[i], NULL);
    forge_file(N + 1, 1, longest, NULL);
    for (uint32_t i = 0; i < 3; i++) {
        /* The same name three times: with a NUL, and as a path and as no path. */
        const struct rec_file f = {.id = N + 2 + i,
                                   .process = 1,
                                   .name = i == 0 ? slice_of(null, sizeof null - 1) : SLICE("/srv/twice.py"),
                                   .path = i == 1 ? SLICE("/srv/twice.py") : SLICE("")};
        forge_check(pyrec_encode_file(&forge.body, &f, &err), &err);
        forge_record(PYREC_FILE);
    }
    forge_sampled(0, N + 4, false);
}

static void long_line(void)
{
    with_text(PYREC_MAX_SOURCE, "x", 1);
}

static void many_lines(void)
{
    with_text(PYREC_MAX_SOURCE, "\n", 1);
}

/* One text of 16 MiB as the text of each of many files. */
static void shared_text(void)
{
    with_text(PYREC_MAX_SOURCE, "\n", 1000);
}

/* A text of 16 Mi lines, of which each of half a million functions has all that follow. */
static void wide(void)
{
    uint8_t hash[HASH_SIZE];
    forge_hash(PYREC_MAX_SOURCE, "\n", hash);
    forge_little(hash);
    forge.like.flags = 1; /* CO_OPTIMIZED: of a function */
    forge.like.line_table = SLICE("\xf7\0\x7f\x7f\x7f\x3f\0\0");
    forge_sampled(1, PYREC_MAX_CODES / 2 - 1, true);
    forge_text(PYREC_MAX_SOURCE, "\n", hash);
}

/* An argument that is a secret: letters a, and a number. */
static void secret(uint32_t of, size_t letters, uint32_t number)
{
    static char arg[PYREC_MAX_STRING];
    struct err err = {0};
    const struct slice args[] = {SLICE("python"), SLICE("a.py"), SLICE("--token"), slice_of(arg, letters + 8)};
    memset(arg, 'a', letters);
    (void)snprintf(arg + letters, sizeof arg - letters, "%08u", number);
    const struct rec_argv argv = {.process = of, .n = 4, .args = args};
    forge_check(pyrec_encode_argv(&forge.body, &argv, &err), &err);
    forge_record(PYREC_ARGV);
}

/* n secrets that begin alike, and a text that is nothing but how they begin. */
static void secrets(uint32_t n, size_t letters)
{
    uint8_t hash[HASH_SIZE];
    forge_hash(PYREC_MAX_SOURCE, "a", hash);
    forge_little(hash);
    for (uint32_t id = 1; id <= n; id++) {
        if (id > 1)
            forge_process(id, 1);
        secret(id, letters, id);
    }
    forge_text(PYREC_MAX_SOURCE, "a", hash);
}

static void many_secrets(void)
{
    secrets(60000, 100);
}

static void long_secret(void)
{
    secrets(1, 60000);
}

static void homes(void)
{
    forge_files("/home/", 0, "/a.py", 200000, NULL);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*make)(void);
    } cases[] = {
        {"bomb", bomb},
        {"rows", rows},
        {"spans", spans},
        {"counts", counts},
        {"heads", heads},
        {"deep", deep},
        {"processes", processes},
        {"epochs", epochs},
        {"threads", threads},
        {"files", files},
        {"names", names},
        {"long-line", long_line},
        {"many-lines", many_lines},
        {"shared-text", shared_text},
        {"wide", wide},
        {"many-secrets", many_secrets},
        {"long-secret", long_secret},
        {"homes", homes},
    };
    forge_begin();
    if (argc == 3 && strcmp(argv[1], "line") == 0) {
        with_text(PYREC_MAX_SOURCE, argv[2], 1);
        forge_end();
        return 0;
    }
    for (size_t i = 0; argc == 2 && i < sizeof cases / sizeof *cases; i++) {
        if (strcmp(argv[1], cases[i].name) == 0) {
            cases[i].make();
            forge_end();
            return 0;
        }
    }
    return 2;
}
