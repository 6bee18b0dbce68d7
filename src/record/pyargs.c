#include "config.h"

#include "src/record/pyargs.h"

/* The options of Python/getopt.c of CPython 3.8 to 3.15 that take an argument. */
static bool takes_argument(uint8_t option)
{
    return option == 'c' || option == 'm' || option == 'W' || option == 'X';
}

static void take(struct pyargs *out, uint8_t option)
{
    switch (option) {
    case 'I':
        out->ignore_env = out->no_user_site = out->safe_path = true;
        break;
    case 'E':
        out->ignore_env = true;
        break;
    case 's':
        out->no_user_site = true;
        break;
    case 'S':
        out->no_site = true;
        break;
    case 'P':
        out->safe_path = true;
        break;
    default:
        break;
    }
}

/* Of a word of options that begins at word[1]; true when it ended them all. */
static bool take_options(struct pyargs *out, struct slice word, const struct slice *args, size_t n, size_t *i)
{
    for (size_t k = 1; k < word.n; k++) {
        uint8_t option = word.p[k];
        if (!takes_argument(option)) {
            take(out, option);
            continue;
        }
        struct slice argument = slice_skip(word, k + 1);
        if (argument.n == 0 && *i + 1 < n)
            argument = args[++*i];
        if (option != 'c' && option != 'm')
            return false;
        out->mode = option == 'c' ? PYARGS_COMMAND : PYARGS_MODULE;
        out->subject = argument;
        return true;
    }
    return false;
}

void pyargs_parse(struct pyargs *out, const struct slice *args, size_t n)
{
    *out = (struct pyargs){.mode = PYARGS_STDIN};
    for (size_t i = 1; i < n; i++) {
        struct slice word = args[i];
        bool dashes = slice_eq(word, SLICE("--"));
        if (slice_eq(word, SLICE("-")))
            return;
        if (word.n == 0 || word.p[0] != '-' || dashes) {
            i += dashes;
            if (i < n) {
                out->mode = PYARGS_SCRIPT;
                out->subject = args[i];
            }
            return;
        }
        if (slice_eq(word, SLICE("--check-hash-based-pycs")))
            i++;
        else if (!slice_starts(word, SLICE("--")) && take_options(out, word, args, n, &i))
            return;
    }
}
