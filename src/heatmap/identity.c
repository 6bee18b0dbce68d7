#include "config.h"

#include "src/heatmap/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "src/base/array.h"
#include "src/heatmap/arguments.h"
#include "src/heatmap/secrets.h"

enum {
    SHORT_NAME = 4,  /* shorter ones are replaced as components of paths only */
    LONG_NAME = 8,   /* these are replaced within words too */
    SHORT_VALUE = 6, /* shorter secrets are removed where they are, and not looked for elsewhere */
};

/* Names that tell nothing of anybody. */
static const char *const nobody[] = {"root",    "user",   "users",  "nobody", "ubuntu",    "debian", "fedora", "runner",
                                     "vagrant", "vscode", "jovyan", "docker", "localhost", "admin",  "app",    "home"};

void identity_fini(struct identity *id)
{
    arena_fini(&id->arena);
    intern_fini(&id->known);
    free(id->entries);
    *id = (struct identity){0};
}

static bool add(struct identity *id, int kind, struct slice value, struct err *err)
{
    const bool is_name = kind == IDENTITY_HOME || kind == IDENTITY_USER || kind == IDENTITY_HOST;
    bool fresh = false;
    if (value.n == 0)
        return true;
    if (!intern_put_kind(&id->known, (uint8_t)kind, value, &fresh, err))
        return false;
    if (!fresh)
        return true;
    id->names += is_name;
    if (is_name && id->names > IDENTITY_MAX_NAMES)
        return true;
    if (!array_reserve(&id->entries, &id->cap, (uint64_t)id->n + 1, sizeof *id->entries, err))
        return false;
    struct identity_entry *e = &id->entries[id->n++];
    e->kind = kind;
    e->value = arena_copy(&id->arena, value);
    return e->value.p != NULL || err_nomem(err);
}

static bool tells_nothing(struct slice name)
{
    for (size_t i = 0; i < sizeof nobody / sizeof *nobody; i++) {
        if (slice_eq(name, slice_str(nobody[i])))
            return true;
    }
    return false;
}

static struct slice last_component(struct slice path)
{
    const uint8_t *slash = path.n == 0 ? NULL : memrchr(path.p, '/', path.n);
    return slash == NULL ? path : slice_skip(path, (size_t)(slash - path.p) + 1);
}

/* --- homes ---------------------------------------------------------------------------------------------------------*/

/* A home directory, and with it its owner's name. */
static bool add_home(struct identity *id, struct slice home, struct err *err)
{
    while (home.n > 1 && home.p[home.n - 1] == '/')
        home.n--;
    if (home.n < 2 || home.p[0] != '/')
        return true;
    const struct slice owner = last_component(home);
    return add(id, IDENTITY_HOME, home, err) && (tells_nothing(owner) || add(id, IDENTITY_USER, owner, err));
}

/* What is below these belongs to one user each. */
static const char *const parents[] = {"/home/",     "/Users/",     "/var/home/", "/export/home/",
                                      "/usr/home/", "/run/media/", "/media/"};
/* What only home directories contain. */
static const char *const marks[] = {"/.local/", "/.pyenv/", "/.virtualenvs/", "/.conda/", "/.asdf/"};

static bool find_homes(struct identity *id, struct slice path, struct err *err)
{
    for (size_t i = 0; i < sizeof parents / sizeof *parents; i++) {
        const struct slice parent = slice_str(parents[i]);
        if (!slice_starts(path, parent))
            continue;
        size_t n = parent.n;
        while (n < path.n && path.p[n] != '/')
            n++;
        return n == parent.n || add_home(id, slice_of(path.p, n), err);
    }
    for (size_t i = 0; i < sizeof marks / sizeof *marks && path.n > 0; i++) {
        const uint8_t *mark = memmem(path.p, path.n, marks[i], strlen(marks[i]));
        if (mark != NULL && !add_home(id, slice_of(path.p, (size_t)(mark - path.p)), err))
            return false;
    }
    const struct slice root = SLICE("/root");
    const bool below = slice_starts(path, root) && (path.n == root.n || path.p[root.n] == '/');
    return !below || add_home(id, root, err);
}

/* --- what the recording says ---------------------------------------------------------------------------------------*/

static bool is_one_of(struct slice name, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (slice_eq(name, slice_str(words[i])))
            return true;
    }
    return false;
}

static bool from_variable(struct identity *id, struct slice name, struct slice value, struct err *err)
{
    static const char *const users[] = {"USER", "LOGNAME", "USERNAME", "SUDO_USER"};
    static const char *const hosts[] = {"HOSTNAME", "HOST", "COMPUTERNAME"};
    if (slice_eq(name, SLICE("HOME")) || slice_eq(name, SLICE("USERPROFILE")))
        return add_home(id, value, err);
    if (is_one_of(name, users, sizeof users / sizeof *users))
        return tells_nothing(value) || add(id, IDENTITY_USER, value, err);
    if (is_one_of(name, hosts, sizeof hosts / sizeof *hosts))
        return tells_nothing(value) || add(id, IDENTITY_HOST, value, err);
    if (value.n >= SHORT_VALUE && (secrets_name(name) || secrets_value(value)))
        return add(id, IDENTITY_SECRET, value, err);
    return find_homes(id, value, err);
}

/* Values that are secrets are removed wherever else they are. */
static bool from_arguments(struct identity *id, const struct slice *args, uint32_t n, struct err *err)
{
    size_t *keep = calloc((size_t)n + 1, sizeof *keep);
    if (keep == NULL)
        return err_nomem(err);
    (void)arguments_keep(args, n, keep);
    bool ok = true;
    for (uint32_t i = 0; ok && i < n; i++) {
        const struct slice value = slice_skip(args[i], keep[i]);
        const struct slice name = keep[i] > 0 ? slice_of(args[i].p, keep[i]) : i > 0 ? args[i - 1] : SLICE("");
        const bool named = name.n > 0 && name.p[0] == '-' && secrets_name(name);
        ok = find_homes(id, args[i], err);
        if (ok && value.n >= SHORT_VALUE && (named || secrets_value(value)))
            ok = add(id, IDENTITY_SECRET, value, err);
    }
    free(keep);
    return ok;
}

static bool from_process(struct identity *id, const struct profile_process *p, struct err *err)
{
    bool ok = find_homes(id, p->rec.executable, err) && find_homes(id, p->rec.cwd, err) &&
              find_homes(id, p->rec.root, err) && from_arguments(id, p->argv, p->argc, err);
    for (uint32_t i = 0; ok && i < p->env_n; i++)
        ok = from_variable(id, p->env_names[i], p->env_values[i], err);
    for (uint32_t i = 0; ok && i < p->n_roots; i++)
        ok = find_homes(id, p->roots[i].path, err);
    return ok;
}

static bool from_recording(struct identity *id, const struct profile *p, struct err *err)
{
    bool ok = true;
    for (uint32_t i = 0; ok && i < p->n_processes; i++)
        ok = !p->processes[i].known || from_process(id, &p->processes[i], err);
    for (uint32_t i = 0; ok && i < p->n_files; i++)
        ok = find_homes(id, p->files[i].rec.path, err) && find_homes(id, p->files[i].rec.name, err);
    return ok;
}

/* --- what this machine says ----------------------------------------------------------------------------------------*/

static bool from_here(struct identity *id, const struct here *here, struct err *err)
{
    struct slice user = slice_str(here->user), full = slice_str(here->full_name), host = slice_str(here->host);
    if ((here->home[0] != '\0' && !add_home(id, slice_str(here->home), err)) ||
        (user.n > 0 && !tells_nothing(user) && !add(id, IDENTITY_USER, user, err)) ||
        (full.n > 0 && memchr(full.p, ' ', full.n) != NULL && !add(id, IDENTITY_USER, full, err)))
        return false;
    static const char *const variables[] = {"HOME", "USER", "LOGNAME", "SUDO_USER"};
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const char *value = getenv(variables[i]);
        if (value != NULL && !from_variable(id, slice_str(variables[i]), slice_str(value), err))
            return false;
    }
    if (host.n == 0 || tells_nothing(host))
        return true;
    const uint8_t *dot = memchr(host.p, '.', host.n);
    return add(id, IDENTITY_HOST, host, err) &&
           (dot == NULL || add(id, IDENTITY_HOST, slice_of(host.p, (size_t)(dot - host.p)), err));
}

/* --- what stands for them ------------------------------------------------------------------------------------------*/

static int by_kind(const void *a, const void *b)
{
    const struct identity_entry *x = a, *y = b;
    return x->kind != y->kind ? (int)x->kind - (int)y->kind : slice_cmp(x->value, y->value);
}

static bool same_letters(const uint8_t *p, struct slice word)
{
    for (size_t i = 0; i < word.n; i++) {
        if ((p[i] | 0x20) != (word.p[i] | 0x20))
            return false;
    }
    return true;
}

/* Whether modules of libraries have this name in theirs: then it is a common word, and its pages must keep their
 * names. */
static bool is_common(struct slice name, const struct identity_options *o)
{
    for (size_t i = 0; i < o->n_modules; i++) {
        for (size_t at = 0; at + name.n <= o->modules[i].n; at++) {
            if (same_letters(o->modules[i].p + at, name))
                return true;
        }
    }
    return false;
}

static bool name_them(struct identity *id, const struct identity_options *options, struct err *err)
{
    unsigned users = 0, hosts = 0;
    for (uint32_t i = 0; i < id->n; i++) {
        struct identity_entry *e = &id->entries[i];
        const bool is_user = e->kind == IDENTITY_USER;
        if (e->kind == IDENTITY_HOME)
            continue;
        if (e->kind == IDENTITY_SECRET || e->kind == IDENTITY_WORD) {
            e->instead = SLICE(ARGUMENTS_REMOVED);
            continue;
        }
        const unsigned number = is_user ? ++users : ++hosts;
        char word[32];
        (void)snprintf(word, sizeof word, number == 1 ? "%s" : "%s%u", is_user ? "user" : "host", number);
        if (is_common(e->value, options))
            continue;
        e->instead = arena_copy(&id->arena, slice_str(word));
        if (e->instead.p == NULL)
            return err_nomem(err);
    }
    return true;
}

/* "/home/" and the owner's word; a home whose owner tells nothing, or is a common word, has a number of its own. */
static bool name_homes(struct identity *id, struct err *err)
{
    unsigned others = 0;
    for (uint32_t i = 0; i < id->n && id->entries[i].kind == IDENTITY_HOME; i++) {
        struct identity_entry *home = &id->entries[i];
        const struct slice owner = last_component(home->value);
        struct buf word = {0};
        for (size_t k = 0; k < sizeof parents / sizeof *parents; k++) {
            if (slice_eq(slice_of(home->value.p, home->value.n - owner.n), slice_str(parents[k])))
                buf_str(&word, parents[k]);
        }
        if (word.n == 0)
            buf_str(&word, "/home/");
        bool named = false;
        for (uint32_t k = 0; k < id->n; k++) {
            const struct identity_entry *e = &id->entries[k];
            if (e->kind == IDENTITY_USER && slice_eq(e->value, owner) && e->instead.n > 0) {
                buf_slice(&word, e->instead);
                named = true;
            }
        }
        if (!named && ++others == 1)
            buf_str(&word, "someone");
        else if (!named)
            buf_printf(&word, "someone%u", others);
        bool taken = false; /* /home/ada, and /data/ada with a .pyenv in it */
        for (uint32_t k = 0; k < i; k++)
            taken = taken || slice_eq(id->entries[k].instead, buf_view(&word));
        if (taken)
            buf_printf(&word, "-%u", i + 1);
        home->instead = buf_ok(&word) ? arena_copy(&id->arena, buf_view(&word)) : (struct slice){NULL, 0};
        buf_fini(&word);
        if (home->instead.p == NULL)
            return err_nomem(err);
    }
    return true;
}

bool identity_find(struct identity *id, const struct profile *p, const struct identity_options *options,
                   struct err *err)
{
    *id = (struct identity){0};
    bool ok = from_recording(id, p, err) && (options->here == NULL || from_here(id, options->here, err));
    for (size_t i = 0; ok && i < options->n_words; i++)
        ok = add(id, IDENTITY_WORD, slice_str(options->words[i]), err);
    if (ok && id->n > 0)
        qsort(id->entries, id->n, sizeof *id->entries, by_kind);
    if (ok && name_them(id, options, err) && name_homes(id, err))
        return true;
    identity_fini(id);
    return false;
}

bool identity_rewrite(const struct identity *id, struct rewrite *r, struct err *err)
{
    bool ok = id->names <= IDENTITY_MAX_NAMES ||
              err_set(err, ERR_LIMIT, "more than %d home directories and names of users and hosts: made to be large",
                      IDENTITY_MAX_NAMES);
    for (uint32_t i = 0; ok && i < id->n; i++) {
        const struct identity_entry *e = &id->entries[i];
        enum rewrite_mode mode = REWRITE_LITERAL;
        if (e->instead.n == 0)
            continue;
        if (e->kind == IDENTITY_HOME)
            mode = REWRITE_DIRECTORY;
        else if (e->kind == IDENTITY_USER || e->kind == IDENTITY_HOST)
            mode = e->value.n < SHORT_NAME  ? REWRITE_COMPONENT
                   : e->value.n < LONG_NAME ? REWRITE_WORD
                                            : REWRITE_ANYWHERE;
        ok = rewrite_add(r, e->value, e->instead, mode, err);
    }
    return ok;
}
