#include "config.h"

#include "src/record/libc.h"

#include "src/record/kin.h"

/* struct pthread is about 2.3 KB in glibc; the id lies in its first half, and in musl's at its beginning. */
enum { SEARCHED = 1024, SEARCHED_THREADS = 16 };

/* On x86-64 pthread_self is the thread pointer. On aarch64 the thread pointer lies behind struct pthread, whose size
 * libthread_db needs as well. */
static bool thread_pointer(const struct images *images, pid_t pid, const struct remote *remote, uint32_t *offset)
{
    *offset = 0;
#ifdef __aarch64__
    const struct mapped *files[] = {&images->libc, &images->libpthread};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct elf_symbol size = {.name = "_thread_db_sizeof_pthread"};
        if (mapped_symbols(files[i], pid, remote, &size, 1) && size.found && remote_u32(remote, size.value, offset))
            return true;
    }
    return false;
#else
    (void)images;
    (void)pid;
    (void)remote;
    return true;
#endif
}

struct libc libc_of(const struct images *images, pid_t pid, const struct remote *remote)
{
    struct elf_symbol symbols[] = {{.name = "__rseq_offset"}, {.name = "__rseq_size"}};
    uint64_t offset;
    uint32_t size, pointer;
    if (!mapped_symbols(&images->loader, pid, remote, symbols, 2) || !symbols[0].found || !symbols[1].found ||
        !remote_u64(remote, symbols[0].value, &offset) || !remote_u32(remote, symbols[1].value, &size) || size == 0 ||
        !thread_pointer(images, pid, remote, &pointer))
        return (struct libc){0};
    return (struct libc){.has_rseq = true, .rseq_offset = (int64_t)(offset + pointer)};
}

/* The one place at which every thread has a thread id of its own. */
static uint32_t search(pid_t pid, const struct remote *remote, const uint64_t *threads, uint32_t n)
{
    static _Thread_local uint32_t copies[SEARCHED_THREADS][SEARCHED / 4];
    const bool apart = kin_is_apart(pid);
    n = n < SEARCHED_THREADS ? n : SEARCHED_THREADS;
    for (uint32_t i = 0; i < n; i++) {
        if (!remote_read(remote, threads[i], copies[i], SEARCHED))
            return 0;
    }
    for (uint32_t k = 0; n > 0 && k < SEARCHED / 4; k++) {
        bool all = true;
        for (uint32_t i = 0; all && i < n; i++) {
            all = copies[i][k] != 0 && kin_thread(pid, copies[i][k], apart) != 0;
            for (uint32_t j = 0; all && j < i; j++)
                all = copies[j][k] != copies[i][k];
        }
        if (all)
            return k * 4;
    }
    return 0;
}

uint32_t libc_tid_offset(const struct images *images, pid_t pid, const struct remote *remote, const uint64_t *threads,
                         uint32_t n)
{
    const struct mapped *files[] = {&images->libc, &images->libpthread};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        /* nptl_db's descriptor of a field: its size in bits, the number of elements, its offset in bytes */
        struct elf_symbol symbol = {.name = "_thread_db_pthread_tid"};
        uint32_t field[3];
        if (mapped_symbols(files[i], pid, remote, &symbol, 1) && symbol.found &&
            remote_read(remote, symbol.value, field, sizeof field) && field[0] == 32 && field[2] < 4096)
            return field[2];
    }
    return search(pid, remote, threads, n);
}
