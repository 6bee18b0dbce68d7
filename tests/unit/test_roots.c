/* Where a target's modules come from, by directory trees as CPython is installed in. */
#include "config.h"

#include "src/record/pth.h"
#include "src/record/roots.h"

#include "tests/unit/tree.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NOTHING SLICE("")

static struct arena arena;
static struct targetfs fs;
static struct roots roots;

static int set_up(void **state)
{
    (void)state;
    (void)tree_make();
    targetfs_init(&fs, getpid(), true);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tree_remove();
    targetfs_fini(&fs);
    roots_fini(&roots);
    arena_fini(&arena);
    return 0;
}

/* An installation of Python 3.12 at base/. */
static void install(void)
{
    tree_file("base/bin/python3.12", SLICE("ELF"));
    tree_link("base/bin/python3", "python3.12");
    tree_file("base/lib/python3.12/os.py", NOTHING);
    tree_dir("base/lib/python3.12/lib-dynload");
    tree_dir("base/lib/python3.12/site-packages");
    tree_dir("project/tools");
    tree_file("project/app.py", NOTHING);
}

static void install_venv(const char *system_site)
{
    char text[512];
    tree_link("venv/bin/python", tree_path("base/bin/python3.12"));
    (void)snprintf(text, sizeof text, "home = %s\ninclude-system-site-packages = %s\nversion = 3.12.1\n",
                   tree_path("base/bin"), system_site);
    tree_file("venv/pyvenv.cfg", slice_str(text));
    tree_dir("venv/lib/python3.12/site-packages");
}

/* environment: lines of NAME=value. */
static void derive(const char *line, const char *environment)
{
    char text[1024], variables[1024];
    struct slice args[16];
    struct roots_facts facts = {.fs = &fs, .python = 0x030c01f0, .args = args};
    (void)snprintf(text, sizeof text, "%s", line);
    for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " "))
        args[facts.args_n++] = slice_str(word);
    (void)snprintf(variables, sizeof variables, "%s", environment);
    facts.environ = slice_of(variables, strlen(variables) + 1);
    for (char *p = variables; (p = strchr(p, '\n')) != NULL;)
        *p = '\0';
    facts.executable = slice_str(tree_path("base/bin/python3.12"));
    facts.cwd = slice_str(tree_path("project"));
    struct err err = {0};
    roots_fini(&roots);
    assert_true(roots_derive(&roots, &facts, &arena, &err));
}

static bool has(uint32_t kind, const char *name)
{
    for (uint32_t i = 0; i < roots.n; i++) {
        assert_true(roots.items[i].derived);
        if (roots.items[i].kind == kind && slice_eq(roots.items[i].path, slice_str(tree_path(name))))
            return true;
    }
    return false;
}

static uint32_t count(uint32_t kind)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < roots.n; i++)
        n += roots.items[i].kind == kind;
    return n;
}

static void a_plain_installation(void **state)
{
    (void)state;
    install();
    derive(tree_path("base/bin/python3 app.py -m x"), "");
    assert_true(has(REC_ROOT_STDLIB, "base/lib/python3.12"));
    assert_true(has(REC_ROOT_PLATFORM, "base/lib/python3.12/lib-dynload"));
    assert_true(has(REC_ROOT_SITE, "base/lib/python3.12/site-packages"));
    assert_true(has(REC_ROOT_SCRIPT, "project"));
    assert_true(has(REC_ROOT_PATH, "project"));
    assert_int_equal(roots.n, 5);
    assert_true(slice_eq(roots.script, slice_str(tree_path("project/app.py"))));
}

static void a_virtual_environment(void **state)
{
    (void)state;
    install();
    install_venv("false");
    tree_file("base/lib/python3.12/site-packages/base.pth", slice_str(tree_path("project/tools")));
    tree_dir("home/.local/lib/python3.12/site-packages");
    char home[PATH_MAX];
    (void)snprintf(home, sizeof home, "HOME=%s", tree_path("home"));

    derive(tree_path("venv/bin/python app.py"), home);
    assert_true(has(REC_ROOT_STDLIB, "base/lib/python3.12"));
    assert_true(has(REC_ROOT_SITE, "venv/lib/python3.12/site-packages"));
    assert_int_equal(count(REC_ROOT_USER_SITE), 0);
    assert_int_equal(count(REC_ROOT_EDITABLE), 0); /* base's path files are not read */

    tree_file("venv/pyvenv.cfg", SLICE("home=/nowhere\nInclude-System-Site-Packages = TRUE\n"));
    derive(tree_path("venv/bin/python app.py"), home);
    assert_true(has(REC_ROOT_STDLIB, "base/lib/python3.12")); /* by the executable */
    assert_true(has(REC_ROOT_USER_SITE, "home/.local/lib/python3.12/site-packages"));
    assert_true(has(REC_ROOT_EDITABLE, "project/tools"));
}

static void a_program_found_on_path(void **state)
{
    (void)state;
    install();
    install_venv("false");
    tree_dir("empty");
    char path[2 * PATH_MAX];
    (void)snprintf(path, sizeof path, "PATH=%s:%s", tree_path("empty"), tree_path("venv/bin"));
    derive("python app.py", path);
    assert_true(has(REC_ROOT_SITE, "venv/lib/python3.12/site-packages"));
    /* What argv[0] says but does not run is not believed. */
    tree_file("other/pyvenv.cfg", SLICE("home = /usr/bin\n"));
    tree_file("other/bin/python", SLICE("another program"));
    tree_dir("other/lib/python3.12/site-packages");
    derive(tree_path("other/bin/python app.py"), "");
    assert_int_equal(count(REC_ROOT_SITE), 1);
    assert_true(has(REC_ROOT_STDLIB, "base/lib/python3.12"));
}

static void debians_layout(void **state)
{
    (void)state;
    install();
    tree_dir("base/lib/python3/dist-packages");
    tree_dir("base/local/lib/python3.12/dist-packages");
    derive(tree_path("base/bin/python3 app.py"), "");
    assert_true(has(REC_ROOT_SITE, "base/lib/python3/dist-packages"));
    assert_true(has(REC_ROOT_SITE, "base/local/lib/python3.12/dist-packages"));
}

static void what_the_command_line_says(void **state)
{
    (void)state;
    install();
    char path[2 * PATH_MAX];
    (void)snprintf(path, sizeof path, "PYTHONPATH=tools:%s/../project/tools:/no/such/dir\nPYTHONUSERBASE=%s",
                   tree_path("base"), tree_path("user"));
    tree_dir("user/lib/python3.12/site-packages");
    tree_link("bin/script", tree_path("project/tools/run"));
    tree_file("project/tools/run", NOTHING);

    derive(tree_path("base/bin/python3 -m tool"), path);
    assert_true(has(REC_ROOT_SCRIPT, "project"));
    assert_true(has(REC_ROOT_PATH, "project/tools"));
    assert_int_equal(count(REC_ROOT_PATH), 2); /* with the working directory */
    assert_true(has(REC_ROOT_USER_SITE, "user/lib/python3.12/site-packages"));
    assert_int_equal(roots.script.n, 0);

    derive(tree_path("base/bin/python3 -I -m tool"), path);
    assert_int_equal(count(REC_ROOT_SCRIPT) + count(REC_ROOT_USER_SITE), 0);
    assert_int_equal(count(REC_ROOT_PATH), 1);

    /* A script's own directory is that of the file it leads to. */
    derive(tree_path("base/bin/python3 ../bin/script"), "");
    assert_true(has(REC_ROOT_SCRIPT, "project/tools"));
    assert_true(slice_eq(roots.real_script, slice_str(tree_path("project/tools/run"))));
    /* A directory or zip file that is run is itself on sys.path. */
    derive(tree_path("base/bin/python3 tools"), "");
    assert_true(has(REC_ROOT_SCRIPT, "project/tools"));
}

static void path_files(void **state)
{
    (void)state;
    install();
    install_venv("false");
    char text[4 * PATH_MAX];
    (void)snprintf(
        text, sizeof text,
        "# a comment\n\n%s\r\nimport sys; sys.path.append('%s')\n./egg\n/no/such/dir\n%s\n../../../../outside\n",
        tree_path("checkout/src"), tree_path("project"), tree_path("overlay/site-packages"));
    tree_file("venv/lib/python3.12/site-packages/easy-install.pth", slice_str(text));
    tree_file("venv/lib/python3.12/site-packages/.hidden.pth", slice_str(tree_path("base")));
    tree_file("venv/lib/python3.12/site-packages/not-one.txt", slice_str(tree_path("base")));
    tree_dir("venv/lib/python3.12/site-packages/egg");
    tree_dir("checkout/src");
    tree_dir("overlay/site-packages");
    tree_dir("outside");
    derive(tree_path("venv/bin/python app.py"), "");
    assert_true(has(REC_ROOT_EDITABLE, "checkout/src"));
    assert_true(has(REC_ROOT_EDITABLE, "outside"));
    assert_true(has(REC_ROOT_SITE, "overlay/site-packages"));
    assert_int_equal(count(REC_ROOT_EDITABLE), 2);
    /* With -S nobody reads them. */
    derive(tree_path("venv/bin/python -S app.py"), "");
    assert_int_equal(count(REC_ROOT_EDITABLE), 0);
}

static void linked_directories_count_under_both_names(void **state)
{
    (void)state;
    install();
    tree_dir("real");
    tree_link("linked", tree_path("real"));
    char path[2 * PATH_MAX];
    (void)snprintf(path, sizeof path, "PYTHONPATH=%s", tree_path("linked"));
    derive(tree_path("base/bin/python3 app.py"), path);
    assert_true(has(REC_ROOT_PATH, "linked"));
    assert_true(has(REC_ROOT_PATH, "real"));
}

static char mapped[256];

static void note_mapped(void *self, const char *path)
{
    (void)self;
    strcat(strcat(mapped, path), " ");
}

static void map(struct slice text, const char *expected)
{
    mapped[0] = '\0';
    pth_mapping(text, note_mapped, NULL);
    assert_string_equal(mapped, expected);
}

static void editable_finders(void **state)
{
    (void)state;
    map(SLICE("import sys\nMAPPING: dict[str, str] = {'pkg': '/src/one/pkg', 'mod': '/src/two/mod.py'}\n"
              "NAMESPACES: dict[str, list[str]] = {'other': ['/x/other']}\n"),
        "/src/one /src/two ");
    map(SLICE("MAPPING = {'a.b': '/src/a/b'}\n"), "/src ");
    map(SLICE("MAPPING = {'a.b': '/src/lib'}\n"), "/src/lib ");
    map(SLICE("MAPPING = {\"it's\": '/src/it\\'s'}\n"), "");
    map(SLICE("MAPPING = {'a': 'relative/a'}\n"), "");
    map(SLICE("MAPPING = {'a': "), "");
    map(SLICE("NAMESPACES = {'a': '/src/a'}\n"), "");
    map(SLICE(""), "");
}

static void the_most_specific_root_is_found(void **state)
{
    (void)state;
    install();
    derive(tree_path("base/bin/python3 app.py"), "");
    const struct rec_root *root =
        roots_find(&roots, slice_str(tree_path("base/lib/python3.12/site-packages/pkg/x.py")));
    assert_non_null(root);
    assert_int_equal(root->kind, REC_ROOT_SITE);
    assert_true(roots_is_library(root));
    assert_false(roots_is_library(roots_find(&roots, slice_str(tree_path("project/app.py")))));
    assert_null(roots_find(&roots, slice_str(tree_path("elsewhere/app.py"))));
    assert_false(roots_is_library(NULL));
}

/* Its library is apart from that of the build with the GIL, below the same prefix. */
static void a_free_threaded_build(void **state)
{
    (void)state;
    install();
    tree_file("base/lib/python3.13/os.py", NOTHING);
    tree_file("base/lib/python3.13t/os.py", NOTHING);
    tree_dir("base/lib/python3.13t/site-packages");
    tree_file("base/bin/python3.13t", SLICE("ELF"));
    struct slice args[] = {SLICE("python3.13t")};
    struct roots_facts facts = {.fs = &fs, .python = 0x030d05f0, .free_threaded = true, .args = args, .args_n = 1};
    struct err err = {0};
    facts.executable = slice_str(tree_path("base/bin/python3.13t"));
    facts.cwd = slice_str(tree_path("project"));
    assert_true(roots_derive(&roots, &facts, &arena, &err));
    assert_true(has(REC_ROOT_STDLIB, "base/lib/python3.13t"));
    assert_true(has(REC_ROOT_SITE, "base/lib/python3.13t/site-packages"));
    assert_false(has(REC_ROOT_STDLIB, "base/lib/python3.13"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_plain_installation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_free_threaded_build, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_virtual_environment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_program_found_on_path, set_up, tear_down),
        cmocka_unit_test_setup_teardown(debians_layout, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_the_command_line_says, set_up, tear_down),
        cmocka_unit_test_setup_teardown(path_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(linked_directories_count_under_both_names, set_up, tear_down),
        cmocka_unit_test(editable_finders),
        cmocka_unit_test_setup_teardown(the_most_specific_root_is_found, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
