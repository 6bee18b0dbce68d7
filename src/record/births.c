#include "config.h"

#include "src/record/births.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "src/record/kin.h"

#define EVERY_NS UINT64_C(2000000)

bool births_init(struct births *b, bool wanted, struct err *err)
{
    *b = (struct births){.fd = -1, .known = -1};
    b->news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (b->news < 0)
        return err_system(err, errno, "eventfd");
    if (wanted)
        b->fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
    return true;
}

void births_fini(struct births *b)
{
    if (b->fd >= 0)
        (void)close(b->fd);
    if (b->news >= 0)
        (void)close(b->news);
    b->fd = b->news = -1;
}

long births_last(struct births *b)
{
    const long last = kin_last_born(b->fd);
    atomic_store(&b->known, last);
    return last;
}

void births_glance(struct births *b, uint64_t now_ns)
{
    uint64_t next = atomic_load_explicit(&b->next_ns, memory_order_relaxed);
    if (b->fd < 0 || now_ns < next || !atomic_compare_exchange_strong(&b->next_ns, &next, now_ns + EVERY_NS))
        return;
    if (kin_last_born(b->fd) != atomic_load(&b->known))
        (void)!write(b->news, &(uint64_t){1}, 8);
}

void births_wait(struct births *b, int ms)
{
    uint64_t n;
    if (poll(&(struct pollfd){.fd = b->news, .events = POLLIN}, 1, ms) > 0)
        (void)!read(b->news, &n, sizeof n);
}
