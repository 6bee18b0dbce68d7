#include "config.h"

#include "src/record/creds.h"

#include "src/base/arena.h"
#include "src/record/procfs.h"
#include "src/record/text.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_STATUS 65536
#define BIT(capability) (UINT64_C(1) << (capability))
/* What reads any file, whoever it belongs to. */
#define OPENS_FILES (BIT(CAP_DAC_OVERRIDE) | BIT(CAP_DAC_READ_SEARCH))

static uint64_t capabilities(struct slice status, const char *key)
{
    struct slice value = text_value(status, key, ':');
    return value.n == 0 ? 0 : strtoull((const char *)value.p, NULL, 16);
}

/* proc_pid_status(5): the real, effective, saved and file system id. */
static bool file_system_id(struct slice status, const char *key, uint32_t *id)
{
    struct slice value = text_value(status, key, ':');
    return value.n > 0 && sscanf((const char *)value.p, "%*u %*u %*u %u", id) == 1;
}

static void take_groups(struct creds *c, struct slice status)
{
    struct slice rest = text_value(status, "Groups", ':'), group;
    while (c->groups_n < CREDS_MAX_GROUPS && text_next(&rest, ' ', &group)) {
        if (group.n > 0)
            c->groups[c->groups_n++] = (gid_t)strtoul((const char *)group.p, NULL, 10);
    }
}

/* Capabilities count in the user namespace that they are had in. */
static bool shares_user_namespace(pid_t pid)
{
    struct arena arena = {0};
    struct slice ours = procfs_link(getpid(), "ns/user", &arena), its = procfs_link(pid, "ns/user", &arena);
    bool same = slice_eq(ours, its); /* both empty: a kernel without */
    arena_fini(&arena);
    return same;
}

bool creds_of(struct creds *c, pid_t pid)
{
    struct arena arena = {0};
    struct slice status = procfs_text(pid, pid == 0 ? "thread-self/status" : "status", MAX_STATUS, &arena);
    *c = (struct creds){0};
    bool ok = file_system_id(status, "Uid", &c->uid) && file_system_id(status, "Gid", &c->gid);
    if (ok) {
        take_groups(c, status);
        c->inheritable = capabilities(status, "CapInh");
        c->permitted = capabilities(status, "CapPrm");
        c->effective = pid == 0 || shares_user_namespace(pid) ? capabilities(status, "CapEff") : 0;
    }
    arena_fini(&arena);
    return ok;
}

static bool same_groups(const struct creds *a, const struct creds *b)
{
    return a->groups_n == b->groups_n && memcmp(a->groups, b->groups, a->groups_n * sizeof *a->groups) == 0;
}

/* By the system calls themselves: the C library's functions change every thread. */
static bool set_groups(const struct creds *c)
{
    return syscall(SYS_setgroups, (long)c->groups_n, c->groups) == 0;
}

static bool set_ids(const struct creds *c)
{
    (void)setfsgid(c->gid); /* Linux: of this thread, also by the C library */
    (void)setfsuid(c->uid);
    /* They say what was before, and nothing of failure; an invalid id changes nothing. */
    return (gid_t)setfsgid((gid_t)-1) == c->gid && (uid_t)setfsuid((uid_t)-1) == c->uid;
}

static bool set_effective(const struct creds *own, uint64_t effective)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    for (unsigned i = 0; i < 2; i++) {
        data[i] = (struct __user_cap_data_struct){.effective = (uint32_t)(effective >> 32 * i),
                                                  .permitted = (uint32_t)(own->permitted >> 32 * i),
                                                  .inheritable = (uint32_t)(own->inheritable >> 32 * i)};
    }
    return syscall(SYS_capset, &head, data) == 0;
}

/* What it takes to open files as somebody else; leaving undoes just that. */
struct change {
    bool groups, ids;
    uint64_t dropped; /* capabilities */
};

static struct change change_to(const struct creds *as, const struct creds *own)
{
    const bool same_user = as->uid == own->uid;
    /* The files of our own user, read without any privilege, are no secret from us, whatever groups it is in. */
    const bool by_right = !same_user || (own->effective & BIT(CAP_SETGID)) != 0;
    return (struct change){
        .groups = by_right && !same_groups(as, own),
        .ids = !same_user || (by_right && as->gid != own->gid),
        .dropped = own->effective & OPENS_FILES & ~as->effective,
    };
}

static void undo(const struct change *change, const struct creds *own)
{
    const int error = errno;
    /* What cannot be taken back leaves us with fewer rights: then files stay unread. */
    if (change->ids)
        (void)set_ids(own);
    if (change->ids || change->dropped != 0)
        (void)set_effective(own, own->effective);
    if (change->groups)
        (void)set_groups(own);
    errno = error;
}

bool creds_enter(const struct creds *as, const struct creds *own)
{
    const struct change change = change_to(as, own);
    if ((!change.groups || set_groups(as)) && (!change.ids || set_ids(as)) &&
        (change.dropped == 0 || set_effective(own, own->effective & ~change.dropped)))
        return true;
    errno = EACCES;
    undo(&change, own);
    return false;
}

void creds_leave(const struct creds *as, const struct creds *own)
{
    const struct change change = change_to(as, own);
    undo(&change, own);
}

bool creds_privileged(const struct creds *c)
{
    return (c->effective & (OPENS_FILES | BIT(CAP_SETUID) | BIT(CAP_SETGID) | BIT(CAP_SYS_PTRACE))) != 0;
}
