#include "config.h"

#include "src/record/host.h"

#include "src/record/procfs.h"
#include "src/record/text.h"

#include <gnu/libc-version.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

static struct slice copy(struct arena *arena, const char *text)
{
    return arena_copy(arena, slice_str(text));
}

static struct slice cpu_model(struct arena *arena)
{
    static const char *const keys[] = {"model name", "Model", "cpu model",
                                       "CPU part"}; /* x86, Raspberry Pi, MIPS, arm */
    struct slice text = procfs_text(0, "cpuinfo", 65536, arena), model = {NULL, 0};
    for (size_t i = 0; model.n == 0 && i < sizeof keys / sizeof *keys; i++)
        model = text_value(text, keys[i], ':');
    return model;
}

/* By the marks that container programs leave. */
static struct slice container(struct arena *arena)
{
    static const char *const words[] = {"docker", "kubepods", "libpod", "lxc", "containerd"};
    const char *variable = getenv("container"); /* systemd-nspawn, podman, flatpak */
    if (access("/.dockerenv", F_OK) == 0)
        return copy(arena, "docker");
    if (access("/run/.containerenv", F_OK) == 0)
        return copy(arena, "podman");
    if (variable != NULL)
        return copy(arena, variable);
    struct slice groups = procfs_text(1, "cgroup", 65536, arena);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (groups.n > 0 && memmem(groups.p, groups.n, words[i], strlen(words[i])) != NULL)
            return copy(arena, words[i]);
    }
    return (struct slice){NULL, 0};
}

void host_facts(struct rec_host *host, struct arena *arena)
{
    struct utsname names;
    char text[256];
    *host = (struct rec_host){.cpu_model = cpu_model(arena), .container = container(arena)};
    if (uname(&names) == 0) {
        (void)snprintf(text, sizeof text, "%s %s", names.sysname, names.release);
        host->kernel = copy(arena, text);
        host->machine = copy(arena, names.machine);
    }
    (void)snprintf(text, sizeof text, "glibc %s", gnu_get_libc_version());
    host->libc = copy(arena, text);
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    host->cpus = cpus > 0 ? (uint32_t)cpus : 0;
}
