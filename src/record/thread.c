#include "config.h"

#include "src/record/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_proc(pid_t pid, uint64_t tid, const char *what)
{
    char path[96];
    (void)snprintf(path, sizeof path, "/proc/%d/task/%llu/%s", (int)pid, (unsigned long long)tid, what);
    return open(path, O_RDONLY | O_CLOEXEC);
}

void thread_open(struct thread *t, pid_t pid)
{
    t->stat_fd = open_proc(pid, t->tid, "stat");
    t->ended = t->stat_fd < 0 && errno == ENOENT;
    t->schedstat_fd = open_proc(pid, t->tid, "schedstat");
    t->syscall_fd = open_proc(pid, t->tid, "syscall");
    t->sched_fd = open_proc(pid, t->tid, "sched");
}

void thread_close(struct thread *t)
{
    int *fds[] = {&t->stat_fd, &t->schedstat_fd, &t->syscall_fd, &t->sched_fd};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
        if (*fds[i] >= 0)
            (void)close(*fds[i]);
        *fds[i] = -1;
    }
}

void thread_flush(struct thread *t, struct thread_sink *sink)
{
    if (!t->has_row)
        return;
    t->has_row = false;
    const uint64_t weight = (uint64_t)t->weight * (1 + t->repeat);
    struct event thread = {.kind = EVENT_THREAD, .u.thread = {t->id, t->tid}};
    struct event sample = {.kind = EVENT_SAMPLE,
                           .u.sample = {.time = t->time,
                                        .thread = t->id,
                                        .weight = t->weight,
                                        .node = t->node,
                                        .repeat = t->repeat,
                                        .span = (uint32_t)(t->last_time - t->time),
                                        .state = t->state,
                                        .quality = t->quality}};
    if (!t->announced)
        t->announced = events_push(sink->events, &thread);
    if (t->announced && events_push(sink->events, &sample)) {
        sink->samples += weight;
        sink->repeated += (uint64_t)t->weight * t->repeat;
    } else {
        sink->dropped += weight;
        sink->dropped_rows++;
    }
}

void thread_carry(struct thread *t, uint64_t tick, uint64_t time, struct thread_sink *sink)
{
    if (!t->has_row || tick <= t->accounted)
        return;
    const uint32_t ticks = (uint32_t)(tick - t->accounted);
    if (t->weight == 1) {
        t->repeat += ticks;
    } else { /* a repeat would weigh as much as the look */
        thread_flush(t, sink);
        t->has_row = true;
        t->time = t->last_time;
        t->weight = 1;
        t->repeat = ticks - 1;
    }
    t->last_time = time > t->time ? time : t->time;
    t->accounted = tick;
}

void thread_look(struct thread *t, uint64_t tick, uint32_t missed, uint64_t time, uint64_t time_before, uint32_t node,
                 uint8_t state, uint8_t quality, struct thread_sink *sink)
{
    if (tick <= t->accounted)
        return; /* seen at this tick already */
    thread_carry(t, tick - 1 - missed, time_before, sink);
    thread_flush(t, sink);
    t->has_row = true;
    t->weight = (uint32_t)(tick - t->accounted);
    t->accounted = tick;
    t->time = t->last_time = time;
    t->node = node;
    t->repeat = 0;
    t->state = state;
    t->quality = quality;
}

static bool read_line(int fd, char *line, size_t size)
{
    ssize_t n = fd < 0 ? -1 : pread(fd, line, size - 1, 0);
    if (n <= 0)
        return false;
    line[n] = '\0';
    return true;
}

bool thread_has_ended(const struct thread *t)
{
    char byte;
    if (t->stat_fd >= 0 && pread(t->stat_fd, &byte, 1, 0) < 0)
        return errno == ESRCH;
    const char state = thread_kernel_state(t, NULL);
    return state == 'Z' || state == 'X';
}

char thread_kernel_state(const struct thread *t, int *cpu)
{
    char line[1024];
    if (!read_line(t->stat_fd, line, sizeof line))
        return 0;
    char *p = strrchr(line, ')'); /* the name may hold anything */
    if (p == NULL || p[1] != ' ')
        return 0;
    char state = p[2];
    if (cpu != NULL) {
        *cpu = -1;
        for (unsigned field = 2; p != NULL && field < 39; field++) /* proc_pid_stat(5): field 39 is the processor */
            p = strchr(p + 1, ' ');
        if (p != NULL)
            *cpu = atoi(p + 1);
    }
    return state;
}

uint64_t thread_runs(const struct thread *t)
{
    char line[96];
    unsigned long long runs;
    if (!read_line(t->schedstat_fd, line, sizeof line) || sscanf(line, "%*u %*u %llu", &runs) != 1)
        return UINT64_MAX;
    return runs;
}

uint64_t thread_last_ran(int sched_fd)
{
    char text[512];
    unsigned long long ms, ns;
    if (!read_line(sched_fd, text, sizeof text))
        return 0;
    const char *p = strstr(text, "se.exec_start");
    return p != NULL && sscanf(p, "se.exec_start : %llu.%llu", &ms, &ns) == 2 ? ms * 1000000u + ns : 0;
}

bool thread_waits_at(const struct thread *t, uint64_t from, uint64_t until)
{
    char line[256];
    long call;
    unsigned long long address;
    return read_line(t->syscall_fd, line, sizeof line) && sscanf(line, "%ld %llx", &call, &address) == 2 &&
           call == SYS_futex && address >= from && address < until;
}
