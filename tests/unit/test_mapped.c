/* Symbols of this very program and of its libraries, as if it were a target: what they are at is known here. */
#include "config.h"

#include "tests/unit/unit.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "src/record/libc.h"

static struct remote_process self;
static struct images images;

static int set_up(void **state)
{
    (void)state;
    struct err err = {0};
    return remote_open(&self, getpid(), &err) && images_read(&images, getpid(), &err) ? 0 : 1;
}

static int tear_down(void **state)
{
    (void)state;
    remote_close(&self);
    return 0;
}

static void the_c_library_is_found(void **state)
{
    (void)state;
    assert_true(images.executable.found);
    assert_true(images.libc.found);
    assert_true(images.loader.found);
    assert_false(images.libpython.found);
}

/* In memory, by the hash table, and in the file, by its sections: both lead to where the symbol is. Sanitizers put
 * functions of their own in the place of many, not of this one. */
static void memory_and_file_agree(void **state)
{
    (void)state;
    struct elf_symbol in_memory[] = {{.name = "gnu_get_libc_version"}, {.name = "environ"}, {.name = "no_such_symbol"}};
    struct elf_symbol in_file[] = {{.name = "gnu_get_libc_version"}, {.name = "environ"}, {.name = "no_such_symbol"}};
    uint64_t bias, base;
    const int fd = open(images.libc.path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_true(elf_symbols(fd, in_file, 3, &base));
    assert_true(elf_symbols_in_memory(&self.remote, images.libc.start, in_memory, 3, &bias));
    assert_int_equal(bias, images.libc.start - base);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(in_memory[i].found, i < 2);
        assert_int_equal(in_file[i].found, in_memory[i].found);
        assert_int_equal(in_file[i].value, in_memory[i].value);
        assert_int_equal(in_file[i].size, in_memory[i].size);
    }
    assert_int_equal(in_memory[0].value + bias, (uint64_t)(uintptr_t)dlsym(RTLD_DEFAULT, "gnu_get_libc_version"));
    (void)close(fd);
}

static void the_thread_id_is_where_the_library_says(void **state)
{
    (void)state;
    const uint64_t me = (uint64_t)pthread_self();
    uint32_t tid = 0;
    const uint32_t offset = libc_tid_offset(&images, getpid(), &self.remote, &me, 1);
    assert_true(offset > 0);
    assert_true(remote_u32(&self.remote, me + offset, &tid));
    assert_int_equal(tid, syscall(SYS_gettid));
    /* A library that says nothing: by looking. */
    struct images none = {0};
    const uint32_t found = libc_tid_offset(&none, getpid(), &self.remote, &me, 1);
    assert_true(found > 0);
    assert_true(remote_u32(&self.remote, me + found, &tid));
    assert_int_equal(tid, syscall(SYS_gettid));
}

static void the_rseq_area_says_where_we_run(void **state)
{
    (void)state;
    const struct libc libc = libc_of(&images, getpid(), &self.remote);
    if (!libc.has_rseq)
        skip();
    cpu_set_t one, all;
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &all))
            continue;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
        uint32_t is = UINT32_MAX;
        assert_true(remote_u32(&self.remote, (uint64_t)pthread_self() + (uint64_t)libc.rseq_offset + 4, &is));
        assert_int_equal(is, cpu);
    }
    assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
}

static void names_tell_versions(void **state)
{
    (void)state;
    assert_int_equal(mapped_version("/usr/bin/python3.10"), 0x30a);
    assert_int_equal(mapped_version("/usr/lib/libpython3.9.so.1.0"), 0x309);
    assert_int_equal(mapped_version("/opt/x/libpython3.8d.so (deleted)"), 0x308);
    assert_int_equal(mapped_version("/usr/bin/python3"), 0);
    assert_int_equal(mapped_version("/usr/bin/uwsgi"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_c_library_is_found),
        cmocka_unit_test(memory_and_file_agree),
        cmocka_unit_test(the_thread_id_is_where_the_library_says),
        cmocka_unit_test(the_rseq_area_says_where_we_run),
        cmocka_unit_test(names_tell_versions),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
