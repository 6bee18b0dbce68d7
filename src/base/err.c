#include "config.h"

#include "src/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Messages quote file names and other people's bytes: keep them on one line and off the terminal's controls. */
static void make_printable(char *s)
{
    for (; *s != '\0'; s++) {
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            *s = '?';
    }
}

PRINTF_LIKE(5, 0)
static void set(struct err *err, enum err_kind kind, int sys, uint64_t offset, const char *fmt, va_list ap)
{
    if (err->kind != ERR_NONE)
        return;
    err->kind = kind;
    err->sys = sys;
    err->offset = offset;
    (void)vsnprintf(err->msg, sizeof err->msg, fmt, ap);
    make_printable(err->msg);
}

bool err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    set(err, kind, 0, 0, fmt, ap);
    va_end(ap);
    return false;
}

bool err_at(struct err *err, enum err_kind kind, uint64_t offset, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    set(err, kind, 0, offset, fmt, ap);
    va_end(ap);
    return false;
}

bool err_system(struct err *err, int sys, const char *fmt, ...)
{
    if (err->kind != ERR_NONE)
        return false;
    va_list ap;
    va_start(ap, fmt);
    set(err, ERR_SYSTEM, sys, 0, fmt, ap);
    va_end(ap);
    size_t used = strlen(err->msg);
    (void)snprintf(err->msg + used, sizeof err->msg - used, ": %s", strerror(sys));
    return false;
}

bool err_prefix(struct err *err, const char *fmt, ...)
{
    char text[sizeof err->msg];
    char old[sizeof err->msg];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    make_printable(text);
    memcpy(old, err->msg, sizeof old);
    size_t used = (size_t)snprintf(err->msg, sizeof err->msg, "%s: ", text);
    if (used < sizeof err->msg)
        (void)snprintf(err->msg + used, sizeof err->msg - used, "%s", old);
    return false;
}

void err_clear(struct err *err)
{
    memset(err, 0, sizeof *err);
}
