/* err.h: what went wrong, once.
 *
 * Owns: the error kinds and one error's text. Does not print and does not exit: only a main does.
 * Functions that can fail return bool, take a `struct err *` last, and are marked MUST_CHECK. The first error wins:
 * setting an error that is already set changes nothing; callers may put context before it with err_prefix. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

enum err_kind {
    ERR_NONE = 0,
    ERR_USAGE,           /* the command line */
    ERR_SYSTEM,          /* a system call or the allocator; err.sys is the errno */
    ERR_NOT_THIS_FORMAT, /* another reader may know it */
    ERR_UNSUPPORTED,     /* made by a newer version, or a feature that this build lacks */
    ERR_CORRUPT,         /* breaks its own rules */
    ERR_TRUNCATED,       /* ends too early */
    ERR_LIMIT,           /* over a documented limit */
};

struct err {
    enum err_kind kind;
    int sys;         /* errno of ERR_SYSTEM, else 0 */
    uint64_t offset; /* byte position in the input, where there is one, else 0 */
    char msg[512];   /* one line, without a newline; control characters replaced by '?' */
};

/* These return false always, so that a function can `return err_set(…)`. */
bool err_set(struct err *err, enum err_kind kind, const char *fmt, ...) PRINTF_LIKE(3, 4);
bool err_at(struct err *err, enum err_kind kind, uint64_t offset, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* Appends ": " and strerror(sys). */
bool err_system(struct err *err, int sys, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Seen through by the tools that follow what is NULL. */
static inline bool err_nomem(struct err *err)
{
    (void)err_system(err, ENOMEM, "memory");
    return false;
}
/* Puts "<text>: " before the message of an error that is set. Returns false. */
bool err_prefix(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
void err_clear(struct err *err);

#endif
