#include "config.h"

#include "src/heatmap/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

const char options_help[] =
    "Usage: pyheatmap [options] RECORDING\n"
    "Turns a recording of a Python program into a site that shows which source lines its time went to.\n"
    "RECORDING is a file, or - for standard input.\n"
    "\n"
    "  -o, --output DIR             the site; default: RECORDING without its suffix, and -heatmap\n"
    "      --json FILE              the same numbers for programs; - is standard output. Without -o, no site\n"
    "      --basis active|wall|gil  which samples count: of threads that are on a CPU or hold the GIL (active, the\n"
    "                               default), of all threads (wall), of GIL holders (gil)\n"
    "      --source-root [OLD=]NEW  look below NEW for sources that are not in the recording\n"
    "      --no-filters             a smaller site: its pages cannot be filtered by thread, state, time and call\n"
    "      --note TEXT              Markdown that is shown on the front page\n"
    "      --note-file FILE         the same, from a file\n"
    "      --open                   open the site in a browser\n"
    "      --format NAME            what RECORDING is, where it is not recognised\n"
    "  -f, --force                  replace DIR even when it is no site of ours\n"
    "  -q, --quiet                  print only warnings and errors\n"
    "\n"
    "Instead of a site, one of:\n"
    "      --info                   what it is: what ran, where, when, samples, files, what is private in it; with\n"
    "                               --json FILE for programs\n"
    "      --markdown               a summary to paste into an issue, to standard output\n"
    "      --report                 one HTML file, or .zip, to attach to a bug report: redacted, with the recording in "
    "it;\n"
    "                               -o FILE, default: RECORDING without its suffix, and -report.html\n"
    "      --redact                 the recording again, without what is private: -o FILE\n"
    "\n"
    "  for these:\n"
    "      --keep-sources=WHICH     of source texts all (the default), project, hot (the functions that were sampled)\n"
    "                               or none\n"
    "      --no-notes               leave out the notes\n"
    "      --strip TEXT             remove this, too, wherever it is\n"
    "      --no-redact              with --report: as it is\n"
    "      --dry-run                only say what would be removed and what would remain\n"
    "\n"
    "  -h, --help                   print this\n"
    "      --version                print the version\n";

enum {
    OPT_JSON = 256,
    OPT_BASIS,
    OPT_SOURCE_ROOT,
    OPT_NO_FILTERS,
    OPT_NOTE,
    OPT_NOTE_FILE,
    OPT_OPEN,
    OPT_FORMAT,
    OPT_INFO,
    OPT_MARKDOWN,
    OPT_REDACT,
    OPT_REPORT,
    OPT_NO_REDACT,
    OPT_KEEP_SOURCES,
    OPT_NO_NOTES,
    OPT_STRIP,
    OPT_DRY_RUN,
    OPT_VERSION,
};

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"json", required_argument, NULL, OPT_JSON},
    {"basis", required_argument, NULL, OPT_BASIS},
    {"source-root", required_argument, NULL, OPT_SOURCE_ROOT},
    {"no-filters", no_argument, NULL, OPT_NO_FILTERS},
    {"note", required_argument, NULL, OPT_NOTE},
    {"note-file", required_argument, NULL, OPT_NOTE_FILE},
    {"open", no_argument, NULL, OPT_OPEN},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"force", no_argument, NULL, 'f'},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPT_VERSION},
    {"info", no_argument, NULL, OPT_INFO},
    {"markdown", no_argument, NULL, OPT_MARKDOWN},
    {"redact", no_argument, NULL, OPT_REDACT},
    {"report", no_argument, NULL, OPT_REPORT},
    {"no-redact", no_argument, NULL, OPT_NO_REDACT},
    {"keep-sources", required_argument, NULL, OPT_KEEP_SOURCES},
    {"no-notes", no_argument, NULL, OPT_NO_NOTES},
    {"strip", required_argument, NULL, OPT_STRIP},
    {"dry-run", no_argument, NULL, OPT_DRY_RUN},
    {NULL, 0, NULL, 0},
};

static bool parse_basis(struct options *o, const char *word, struct err *err)
{
    static const char *const words[] = {"active", "wall", "gil"};
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(word, words[i]) == 0) {
            o->basis = (enum basis)i;
            return true;
        }
    }
    return err_set(err, ERR_USAGE, "--basis is active, wall or gil, not %s", word);
}

static bool parse_format(struct options *o, const char *name, struct err *err)
{
    o->format = format_by_name(name);
    if (o->format != NULL)
        return true;
    struct buf names = {0};
    for (size_t i = 0; format_registry[i] != NULL; i++)
        buf_printf(&names, " %s", format_registry[i]->name);
    buf_u8(&names, '\0');
    (void)err_set(err, ERR_USAGE, "--format %s is unknown; known are:%s", name,
                  buf_ok(&names) ? (const char *)names.p : "");
    buf_fini(&names);
    return false;
}

static bool parse_source_root(struct options *o, const char *word, struct err *err)
{
    const char *equals = strchr(word, '=');
    const char *new_dir = equals == NULL ? word : equals + 1;
    if (new_dir[0] == '\0' || equals == word)
        return err_set(err, ERR_USAGE, "--source-root is NEW or OLD=NEW, not %s", word);
    struct source_root *roots = reallocarray(o->roots, o->n_roots + 1, sizeof *roots);
    if (roots == NULL)
        return err_nomem(err);
    o->roots = roots;
    struct slice old_dir = {(const uint8_t *)word, equals == NULL ? 0 : (size_t)(equals - word)};
    roots[o->n_roots++] = (struct source_root){old_dir, new_dir};
    return true;
}

static bool parse_keep(struct options *o, const char *word, struct err *err)
{
    static const char *const words[] = {"all", "project", "hot", "none"};
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(word, words[i]) == 0) {
            o->redact.sources = (enum redact_sources)i;
            return true;
        }
    }
    return err_set(err, ERR_USAGE, "--keep-sources is all, project, hot or none, not %s", word);
}

static bool add_word(struct options *o, const char *word, struct err *err)
{
    const char **words = reallocarray(o->words, o->redact.n_words + 1, sizeof *words);
    if (words == NULL)
        return err_nomem(err);
    words[o->redact.n_words++] = word;
    o->words = words;
    o->redact.words = words;
    return true;
}

/* What is done instead of a site. */
static const struct {
    int action;
    const char *name;
    bool redacts;
} modes[] = {
    {OPTIONS_INFO, "--info", false},
    {OPTIONS_MARKDOWN, "--markdown", false},
    {OPTIONS_REDACT, "--redact", true},
    {OPTIONS_REPORT, "--report", true},
};
enum { N_MODES = sizeof modes / sizeof *modes };

static bool choose(struct options *o, int action, const char *word, struct err *err)
{
    for (size_t i = 0; i < N_MODES; i++) {
        if (modes[i].action == (int)o->action && (int)o->action != action)
            return err_set(err, ERR_USAGE, "%s and %s: one at a time", modes[i].name, word);
    }
    o->action = action;
    return true;
}

static bool begin_note(struct options *o, struct err *err)
{
    if (o->notes.n > 0)
        buf_str(&o->notes, "\n\n");
    return buf_ok(&o->notes) || err_nomem(err);
}

static bool add_note_file(struct options *o, const char *path, struct err *err)
{
    if (!begin_note(o, err))
        return false;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return err_system(err, errno, "%s: cannot open the note", path);
    char piece[4096];
    size_t n, total = 0;
    while ((n = fread(piece, 1, sizeof piece, file)) > 0 && (total += n) <= OPTIONS_MAX_NOTE)
        buf_bytes(&o->notes, piece, n);
    int why = ferror(file) != 0 ? errno : 0;
    (void)fclose(file);
    if (why != 0)
        return err_system(err, why, "%s: cannot read the note", path);
    if (total > OPTIONS_MAX_NOTE)
        return err_set(err, ERR_LIMIT, "%s: a note of more than %u MB", path, OPTIONS_MAX_NOTE >> 20);
    return buf_ok(&o->notes) || err_nomem(err);
}

/* out/trace.zst → out/trace-heatmap */
static char *default_name(const char *recording, const char *suffix)
{
    if (strcmp(recording, "-") == 0)
        recording = "recording";
    const char *slash = strrchr(recording, '/');
    const char *name = slash == NULL ? recording : slash + 1;
    const char *dot = strrchr(name, '.');
    size_t n = dot == NULL || dot == name ? strlen(recording) : (size_t)(dot - recording);
    char *site = NULL;
    return asprintf(&site, "%.*s%s", (int)n, recording, suffix) < 0 ? NULL : site;
}

static bool parse_option(struct options *o, int option, const char *word, struct err *err)
{
    switch (option) {
    case 'o':
        free(o->output);
        o->output = strdup(optarg);
        if (optarg[0] == '\0')
            return err_set(err, ERR_USAGE, "-o wants a name");
        return o->output != NULL || err_nomem(err);
    case OPT_JSON:
        o->json = optarg;
        return true;
    case OPT_BASIS:
        return parse_basis(o, optarg, err);
    case OPT_SOURCE_ROOT:
        return parse_source_root(o, optarg, err);
    case OPT_NO_FILTERS:
        o->no_filters = true;
        return true;
    case OPT_NOTE:
        if (!begin_note(o, err))
            return false;
        buf_str(&o->notes, optarg);
        return buf_ok(&o->notes) || err_nomem(err);
    case OPT_NOTE_FILE:
        return add_note_file(o, optarg, err);
    case OPT_OPEN:
        o->open = true;
        return true;
    case OPT_FORMAT:
        return parse_format(o, optarg, err);
    case 'f':
        o->force = true;
        return true;
    case 'q':
        o->quiet = true;
        return true;
    case OPT_INFO:
        return choose(o, OPTIONS_INFO, word, err);
    case OPT_MARKDOWN:
        return choose(o, OPTIONS_MARKDOWN, word, err);
    case OPT_REDACT:
        return choose(o, OPTIONS_REDACT, word, err);
    case OPT_REPORT:
        return choose(o, OPTIONS_REPORT, word, err);
    case OPT_NO_REDACT:
        o->no_redact = true;
        return true;
    case OPT_KEEP_SOURCES:
        return parse_keep(o, optarg, err);
    case OPT_NO_NOTES:
        o->redact.no_notes = true;
        return true;
    case OPT_STRIP:
        return add_word(o, optarg, err);
    case OPT_DRY_RUN:
        o->dry_run = true;
        return true;
    case 'h':
        o->action = OPTIONS_HELP;
        return true;
    case OPT_VERSION:
        o->action = OPTIONS_VERSION;
        return true;
    case ':':
        return err_set(err, ERR_USAGE, "%s wants a value; see pyheatmap --help", word);
    default:
        return err_set(err, ERR_USAGE, "%s is no option; see pyheatmap --help", word);
    }
}

/* What belongs to one action only is refused with others, so that nobody relies on what does not happen. */
static bool fits_together(struct options *o, struct err *err)
{
    const char *mode = NULL;
    bool redacts = false;
    for (size_t i = 0; i < N_MODES; i++) {
        if (modes[i].action == (int)o->action) {
            mode = modes[i].name;
            redacts = modes[i].redacts;
        }
    }
    const bool wants = o->dry_run || o->redact.n_words > 0 || o->redact.no_notes || o->redact.sources != REDACT_ALL;
    if (!redacts && (wants || o->no_redact))
        return err_set(
            err, ERR_USAGE,
            "--keep-sources, --no-notes, --strip, --dry-run and --no-redact belong to --redact and --report");
    if (o->no_redact && (wants || o->action == OPTIONS_REDACT))
        return err_set(err, ERR_USAGE, "--no-redact leaves all as it is: it is for --report, without what removes");
    if (mode == NULL) {
        if (o->output == NULL && o->json == NULL && (o->output = default_name(o->recording, "-heatmap")) == NULL)
            return err_nomem(err);
        return !o->open || o->output != NULL || err_set(err, ERR_USAGE, "--open wants a site: give -o as well");
    }
    if (o->action == OPTIONS_REDACT && o->output == NULL && !o->dry_run)
        return err_set(err, ERR_USAGE, "--redact wants -o FILE, or --dry-run");
    if (o->action == OPTIONS_REPORT && o->output == NULL && !o->dry_run &&
        (o->output = default_name(o->recording, "-report.html")) == NULL)
        return err_nomem(err);
    if (!redacts && o->output != NULL)
        return err_set(err, ERR_USAGE, "%s writes to standard output: it takes no -o", mode);
    if (o->open || (o->json != NULL && o->action != OPTIONS_INFO))
        return err_set(err, ERR_USAGE, "%s does not go with %s", mode, o->open ? "--open" : "--json");
    return true;
}

bool options_parse(struct options *o, int argc, char **argv, struct err *err)
{
    *o = (struct options){.redact = {.warnings = stderr}};
    optind = 0; /* glibc: start anew, as a test does */
    opterr = 0;
    for (;;) {
        int option = getopt_long(argc, argv, ":o:fqh", long_options, NULL);
        if (option == -1)
            break;
        char letter[] = {'-', (char)optopt, '\0'};
        bool is_letter = option == '?' && optopt > 0 && optopt < OPT_JSON;
        if (!parse_option(o, option, is_letter ? letter : argv[optind - 1], err))
            return false;
        if (o->action == OPTIONS_HELP || o->action == OPTIONS_VERSION)
            return true;
    }
    if (optind >= argc)
        return err_set(err, ERR_USAGE, "no recording given; see pyheatmap --help");
    if (optind + 1 < argc)
        return err_set(err, ERR_USAGE, "one recording at a time, not %d (%s, %s …)", argc - optind, argv[optind],
                       argv[optind + 1]);
    o->recording = argv[optind];
    if (o->recording[0] == '\0')
        return err_set(err, ERR_USAGE, "the recording has no name");
    return fits_together(o, err);
}

void options_fini(struct options *o)
{
    free(o->output);
    free(o->roots);
    free(o->words);
    buf_fini(&o->notes);
}
