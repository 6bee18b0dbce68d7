#include "config.h"

#include "src/heatmap/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/interrupt.h"

static bool in_place(const char *path)
{
    struct stat st;
    return strcmp(path, "-") == 0 || (stat(path, &st) == 0 && !S_ISREG(st.st_mode));
}

/* It is at its place, or nowhere: whoever wants to end us may. */
static void is_over(struct output *o)
{
    if (o->temporary != NULL)
        interrupts_release(&o->signals);
    free(o->temporary);
    o->temporary = NULL;
}

bool output_open(struct output *o, const char *path, struct err *err)
{
    *o = (struct output){.path = path};
    if (in_place(path)) {
        o->file = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
        return o->file != NULL || err_system(err, errno, "%s: cannot write it", path);
    }
    if (asprintf(&o->temporary, "%s.%ld.tmp", path, (long)getpid()) < 0) {
        o->temporary = NULL;
        return err_nomem(err);
    }
    interrupts_hold(&o->signals);
    o->file = fopen(o->temporary, "wxe");
    if (o->file != NULL)
        return true;
    (void)err_system(err, errno, "%s: cannot write it", path);
    is_over(o);
    return false;
}

bool output_commit(struct output *o, struct err *err)
{
    bool is_stdout = o->file == stdout;
    bool written = fflush(o->file) == 0 && ferror(o->file) == 0;
    int why = errno;
    if (!is_stdout && fclose(o->file) != 0 && written) {
        written = false;
        why = errno;
    }
    o->file = NULL;
    if (written && o->temporary != NULL && rename(o->temporary, o->path) != 0) {
        written = false;
        why = errno;
    }
    if (written) {
        is_over(o);
        return true;
    }
    output_discard(o);
    return err_system(err, why, "%s: cannot write it", o->path);
}

void output_discard(struct output *o)
{
    if (o->file != NULL && o->file != stdout)
        (void)fclose(o->file);
    o->file = NULL;
    if (o->temporary != NULL)
        (void)unlink(o->temporary);
    is_over(o);
}
