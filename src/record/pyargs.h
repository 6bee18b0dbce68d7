/* pyargs.h: what a Python command line asks for. */
#ifndef RECORD_PYARGS_H
#define RECORD_PYARGS_H

#include "src/base/slice.h"

enum pyargs_mode {
    PYARGS_STDIN, /* no script: interactive, or a program on standard input */
    PYARGS_SCRIPT,
    PYARGS_MODULE,
    PYARGS_COMMAND,
};

struct pyargs {
    enum pyargs_mode mode;
    struct slice subject; /* the script, module or command; borrowed from the arguments */
    bool ignore_env;      /* -E, -I: PYTHON* variables do not count */
    bool no_user_site;    /* -s, -I */
    bool no_site;         /* -S */
    bool safe_path;       /* -P, -I: the script's directory is not on sys.path */
};

/* args[0] is the program. */
void pyargs_parse(struct pyargs *out, const struct slice *args, size_t n);

#endif
