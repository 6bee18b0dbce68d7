#include "config.h"

#include "src/record/roots.h"

#include "src/base/array.h"
#include "src/record/path.h"
#include "src/record/pth.h"
#include "src/record/pyargs.h"
#include "src/record/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#define MAX_ROOTS 1024 /* of a process; .pth files can name any number */
#define MAX_CONFIG 65536

struct derive {
    const struct roots_facts *facts;
    struct pyargs args;
    struct roots *out;
    struct arena *arena;
    struct arena scratch; /* owned */
    struct err *err;
    char version[16];                    /* "python3.11", "python3.14t" */
    char venv[PATH_MAX], home[PATH_MAX]; /* empty: not in a virtual environment */
    bool system_site;                    /* it sees the site-packages of the Python that it was made from, too */
    bool failed;                         /* out of memory */
};

static void put(struct derive *d, uint32_t kind, struct slice path)
{
    struct roots *out = d->out;
    if (d->failed || path.n < 2 || out->n == MAX_ROOTS)
        return;
    for (uint32_t i = 0; i < out->n; i++) {
        if (out->items[i].kind == kind && slice_eq(out->items[i].path, path))
            return;
    }
    struct slice copy = arena_copy(d->arena, path);
    if (copy.p == NULL || !array_reserve(&out->items, &out->cap, out->n + 1, sizeof *out->items, d->err)) {
        d->failed = true;
        return;
    }
    out->items[out->n++] = (struct rec_root){.kind = kind, .derived = true, .path = copy};
}

/* A directory, or the zip file that stands for one; what does not exist is no root. It counts under the name that it
 * was given and under its real one, since modules may carry either. */
static bool add(struct derive *d, uint32_t kind, const char *path)
{
    struct stat st;
    int found = targetfs_find(d->facts->fs, path, &st);
    if (found < 0)
        return false;
    bool fits = S_ISDIR(st.st_mode) || S_ISREG(st.st_mode);
    if (fits) {
        char real[PATH_MAX];
        put(d, kind, slice_str(path));
        if (targetfs_resolved(d->facts->fs, found, real))
            put(d, kind, slice_str(real));
    }
    close(found);
    return fits;
}

static struct slice variable(const struct roots_facts *facts, const char *name)
{
    struct slice rest = facts->environ, key = slice_str(name), entry;
    while (text_next(&rest, '\0', &entry)) {
        if (slice_starts(entry, key) && entry.n > key.n && entry.p[key.n] == '=')
            return slice_skip(entry, key.n + 1);
    }
    return (struct slice){NULL, 0};
}

static struct slice python_variable(const struct derive *d, const char *name)
{
    return d->args.ignore_env ? (struct slice){NULL, 0} : variable(d->facts, name);
}

static bool same_file(const struct targetfs *fs, const char *a, const char *b)
{
    struct stat x, y;
    int found_a = targetfs_find(fs, a, &x), found_b = targetfs_find(fs, b, &y);
    bool same = found_a >= 0 && found_b >= 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
    if (found_a >= 0)
        close(found_a);
    if (found_b >= 0)
        close(found_b);
    return same;
}

/* The path by which the program was started, links unresolved: a virtual environment is known by it alone. argv[0] can
 * say anything, so it counts only where it leads to the file that runs. */
static void find_program(const struct derive *d, char out[PATH_MAX])
{
    const struct roots_facts *facts = d->facts;
    char executable[PATH_MAX];
    if (!path_join(executable, facts->cwd, facts->executable))
        executable[0] = '\0';
    if (facts->args_n > 0) {
        struct slice name = facts->args[0], list = variable(facts, "PATH"), dir;
        if (name.n > 0 && memchr(name.p, '/', name.n) != NULL) {
            if (path_join(out, facts->cwd, name) && same_file(facts->fs, out, executable))
                return;
        } else {
            while (text_next(&list, ':', &dir)) {
                char absolute[PATH_MAX];
                if (path_join(absolute, facts->cwd, dir) && path_join(out, slice_str(absolute), name) &&
                    same_file(facts->fs, out, executable))
                    return;
            }
        }
    }
    memcpy(out, executable, PATH_MAX);
}

/* A virtual environment is told by a pyvenv.cfg beside the program, or above it. */
static void find_venv(struct derive *d, const char *program)
{
    struct slice dir = path_dir(slice_str(program));
    for (int level = 0; level < 2; level++, dir = path_dir(dir)) {
        char config[PATH_MAX];
        if (!path_join(config, dir, SLICE("pyvenv.cfg")))
            return;
        struct slice text = targetfs_text(d->facts->fs, config, MAX_CONFIG, &d->scratch);
        if (text.p == NULL)
            continue;
        struct slice home = text_value(text, "home", '='),
                     system = text_value(text, "include-system-site-packages", '=');
        if (home.n == 0 || !path_join(d->home, d->facts->cwd, home))
            d->home[0] = '\0';
        (void)path_join(d->venv, dir, SLICE(""));
        d->system_site = system.n == 4 && strncasecmp((const char *)system.p, "true", 4) == 0;
        return;
    }
}

/* prefix/lib/python3.11/rest, for instance. */
static bool versioned(const struct derive *d, const char *prefix, const char *lib, const char *rest, char out[PATH_MAX])
{
    char below[64];
    (void)snprintf(below, sizeof below, "%s/%s/%s", lib, d->version, rest);
    return path_join(out, slice_str(prefix), slice_str(below));
}

/* os.py is the landmark. */
static bool add_stdlib_if(struct derive *d, const char *dir)
{
    char landmark[PATH_MAX];
    return path_join(landmark, slice_str(dir), SLICE("os.py")) && targetfs_is_file(d->facts->fs, landmark) &&
           add(d, REC_ROOT_STDLIB, dir);
}

/* Whether the standard library lies below this prefix; the last form is that of a build tree. */
static bool add_stdlib(struct derive *d, const char *prefix)
{
    char dir[PATH_MAX];
    bool found = versioned(d, prefix, "lib", "", dir) && add_stdlib_if(d, dir);
    found |= versioned(d, prefix, "lib64", "", dir) && add_stdlib_if(d, dir);
    return found || (path_join(dir, slice_str(prefix), SLICE("Lib")) && add_stdlib_if(d, dir));
}

/* Looks for the standard library in a directory and all above it. */
static bool find_prefix(struct derive *d, struct slice start, char prefix[PATH_MAX])
{
    while (start.n > 0 && path_join(prefix, start, SLICE(""))) {
        if (add_stdlib(d, prefix))
            return true;
        if (start.n == 1)
            break;
        start = path_dir(start);
    }
    return false;
}

static bool find_base(struct derive *d, const char *program, char prefix[PATH_MAX])
{
    struct slice home = python_variable(d, "PYTHONHOME"), first;
    if (text_next(&home, ':', &first) && find_prefix(d, first, prefix))
        return true;
    char real[PATH_MAX];
    return (d->home[0] != '\0' && find_prefix(d, slice_str(d->home), prefix)) ||
           (d->facts->libpython.n > 0 && find_prefix(d, path_dir(d->facts->libpython), prefix)) ||
           (path_join(real, d->facts->cwd, d->facts->executable) &&
            find_prefix(d, path_dir(slice_str(real)), prefix)) ||
           find_prefix(d, path_dir(slice_str(program)), prefix) || /* links to a Python elsewhere */
           find_prefix(d, SLICE("/usr/local"), prefix) || find_prefix(d, SLICE("/usr"), prefix);
}

static void found_in_pth(void *self, const char *path)
{
    struct derive *d = self;
    struct slice p = slice_str(path), last = path_last(p);
    /* A path file may bring in another environment's packages; and eggs lie within site-packages. */
    if (slice_eq(last, SLICE("site-packages")) || slice_eq(last, SLICE("dist-packages")))
        (void)add(d, REC_ROOT_SITE, path);
    else if (!roots_is_library(roots_find(d->out, p)))
        (void)add(d, REC_ROOT_EDITABLE, path);
}

static void add_site(struct derive *d, uint32_t kind, const char *dir, bool read_pth)
{
    if (add(d, kind, dir) && read_pth && !d->args.no_site)
        pth_read(d->facts->fs, dir, &d->scratch, found_in_pth, d);
}

/* The directories of installed packages below a prefix; with their path files, if the target reads these. */
static void add_sites(struct derive *d, const char *prefix, bool read_pth)
{
    static const char *const libs[] = {"lib", "lib64", "local/lib"};
    static const char *const names[] = {"site-packages", "dist-packages"}; /* the latter, and local/lib, are Debian's */
    char dir[PATH_MAX];
    for (size_t i = 0; i < sizeof libs / sizeof *libs; i++) {
        for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
            if (versioned(d, prefix, libs[i], names[k], dir))
                add_site(d, REC_ROOT_SITE, dir, read_pth);
        }
    }
    if (path_join(dir, slice_str(prefix), SLICE("lib/python3/dist-packages"))) /* Debian, whatever the version */
        add_site(d, REC_ROOT_SITE, dir, read_pth);
}

static void add_user_site(struct derive *d)
{
    struct slice base = python_variable(d, "PYTHONUSERBASE"), home = variable(d->facts, "HOME");
    char dir[PATH_MAX], site[PATH_MAX];
    if (d->args.no_user_site || python_variable(d, "PYTHONNOUSERSITE").n > 0 || (d->venv[0] != '\0' && !d->system_site))
        return;
    bool known = base.n > 0 ? path_join(dir, d->facts->cwd, base) : home.n > 0 && path_join(dir, home, SLICE(".local"));
    if (known && versioned(d, dir, "lib", "site-packages", site))
        add_site(d, REC_ROOT_USER_SITE, site, true);
}

/* A path that a user gave: relative to the working directory, ".." as Python takes it. */
static bool given_path(const struct derive *d, struct slice name, char out[PATH_MAX])
{
    if (!path_join(out, d->facts->cwd, name))
        return false;
    path_fold(out);
    return true;
}

static void add_script(struct derive *d)
{
    char path[PATH_MAX];
    if (d->args.mode != PYARGS_SCRIPT) {
        if (!d->args.safe_path && python_variable(d, "PYTHONSAFEPATH").n == 0)
            (void)(path_join(path, d->facts->cwd, SLICE("")) && add(d, REC_ROOT_SCRIPT, path));
        return;
    }
    struct stat st;
    int found = path_join(path, d->facts->cwd, d->args.subject) ? targetfs_find(d->facts->fs, path, &st) : -1;
    if (found < 0)
        return;
    d->out->script = arena_copy(d->arena, slice_str(path));
    char real[PATH_MAX]; /* Python follows the script's links before it takes its directory */
    if (S_ISDIR(st.st_mode)) {
        (void)add(d, REC_ROOT_SCRIPT, path);
    } else if (targetfs_resolved(d->facts->fs, found, real)) {
        char dir[PATH_MAX];
        d->out->real_script = arena_copy(d->arena, slice_str(real));
        if (path_join(dir, path_dir(slice_str(real)), SLICE("")))
            (void)add(d, REC_ROOT_SCRIPT, dir);
    }
    close(found);
}

static void add_pythonpath(struct derive *d)
{
    struct slice list = python_variable(d, "PYTHONPATH"), entry;
    char path[PATH_MAX];
    while (text_next(&list, ':', &entry)) {
        if (given_path(d, entry, path))
            (void)add(d, REC_ROOT_PATH, path);
    }
}

/* An embedding program's arguments are not Python's. */
static bool is_interpreter(const struct roots_facts *facts)
{
    struct slice name = path_last(facts->executable);
    return name.n >= 6 && memmem(name.p, name.n, "python", 6) != NULL;
}

/* The extension modules, and the library's zip file. */
static void add_platform(struct derive *d, const char *prefix)
{
    char path[PATH_MAX], zip[32];
    if (versioned(d, prefix, "lib", "lib-dynload", path))
        (void)add(d, REC_ROOT_PLATFORM, path);
    if (versioned(d, prefix, "lib64", "lib-dynload", path))
        (void)add(d, REC_ROOT_PLATFORM, path);
    (void)snprintf(zip, sizeof zip, "lib/python%u%u%s.zip", d->facts->python >> 24 & 0xff,
                   d->facts->python >> 16 & 0xff, d->facts->free_threaded ? "t" : "");
    if (path_join(path, slice_str(prefix), slice_str(zip)))
        (void)add(d, REC_ROOT_STDLIB, path);
}

bool roots_derive(struct roots *out, const struct roots_facts *facts, struct arena *arena, struct err *err)
{
    struct derive d = {.facts = facts, .out = out, .arena = arena, .err = err};
    char program[PATH_MAX], prefix[PATH_MAX], cwd[PATH_MAX];
    *out = (struct roots){0};
    (void)snprintf(d.version, sizeof d.version, "python%u.%u%s", facts->python >> 24 & 0xff, facts->python >> 16 & 0xff,
                   facts->free_threaded ? "t" : "");
    bool interpreter = is_interpreter(facts);
    if (interpreter)
        pyargs_parse(&d.args, facts->args, facts->args_n);
    find_program(&d, program);
    find_venv(&d, program);
    bool found = find_base(&d, program, prefix), sees_base = d.venv[0] == '\0' || d.system_site;
    if (found)
        add_platform(&d, prefix);
    /* Path files are judged by the directories that come before them. */
    if (d.venv[0] != '\0')
        add_sites(&d, d.venv, true);
    if (found)
        add_sites(&d, prefix, sees_base);
    add_user_site(&d);
    if (interpreter)
        add_script(&d);
    add_pythonpath(&d);
    /* Not on sys.path by itself, but what a tool like pytest runs from there is the project. */
    if (path_join(cwd, facts->cwd, SLICE("")))
        (void)add(&d, REC_ROOT_PATH, cwd);
    arena_fini(&d.scratch);
    return !d.failed;
}

void roots_fini(struct roots *roots)
{
    free(roots->items);
    *roots = (struct roots){0};
}

const struct rec_root *roots_find(const struct roots *roots, struct slice path)
{
    const struct rec_root *best = NULL;
    for (uint32_t i = 0; i < roots->n; i++) {
        const struct rec_root *root = &roots->items[i];
        if (path_below(path, root->path) && (best == NULL || root->path.n > best->path.n))
            best = root;
    }
    return best;
}

bool roots_is_library(const struct rec_root *root)
{
    return root != NULL && (root->kind == REC_ROOT_STDLIB || root->kind == REC_ROOT_PLATFORM ||
                            root->kind == REC_ROOT_SITE || root->kind == REC_ROOT_USER_SITE);
}
