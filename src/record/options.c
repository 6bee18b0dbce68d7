#include "config.h"

#include "src/record/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DEFAULT_RATE 1000.0
#define MIN_RATE 1.0
#define MAX_RATE 100000.0
#define MAX_DURATION 31536000.0 /* a year, in seconds */

const char options_help[] =
    "usage: pyrecord [-o FILE] [options] -- COMMAND [ARG...]\n"
    "       pyrecord [-o FILE] [options] -p PID\n"
    "\n"
    "Records where a Python program spends its time, for pyheatmap to show.\n"
    "\n"
    "  -o, --output FILE       the recording; default pyrecord-<pid>.zst, - is standard output\n"
    "  -f, --force             replace FILE even if it is not a recording\n"
    "  -p, --pid PID           attach to a running process\n"
    "  -r, --rate HZ           looks a second, default 1000; 10k is understood\n"
    "  -d, --duration SECONDS  end the recording after so long\n"
    "      --no-subprocesses   do not follow the program's children\n"
    "      --sources WHICH     source texts to store: all (default), project or none\n"
    "      --no-argv           do not store the command's arguments\n"
    "      --env NAME          store this environment variable too\n"
    "      --note TEXT         store a note, in Markdown\n"
    "      --note-file FILE    store a note from a file\n"
    "      --freeze            stop the program's threads while they are read\n"
    "  -q, --quiet             no progress and no summary\n"
    "  -v, --verbose           a summary even when standard error is not a terminal\n"
    "      --version           print the version\n"
    "  -h, --help              print this\n"
    "\n"
    "The exit status is the command's own, 128+N when signal N ended it; 125 when pyrecord failed,\n"
    "126 when the command cannot be executed, 127 when it is not found.\n";

enum {
    OPTION_SOURCES = 256,
    OPTION_NO_ARGV,
    OPTION_NO_SUBPROCESSES,
    OPTION_FREEZE,
    OPTION_ENV,
    OPTION_NOTE,
    OPTION_NOTE_FILE,
    OPTION_VERSION
};

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"force", no_argument, NULL, 'f'},
    {"pid", required_argument, NULL, 'p'},
    {"rate", required_argument, NULL, 'r'},
    {"duration", required_argument, NULL, 'd'},
    {"sources", required_argument, NULL, OPTION_SOURCES},
    {"no-subprocesses", no_argument, NULL, OPTION_NO_SUBPROCESSES},
    {"freeze", no_argument, NULL, OPTION_FREEZE},
    {"no-argv", no_argument, NULL, OPTION_NO_ARGV},
    {"env", required_argument, NULL, OPTION_ENV},
    {"note", required_argument, NULL, OPTION_NOTE},
    {"note-file", required_argument, NULL, OPTION_NOTE_FILE},
    {"quiet", no_argument, NULL, 'q'},
    {"verbose", no_argument, NULL, 'v'},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* A plain decimal number: strtod also takes hexadecimal, infinities and blanks. *end is what follows it. */
static bool parse_number(const char *text, double *number, const char **end)
{
    size_t n = strspn(text, "0123456789.");
    char *stop;
    *number = strtod(text, &stop);
    *end = stop;
    return n > 0 && stop == text + n;
}

/* "997", "10k", "10kHz" */
static bool parse_rate(const char *text, uint64_t *period_ns, struct err *err)
{
    double rate;
    const char *end;
    if (!parse_number(text, &rate, &end))
        return err_set(err, ERR_USAGE, "--rate '%s': a number of Hz is expected, as 1000 or 10k", text);
    if (*end == 'k' || *end == 'K') {
        rate *= 1000;
        end++;
    }
    if (*end != '\0' && strcasecmp(end, "hz") != 0)
        return err_set(err, ERR_USAGE, "--rate '%s': a number of Hz is expected, as 1000 or 10k", text);
    if (rate < MIN_RATE || rate > MAX_RATE)
        return err_set(err, ERR_USAGE, "--rate '%s': from 1 to 100k Hz", text);
    *period_ns = (uint64_t)(1e9 / rate + 0.5);
    return true;
}

static bool parse_duration(const char *text, uint64_t *duration_ns, struct err *err)
{
    double seconds;
    const char *end;
    if (!parse_number(text, &seconds, &end) || (*end != '\0' && strcmp(end, "s") != 0))
        return err_set(err, ERR_USAGE, "--duration '%s': a number of seconds is expected", text);
    if (seconds <= 0 || seconds > MAX_DURATION)
        return err_set(err, ERR_USAGE, "--duration '%s': more than 0 seconds, and at most a year", text);
    *duration_ns = (uint64_t)(seconds * 1e9 + 0.5);
    return true;
}

static bool parse_pid(const char *text, pid_t *pid, struct err *err)
{
    size_t n = strspn(text, "0123456789");
    long value = strtol(text, NULL, 10);
    if (n == 0 || text[n] != '\0' || value <= 0 || value > INT32_MAX)
        return err_set(err, ERR_USAGE, "--pid '%s': the number of a process is expected", text);
    *pid = (pid_t)value;
    return true;
}

static bool parse_sources(const char *text, enum sources_kind *sources, struct err *err)
{
    static const char *const names[] = {[SOURCES_ALL] = "all", [SOURCES_PROJECT] = "project", [SOURCES_NONE] = "none"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(text, names[i]) == 0) {
            *sources = (enum sources_kind)i;
            return true;
        }
    }
    return err_set(err, ERR_USAGE, "--sources '%s': all, project or none", text);
}

static bool add_env(struct options *o, const char *name, struct err *err)
{
    if (name[0] == '\0' || strchr(name, '=') != NULL)
        return err_set(err, ERR_USAGE, "--env '%s': the name of a variable is expected", name);
    const char **grown = realloc(o->env, (o->env_n + 1) * sizeof *grown);
    if (grown == NULL)
        return err_nomem(err);
    o->env = grown;
    o->env[o->env_n++] = name;
    return true;
}

static bool add_note(struct options *o, const char *text, bool is_file, struct err *err)
{
    struct options_note *grown = realloc(o->notes, (o->notes_n + 1) * sizeof *grown);
    if (grown == NULL)
        return err_nomem(err);
    o->notes = grown;
    o->notes[o->notes_n++] = (struct options_note){text, is_file};
    return true;
}

/* Names what getopt did not take; it leaves a short option in optopt, and a long one only in argv. */
static bool not_an_option(char **argv, bool lacks_argument, struct err *err)
{
    const char *word = argv[optind - 1];
    if (lacks_argument)
        return err_set(err, ERR_USAGE, "option '%s' wants an argument", word);
    if (strncmp(word, "--", 2) == 0)
        return err_set(err, ERR_USAGE, "option '%s' is unknown, ambiguous, or wants no argument", word);
    return err_set(err, ERR_USAGE, "option '-%c' is unknown", optopt);
}

static bool take(struct options *o, int option, char **argv, struct err *err)
{
    switch (option) {
    case 'o':
        o->output = optarg;
        return optarg[0] != '\0' || err_set(err, ERR_USAGE, "--output wants a file name");
    case 'f':
        o->force = true;
        return true;
    case 'p':
        return parse_pid(optarg, &o->pid, err);
    case 'r':
        return parse_rate(optarg, &o->period_ns, err);
    case 'd':
        return parse_duration(optarg, &o->duration_ns, err);
    case OPTION_SOURCES:
        return parse_sources(optarg, &o->sources, err);
    case OPTION_NO_ARGV:
        o->no_argv = true;
        return true;
    case OPTION_NO_SUBPROCESSES:
        o->no_subprocesses = true;
        return true;
    case OPTION_FREEZE:
        o->freeze = true;
        return true;
    case OPTION_ENV:
        return add_env(o, optarg, err);
    case OPTION_NOTE:
    case OPTION_NOTE_FILE:
        return add_note(o, optarg, option == OPTION_NOTE_FILE, err);
    case 'q':
        o->quiet = true;
        return true;
    case 'v':
        o->verbose = true;
        return true;
    case OPTION_VERSION:
        o->action = OPTIONS_VERSION;
        return true;
    case 'h':
        o->action = OPTIONS_HELP;
        return true;
    default:
        return not_an_option(argv, option == ':', err);
    }
}

bool options_parse(struct options *o, int argc, char **argv, struct err *err)
{
    *o = (struct options){.period_ns = (uint64_t)(1e9 / DEFAULT_RATE)};
    optind = 0; /* the GNU way to start afresh, with the leading '+': the command's own options are its own */
    int option;
    while ((option = getopt_long(argc, argv, "+:o:fp:r:d:qvh", long_options, NULL)) != -1) {
        if (!take(o, option, argv, err))
            return false;
        if (o->action != OPTIONS_RECORD)
            return true;
    }
    if (o->pid != 0 && optind < argc)
        return err_set(err, ERR_USAGE, "either a command or --pid, not both");
    if (o->pid == 0 && optind == argc)
        return err_set(err, ERR_USAGE, "a command is expected, as in: pyrecord -- python3 app.py");
    if (o->pid == 0)
        o->command = argv + optind;
    return true;
}

void options_fini(struct options *o)
{
    free(o->env);
    free(o->notes);
}
