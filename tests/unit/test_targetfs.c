/* Files as the target sees them: below its root, with its rights. */
#include "config.h"

#include "src/record/creds.h"
#include "src/record/inroot.h"
#include "src/record/targetfs.h"

#include "tests/unit/tree.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int root;

/* A root directory in tree/root, with something outside of it that must not be found. */
static int set_up(void **state)
{
    (void)state;
    (void)tree_make();
    tree_file("secret", SLICE("outside"));
    tree_file("root/secret", SLICE("inside"));
    tree_file("root/etc/name", SLICE("inside"));
    tree_file("root/a/b/c", SLICE("c"));
    tree_link("root/absolute", "/etc/name");
    tree_link("root/a/up", "../../../../etc/name");
    tree_link("root/out", "../secret");
    tree_link("root/dir", "a/b");
    tree_link("root/a/b/back", "..");
    tree_link("root/loop", "loop");
    tree_link("root/chain", "dir/back/up");
    tree_link("root/slash", "/");
    tree_link("root/dangling", "nothing");
    root = open(tree_path("root"), O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_true(root >= 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    close(root);
    tree_remove();
    return 0;
}

typedef int find(int root, const char *path);

static void finds(find *f, const char *path, const char *expected)
{
    struct stat st, other;
    int fd = f(root, path);
    if (fd < 0)
        fail_msg("%s: %s", path, strerror(errno));
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(lstat(tree_path(expected), &other), 0);
    close(fd);
    if (st.st_ino != other.st_ino)
        fail_msg("%s is not %s", path, expected);
}

static void finds_not(find *f, const char *path, int error)
{
    int fd = f(root, path);
    int got = errno;
    if (fd >= 0)
        fail_msg("%s: was found", path);
    if (got != error)
        fail_msg("%s: %s, not %s", path, strerror(got), strerror(error));
}

static void stays_inside(find *f)
{
    finds(f, "/a/b/c", "root/a/b/c");
    finds(f, "/etc", "root/etc");
    finds(f, "/", "root");
    finds(f, "/a/../etc//./name", "root/etc/name");
    finds(f, "/../../secret", "root/secret");
    finds(f, "/absolute", "root/etc/name");
    finds(f, "/a/up", "root/etc/name");
    finds(f, "/out", "root/secret");
    finds(f, "/dir/c", "root/a/b/c");
    finds(f, "/dir/../b/c", "root/a/b/c"); /* ".." of where the link leads */
    finds(f, "/dir/back/b/c", "root/a/b/c");
    finds(f, "/chain", "root/etc/name");
    finds(f, "/slash/slash/etc/name", "root/etc/name");
    finds_not(f, "/loop", ELOOP);
    finds_not(f, "/dangling", ENOENT);
    finds_not(f, "/nothing/x", ENOENT);
    finds_not(f, "/secret/x", ENOTDIR);
    finds_not(f, "/secret/..", ENOTDIR);
    finds_not(f, "/secret/", ENOTDIR);
}

static void no_link_leads_out(void **state)
{
    (void)state;
    stays_inside(inroot_find);
}

static void nor_without_openat2(void **state)
{
    (void)state;
    stays_inside(inroot_walk);
}

static void nor_do_those_of_proc(void **state)
{
    (void)state;
    int before = root;
    root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    static find *const both[] = {inroot_find, inroot_walk};
    for (size_t i = 0; i < 2; i++) {
        char path[64];
        finds_not(both[i], "/proc/self/cwd/x", ELOOP);
        (void)snprintf(path, sizeof path, "/proc/%ld/root/etc/passwd", (long)getpid());
        finds_not(both[i], path, ELOOP);
        (void)snprintf(path, sizeof path, "/proc/%ld/fd/%d", (long)getpid(), before);
        finds_not(both[i], path, ELOOP);
    }
    close(root);
    root = before;
}

#define OTHER 65534

/* A process of another user, until it is killed. */
static pid_t other_user(uid_t uid, gid_t group)
{
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        if (setgroups(group != 0, &group) < 0 || setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)
            _exit(1);
        (void)!write(ready[1], "", 1);
        (void)pause();
        _exit(0);
    }
    close(ready[1]);
    ssize_t n = read(ready[0], &byte, 1);
    close(ready[0]);
    if (n == 1)
        return pid;
    (void)waitpid(pid, NULL, 0);
    return -1;
}

static void end(pid_t pid)
{
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
}

static int opens(const struct targetfs *fs, const char *path)
{
    struct stat st;
    int found = targetfs_find(fs, path, &st);
    if (found < 0)
        return errno;
    int fd = targetfs_read(fs, found), error = fd < 0 ? errno : 0;
    close(found);
    if (fd >= 0)
        close(fd);
    return error;
}

static void set_mode(const char *name, uid_t uid, gid_t gid, mode_t mode)
{
    assert_int_equal(chown(tree_path(name), uid, gid), 0);
    assert_int_equal(chmod(tree_path(name), mode), 0);
}

static void files_are_opened_with_the_targets_rights(void **state)
{
    (void)state;
    pid_t pid = geteuid() == 0 ? other_user(OTHER, 4242) : -1;
    if (pid < 0) {
        print_message("not root: whether another user's rights are taken was not tried\n");
        skip();
    }
    struct targetfs fs;
    struct creds before, after;
    tree_file("ours.py", SLICE("x"));
    tree_file("its.py", SLICE("x"));
    tree_file("groups.py", SLICE("x"));
    tree_file("all.py", SLICE("x"));
    tree_file("closed/all.py", SLICE("x"));
    set_mode(".", 0, 0, 0755);
    set_mode("ours.py", 0, 0, 0600);
    set_mode("its.py", OTHER, OTHER, 0400);
    set_mode("groups.py", 0, 4242, 0040);
    set_mode("all.py", 0, 0, 0644);
    set_mode("closed/all.py", 0, 0, 0644);
    set_mode("closed", 0, 0, 0700);
    assert_true(creds_of(&before, 0));
    targetfs_init(&fs, pid, false);
    assert_int_equal(opens(&fs, tree_path("ours.py")), EACCES);
    assert_int_equal(opens(&fs, tree_path("its.py")), 0);
    assert_int_equal(opens(&fs, tree_path("groups.py")), 0);
    assert_int_equal(opens(&fs, tree_path("all.py")), 0);
    assert_int_equal(opens(&fs, tree_path("closed/all.py")), EACCES);
    assert_true(creds_of(&after, 0));
    assert_memory_equal(&before, &after, sizeof before);
    end(pid);
    targetfs_fini(&fs);
    /* When it has gone, nobody knows whose it was. */
    targetfs_init(&fs, pid, true);
    assert_int_equal(opens(&fs, tree_path("all.py")), EACCES);
    targetfs_fini(&fs);
    targetfs_init(&fs, pid, false);
    assert_int_equal(opens(&fs, tree_path("all.py")), ENOENT);
    targetfs_fini(&fs);
    /* Our own are opened by our own right. */
    targetfs_init(&fs, getpid(), true);
    assert_int_equal(opens(&fs, tree_path("ours.py")), 0);
    assert_int_equal(opens(&fs, tree_path("closed/all.py")), 0);
    targetfs_fini(&fs);
}

/* Root that may not open everything, as in a container: a recorder that may opens nothing more for it. */
static void capabilities_are_not_lent(void **state)
{
    (void)state;
    struct creds own, as;
    assert_true(creds_of(&own, 0));
    const uint64_t opens_files = 3 << 1; /* CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH */
    if (geteuid() != 0 || (own.effective & opens_files) != opens_files) {
        print_message("not root: capabilities were not tried\n");
        skip();
    }
    tree_file("its.py", SLICE("x"));
    set_mode("its.py", OTHER, OTHER, 0400);
    as = own;
    as.effective = 0;
    assert_true(creds_enter(&as, &own));
    assert_int_equal(open(tree_path("its.py"), O_RDONLY | O_CLOEXEC), -1);
    assert_int_equal(errno, EACCES);
    creds_leave(&as, &own);
    int fd = open(tree_path("its.py"), O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    close(fd);
}

/* Somebody who cannot take the target's ids opens nothing. */
static void without_the_right_nothing_is_opened(void **state)
{
    (void)state;
    struct creds own, as;
    int status;
    tree_file("all.py", SLICE("x"));
    pid_t pid = fork();
    if (pid == 0) {
        if (geteuid() == 0 && (setgroups(0, NULL) < 0 || setresgid(1, 1, 1) < 0 || setresuid(1, 1, 1) < 0))
            _exit(2);
        if (!creds_of(&own, 0))
            _exit(3);
        as = own;
        as.uid++;
        if (creds_enter(&as, &own) || errno != EACCES)
            _exit(4);
        as = own; /* in other groups, but the same user */
        as.gid++;
        as.groups[0] = 4242;
        as.groups_n = 1;
        _exit(creds_enter(&as, &own) ? 0 : 5);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WEXITSTATUS(status), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(no_link_leads_out),         TEST(nor_without_openat2),
        TEST(nor_do_those_of_proc),      TEST(files_are_opened_with_the_targets_rights),
        TEST(capabilities_are_not_lent), TEST(without_the_right_nothing_is_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
