/* decode.c: how fast a recording is read: into a sink that only counts. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "formats/format.h"

struct counts {
    uint64_t rows, weight, nodes, codes, damages;
};

static bool on_samples(void *self, const struct rec_samples *samples, struct err *err)
{
    struct counts *c = self;
    (void)err;
    c->rows += samples->n;
    for (uint32_t i = 0; i < samples->n; i++)
        c->weight += samples->weight[i] * (1 + (uint64_t)samples->repeat[i]);
    return true;
}

static bool on_nodes(void *self, const struct rec_nodes *nodes, struct err *err)
{
    (void)err;
    ((struct counts *)self)->nodes += nodes->n;
    return true;
}

static bool on_code(void *self, const struct rec_code *code, struct err *err)
{
    (void)code;
    (void)err;
    ((struct counts *)self)->codes++;
    return true;
}

static bool on_damage(void *self, const struct damage *damage, struct err *err)
{
    (void)err;
    ((struct counts *)self)->damages++;
    (void)fprintf(stderr, "%s\n", damage->what);
    return true;
}

static bool read_at(void *self, uint64_t offset, void *p, size_t n, size_t *got, struct err *err)
{
    *got = 0;
    while (*got < n) {
        ssize_t k = pread(*(int *)self, (char *)p + *got, n - *got, (off_t)(offset + *got));
        if (k < 0 && errno != EINTR)
            return err_system(err, errno, "read");
        if (k == 0)
            return true;
        *got += k > 0 ? (size_t)k : 0;
    }
    return true;
}

static double cpu_seconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    int fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        (void)fprintf(stderr, "usage: decode RECORDING\n");
        return 2;
    }
    struct counts c = {0};
    struct err err = {0};
    const struct format_input in = {.self = &fd, .name = argv[1], .size = (uint64_t)st.st_size, .read = read_at};
    const struct sink sink = {
        .self = &c, .samples = on_samples, .nodes = on_nodes, .code = on_code, .damage = on_damage};
    double start = cpu_seconds();
    bool ok = format_pyrec.read(&in, &sink, &err);
    double seconds = cpu_seconds() - start;
    (void)close(fd);
    if (!ok) {
        (void)fprintf(stderr, "%s: %s\n", argv[1], err.msg);
        return 1;
    }
    (void)printf("%llu rows, weight %llu, %llu nodes, %llu codes, %llu damages; %.3f s, %.1f ns a row, %.1f MB/s\n",
                 (unsigned long long)c.rows, (unsigned long long)c.weight, (unsigned long long)c.nodes,
                 (unsigned long long)c.codes, (unsigned long long)c.damages, seconds, seconds * 1e9 / (double)c.rows,
                 (double)st.st_size / 1e6 / seconds);
    return 0;
}
