/* faults.h: the nth allocation, write, open, mkdir, rename, read, close of the code under test fails.
 *
 * The linker puts the functions of faults.c between that code and the C library ($(fault_ldflags): -Wl,--wrap); what
 * the libraries do among themselves does not fail. Counted over all threads. */
#ifndef TESTS_FAULTS_H
#define TESTS_FAULTS_H

#include <stdbool.h>

enum fault {
    FAULT_NONE,
    FAULT_ALLOCATION,
    FAULT_WRITE,
    FAULT_OPEN,
    FAULT_MKDIR,
    FAULT_RENAME,
    FAULT_READ, /* of files, and of other processes' memory */
    FAULT_CLOSE /* what was to be closed is */,
    FAULTS,
};

/* From now on the call after the next `n` of that kind fails, once. */
void faults_arm(enum fault fault, unsigned long n);
/* Nothing fails any more. Whether something did. */
bool faults_disarm(void);
/* "allocation" and so on; and the errno that such a call fails with. */
const char *faults_name(enum fault fault);
int faults_errno(enum fault fault);

#endif
