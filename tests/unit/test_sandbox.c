/* What a process may still do when it has given up its rights. Each question is asked in a child that has. */
#include "config.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/heatmap/sandbox.h"

enum { CANNOT = 77 };

static char top[] = "/tmp/pyheatmap-sandbox.XXXXXX";

static int make_tree(void **state)
{
    (void)state;
    if (mkdtemp(top) == NULL || chdir(top) != 0)
        return -1;
    int fd = -1;
    bool ok = mkdir("out", 0755) == 0 && mkdir("out/site", 0755) == 0 && mkdir("root", 0755) == 0 &&
              mkdir("elsewhere", 0755) == 0;
    static const char *const files[] = {"out/secret", "out/site/index.html", "root/a.py", "elsewhere/b.py"};
    for (size_t i = 0; ok && i < sizeof files / sizeof *files; i++) {
        fd = creat(files[i], 0644);
        ok = fd >= 0 && close(fd) == 0;
    }
    return ok ? 0 : -1;
}

static int remove_files(void **state)
{
    (void)state;
    char command[sizeof top + 16];
    (void)snprintf(command, sizeof command, "rm -rf %s", top);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

/* Runs `ask` with few rights: what it returns, an errno. Skips the test where the system has no sandbox. */
static int inside(int (*ask)(void))
{
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        const struct source_root roots[] = {{{NULL, 0}, "root"}};
        const struct sandbox s = {.outputs = {"out/site/", "json/none", "-"}, .roots = roots, .n_roots = 1};
        const int answer = sandbox_enter(&s) ? ask() : CANNOT;
        _exit(answer);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == CANNOT)
        skip();
    return WEXITSTATUS(status);
}

static int opened(const char *path, int flags)
{
    const int fd = open(path, flags | O_CLOEXEC, 0644);
    return fd >= 0 ? close(fd) : errno;
}

static int read_passwd(void)
{
    return opened("/etc/passwd", O_RDONLY);
}
static int read_elsewhere(void)
{
    return opened("elsewhere/b.py", O_RDONLY);
}
static int read_beside(void)
{
    return opened("out/secret", O_RDONLY);
}
static int write_elsewhere(void)
{
    return opened("elsewhere/c", O_WRONLY | O_CREAT);
}
static int write_root(void)
{
    return opened("root/a.py", O_WRONLY);
}
static int read_root(void)
{
    return opened("root/a.py", O_RDONLY);
}
static int read_site(void)
{
    return opened("out/site/index.html", O_RDONLY);
}

static int replace_site(void)
{
    bool ok = mkdir("out/site.new", 0755) == 0 && opened("out/site.new/index.html", O_WRONLY | O_CREAT | O_EXCL) == 0 &&
              rename("out/site", "out/site.old") == 0 && rename("out/site.new", "out/site") == 0 &&
              unlink("out/site.old/index.html") == 0 && rmdir("out/site.old") == 0;
    return ok ? 0 : errno;
}

static int execute(void)
{
    char *const argv[] = {(char *)(uintptr_t) "true", NULL};
    (void)execv("/bin/true", argv);
    return errno;
}

static int link_out(void)
{
    return symlink("/etc", "out/link") == 0 ? 0 : errno;
}

static int encode(void)
{
    const iconv_t cd = iconv_open("UTF-8", "shift_jis");
    return cd == (iconv_t)-1 ? errno : iconv_close(cd);
}

static void what_is_not_needed_is_refused(void **state)
{
    (void)state;
    assert_int_equal(inside(read_passwd), EACCES);
    assert_int_equal(inside(read_elsewhere), EACCES);
    assert_int_equal(inside(read_beside), EACCES);
    assert_int_equal(inside(write_elsewhere), EACCES);
    assert_int_equal(inside(write_root), EACCES);
    assert_int_equal(inside(execute), EACCES);
    assert_int_equal(inside(link_out), EACCES);
}

static void what_is_needed_is_not(void **state)
{
    (void)state;
    const iconv_t cd = iconv_open("UTF-8", "shift_jis");
    assert_int_equal(inside(read_root), 0);
    assert_int_equal(inside(read_site), 0);
    assert_int_equal(inside(replace_site), 0);
    if (cd != (iconv_t)-1) {
        assert_int_equal(inside(encode), 0);
        (void)iconv_close(cd);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_needed_is_refused),
        cmocka_unit_test(what_is_needed_is_not),
    };
    return cmocka_run_group_tests(tests, make_tree, remove_files);
}
