/* Runs a command under a seccomp filter that lets named system calls fail, as containers have them.
 *
 *     deny CALL[,CALL…] ERRNO COMMAND [ARG…]      ERRNO: EPERM or ENOSYS
 */
#include "config.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
    const char *name;
    uint32_t number;
} calls[] = {
    {"process_vm_readv", SYS_process_vm_readv},
    {"openat2", SYS_openat2},
    {"sched_setaffinity", SYS_sched_setaffinity},
    {"sched_setattr", SYS_sched_setattr},
    {"setgroups", SYS_setgroups},
};

static int find(const char *name)
{
    for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (strcmp(calls[i].name, name) == 0)
            return (int)calls[i].number;
    }
    return -1;
}

static int deny(int number, uint32_t error)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    const uint32_t error = strcmp(argv[2], "ENOSYS") == 0 ? ENOSYS : EPERM;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return 77;
    for (char *name = strtok(argv[1], ","); name != NULL; name = strtok(NULL, ",")) {
        int number = find(name);
        if (number < 0)
            return 2;
        if (deny(number, error) != 0) /* a kernel without */
            return 77;
    }
    (void)execvp(argv[3], argv + 3);
    perror(argv[3]);
    return 127;
}
