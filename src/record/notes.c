#include "config.h"

#include "src/record/notes.h"

#include "formats/pyrec.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static bool read_note(const char *name, struct arena *arena, struct slice *note, struct err *err)
{
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_system(err, errno, "--note-file %s", name);
    uint8_t *p = arena_alloc(arena, PYREC_MAX_NOTE + 1);
    size_t n = 0;
    ssize_t got = 0;
    while (p != NULL && n <= PYREC_MAX_NOTE && (got = read(fd, p + n, PYREC_MAX_NOTE + 1 - n)) > 0)
        n += (size_t)got;
    int error = errno;
    close(fd);
    *note = slice_of(p, n);
    if (p == NULL)
        return err_nomem(err);
    return got >= 0 || err_system(err, error, "--note-file %s", name);
}

bool notes_load(const struct options *o, struct arena *arena, struct slice **notes, struct err *err)
{
    *notes = arena_calloc(arena, o->notes_n, sizeof **notes);
    if (*notes == NULL)
        return err_nomem(err);
    for (size_t i = 0; i < o->notes_n; i++) {
        const struct options_note *note = &o->notes[i];
        struct slice *text = &(*notes)[i];
        *text = slice_str(note->text);
        if (note->is_file && !read_note(note->text, arena, text, err))
            return false;
        if (text->n > PYREC_MAX_NOTE)
            return err_set(err, ERR_USAGE, "%s: a note is at most %u bytes", note->is_file ? note->text : "--note",
                           PYREC_MAX_NOTE);
    }
    return true;
}
