/* The floor under every recorder that looks from the target's own CPU: wakes there and reads nothing.
 *
 *     wake [-m MODE] [-n RANGES -b BYTES] RATE COMMAND [ARG…]
 *
 * Runs the command, and wakes RATE times a second on the CPU that its running thread is on, at random moments, one a
 * period. The modes: nanosleep, as pyrecord does; timerfd; relay, where the timer is another thread's, on another CPU,
 * which wakes this one by a futex; elsewhere, on any other CPU, which costs the target its caches at most.
 *
 * With -n it also copies so many ranges of the command's heap at each tick, each of so many bytes and on a page of its
 * own, in one process_vm_readv: what reading alone costs. */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SECOND UINT64_C(1000000000)
#define FOLLOW_NS 10000000 /* between two looks at where the target runs */
#define PAGE 4096
#define MOST_RANGES 64

enum mode { NANOSLEEP, TIMERFD, RELAY, ELSEWHERE };
static const char *const modes[] = {"nanosleep", "timerfd", "relay", "elsewhere"};

struct wake {
    enum mode mode;
    uint64_t period, start, random;
    pid_t pid;
    int pidfd, timer, stat;
    int cpu;
    cpu_set_t allowed;
    unsigned ranges;        /* to copy at each tick */
    size_t bytes;           /* of each */
    uint64_t heap;          /* of the command: an address; 0: not known yet */
    _Atomic uint32_t ticks; /* of the relay: a futex */
    _Atomic bool ended;
};

static uint64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

static uint64_t random_below(struct wake *w, uint64_t n)
{
    w->random ^= w->random >> 12; /* xorshift64* */
    w->random ^= w->random << 25;
    w->random ^= w->random >> 27;
    return (uint64_t)((unsigned __int128)(w->random * 0x2545f4914f6cdd1du) * n >> 64);
}

/* As the sampler does (src/record/sampler.c). */
static void prepare(void)
{
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime_ns, deadline_ns, period_ns;
    } attributes = {.size = sizeof attributes, .policy = SCHED_OTHER, .runtime_ns = 100000};
    (void)prctl(PR_SET_TIMERSLACK, 1);
    (void)syscall(SYS_sched_setattr, 0, &attributes, 0);
}

static void run_on(struct wake *w, int cpu)
{
    cpu_set_t set_ = w->allowed;
    if (cpu == w->cpu || cpu < 0 || cpu >= CPU_SETSIZE)
        return;
    if (w->mode == ELSEWHERE) {
        CPU_CLR((size_t)cpu, &set_);
    } else {
        CPU_ZERO(&set_);
        CPU_SET((size_t)cpu, &set_);
    }
    if (CPU_COUNT(&set_) > 0 && sched_setaffinity(0, sizeof set_, &set_) == 0)
        w->cpu = cpu;
}

/* Reads stat of the thread that is followed: whether it runs, and where. */
static bool running_on(const struct wake *w, int *cpu)
{
    char line[1024], *p;
    ssize_t n = w->stat < 0 ? -1 : pread(w->stat, line, sizeof line - 1, 0);
    if (n <= 0)
        return false;
    line[n] = '\0';
    p = strrchr(line, ')');
    if (p == NULL || p[1] == '\0')
        return false;
    bool running = p[2] == 'R';
    for (unsigned field = 2; p != NULL && field < 39; field++) /* proc_pid_stat(5): the processor */
        p = strchr(p + 1, ' ');
    *cpu = p == NULL ? -1 : atoi(p + 1);
    return running;
}

/* Looks for a thread that runs. */
static void follow_another(struct wake *w)
{
    char path[300];
    int cpu;
    (void)snprintf(path, sizeof path, "/proc/%d/task", (int)w->pid);
    DIR *tasks = opendir(path);
    const struct dirent *entry;
    while (tasks != NULL && (entry = readdir(tasks)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        if (w->stat >= 0)
            close(w->stat);
        (void)snprintf(path, sizeof path, "/proc/%d/task/%s/stat", (int)w->pid, entry->d_name);
        w->stat = open(path, O_RDONLY | O_CLOEXEC);
        if (running_on(w, &cpu)) {
            run_on(w, cpu);
            break;
        }
    }
    if (tasks != NULL)
        closedir(tasks);
}

static void follow(struct wake *w)
{
    int cpu;
    if (running_on(w, &cpu))
        run_on(w, cpu);
    else
        follow_another(w);
}

static void sleep_until(struct wake *w, uint64_t ns)
{
    struct timespec t = {(time_t)(ns / SECOND), (long)(ns % SECOND)};
    uint64_t expired;
    if (w->mode == TIMERFD) {
        struct itimerspec when = {.it_value = t};
        (void)timerfd_settime(w->timer, TFD_TIMER_ABSTIME, &when, NULL);
        (void)!read(w->timer, &expired, sizeof expired);
    } else {
        (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
    }
}

/* Calls f at every tick until the command has ended. */
static void every_tick(struct wake *w, void (*f)(struct wake *w, uint64_t tick))
{
    struct pollfd p = {.fd = w->pidfd, .events = POLLIN};
    uint64_t stratum = 0;
    while ((stratum & 7) != 0 || poll(&p, 1, 0) == 0) {
        sleep_until(w, w->start + stratum * w->period + random_below(w, w->period));
        const uint64_t reached = (now_ns() - w->start) / w->period;
        f(w, stratum);
        stratum = reached > stratum ? reached + 1 : stratum + 1;
    }
}

static void find_heap(struct wake *w)
{
    char path[64], line[512];
    (void)snprintf(path, sizeof path, "/proc/%d/maps", (int)w->pid);
    FILE *maps = fopen(path, "re");
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        if (strstr(line, "[heap]") != NULL)
            w->heap = strtoull(line, NULL, 16);
    }
    if (maps != NULL)
        (void)fclose(maps);
}

static void copy(const struct wake *w)
{
    static char copies[MOST_RANGES][PAGE];
    struct iovec local[MOST_RANGES], far[MOST_RANGES];
    for (unsigned i = 0; i < w->ranges; i++) {
        local[i] = (struct iovec){copies[i], w->bytes};
        far[i] = (struct iovec){(void *)(uintptr_t)(w->heap + (uint64_t)(i + 1) * PAGE), w->bytes};
    }
    (void)process_vm_readv(w->pid, local, w->ranges, far, w->ranges, 0);
}

static void tick_here(struct wake *w, uint64_t tick)
{
    const uint64_t n = FOLLOW_NS / w->period;
    if (n == 0 || tick % n == 0) {
        follow(w);
        if (w->ranges > 0 && w->heap == 0 && tick > n) /* the command is there by now */
            find_heap(w);
    }
    if (w->ranges > 0 && w->heap != 0)
        copy(w);
}

static void tick_relay(struct wake *w, uint64_t tick)
{
    (void)tick;
    atomic_fetch_add(&w->ticks, 1);
    (void)syscall(SYS_futex, &w->ticks, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* The timer of a relay: on any CPU but the target's. */
static void *relay(void *self)
{
    struct wake *w = self;
    prepare();
    for (size_t cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&w->allowed) > 1; cpu++) {
        if (CPU_ISSET(cpu, &w->allowed)) { /* the bench has the command run there */
            cpu_set_t set_ = w->allowed;
            CPU_CLR(cpu, &set_);
            (void)sched_setaffinity(0, sizeof set_, &set_);
            break;
        }
    }
    every_tick(w, tick_relay);
    atomic_store(&w->ended, true);
    tick_relay(w, 0);
    return NULL;
}

static void be_relayed(struct wake *w)
{
    pthread_t thread;
    uint32_t seen = 0;
    if (pthread_create(&thread, NULL, relay, w) != 0)
        return;
    while (!atomic_load(&w->ended)) {
        (void)syscall(SYS_futex, &w->ticks, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
        seen = atomic_load(&w->ticks);
        tick_here(w, seen);
    }
    (void)pthread_join(thread, NULL);
}

static int usage(void)
{
    (void)fputs("usage: wake [-m nanosleep|timerfd|relay|elsewhere] [-n RANGES -b BYTES] RATE COMMAND [ARG…]\n",
                stderr);
    return 2;
}

int main(int argc, char **argv)
{
    struct wake w = {.timer = -1, .stat = -1, .cpu = -1};
    siginfo_t info;
    int option;
    while ((option = getopt(argc, argv, "+m:n:b:")) != -1) {
        bool known = option == 'n' || option == 'b';
        const long number = known ? strtol(optarg, NULL, 10) : 0;
        if (option == 'n')
            w.ranges = number > 0 && number <= MOST_RANGES ? (unsigned)number : 0;
        if (option == 'b')
            w.bytes = number > 0 && number <= PAGE ? (size_t)number : 0;
        for (unsigned i = 0; option == 'm' && i < sizeof modes / sizeof *modes; i++) {
            if (strcmp(optarg, modes[i]) == 0) {
                w.mode = (enum mode)i;
                known = true;
            }
        }
        if (!known)
            return usage();
    }
    const double rate = optind + 1 < argc ? atof(argv[optind]) : 0;
    if (rate < 1)
        return usage();
    w.period = (uint64_t)(1e9 / rate);
    w.random = now_ns() | 1;
    (void)sched_getaffinity(0, sizeof w.allowed, &w.allowed);
    w.pid = fork();
    if (w.pid == 0) {
        (void)execvp(argv[optind + 1], argv + optind + 1);
        _exit(127);
    }
    w.pidfd = (int)syscall(SYS_pidfd_open, w.pid, 0);
    w.timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    if (w.pid < 0 || w.pidfd < 0 || w.timer < 0)
        return 125;
    w.start = now_ns();
    prepare();
    if (w.mode == RELAY)
        be_relayed(&w);
    else
        every_tick(&w, tick_here);
    /* Not reaped, so that what the command used is not counted as ours. */
    (void)waitid(P_PID, (id_t)w.pid, &info, WEXITED | WNOWAIT);
    return info.si_code == CLD_EXITED ? info.si_status : 125;
}
