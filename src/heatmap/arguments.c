#include "config.h"

#include "src/heatmap/arguments.h"

static struct slice last_component(struct slice path)
{
    const uint8_t *slash = memrchr(path.p, '/', path.n);
    return path.n == 0 || slash == NULL ? path : slice_skip(path, (size_t)(slash - path.p) + 1);
}

static bool is_option(struct slice s)
{
    return s.n >= 2 && s.p[0] == '-';
}

/* Of python's own options, whose letters may be joined ("-Im mod"): where the one is that takes a value; s.n: none. */
static size_t valued_letter(struct slice s)
{
    size_t i = 1;
    while (i < s.n && memchr("cmWX", s.p[i], 4) == NULL)
        i++;
    return i;
}

/* Steps over the interpreter's part; returns where the program's own arguments begin. */
static uint32_t interpreter_part(const struct slice *args, uint32_t n, size_t *keep)
{
    uint32_t i = 1;
    while (i < n && is_option(args[i])) {
        if (slice_eq(args[i], SLICE("--"))) {
            i++;
            break;
        }
        if (args[i].p[1] == '-') { /* --check-hash-based-pycs always, --help */
            i += slice_eq(args[i], SLICE("--check-hash-based-pycs")) ? 2 : 1;
            continue;
        }
        const size_t at = valued_letter(args[i]);
        if (at == args[i].n) {
            i++;
            continue;
        }
        const bool joined = at + 1 < args[i].n;
        if (args[i].p[at] == 'c') {
            if (joined)
                keep[i] = at + 1;
            else if (i + 1 < n)
                keep[i + 1] = 0;
            return joined ? i + 1 : i + 2;
        }
        if (args[i].p[at] == 'm')
            return joined ? i + 1 : i + 2;
        i += joined ? 1 : 2;
    }
    return i + 1; /* the script */
}

/* Bytes of an argument of the program's that are no value: "--name", "--name=", "-x". */
static size_t name_of(struct slice s)
{
    if (!is_option(s) || (s.p[1] >= '0' && s.p[1] <= '9'))
        return 0;
    if (s.p[1] != '-')
        return 2;
    const uint8_t *equals = memchr(s.p, '=', s.n);
    return equals == NULL ? s.n : (size_t)(equals - s.p) + 1;
}

unsigned arguments_keep(const struct slice *args, uint32_t n, size_t *keep)
{
    unsigned values = 0;
    for (uint32_t i = 0; i < n; i++)
        keep[i] = args[i].n;
    const struct slice program = n == 0 ? SLICE("") : last_component(args[0]);
    const bool is_python = slice_starts(program, SLICE("python")) || slice_starts(program, SLICE("pypy"));
    bool options_end = false;
    for (uint32_t i = is_python ? interpreter_part(args, n, keep) : 1; i < n; i++) {
        keep[i] = options_end ? 0 : name_of(args[i]);
        if (slice_eq(args[i], SLICE("--"))) {
            options_end = true;
            keep[i] = 2;
        }
    }
    for (uint32_t i = 0; i < n; i++)
        values += keep[i] < args[i].n;
    return values;
}
