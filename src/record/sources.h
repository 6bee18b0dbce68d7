/* sources.h: the source files that code objects name.
 *
 * Owns: finding the file behind a co_filename, deciding whether its text may travel in the recording, reading it, and
 * knowing which texts have been sent. A code object's file name is whatever the program says: compile(x, "any/path",
 * "exec") must not carry a key or a password file into a recording. */
#ifndef RECORD_SOURCES_H
#define RECORD_SOURCES_H

#include "formats/content.h"
#include "src/base/arena.h"
#include "src/base/err.h"
#include "src/base/intern.h"
#include "src/record/image.h"

enum sources_kind { SOURCES_ALL, SOURCES_PROJECT, SOURCES_NONE };

struct sources {
    enum sources_kind kind;
    struct intern sent; /* hashes of texts */
};

/* Fills in all of *file but its id and process; name and path are in the arena. *text is the source if it is to be
 * stored and has not been before, else empty; it is in the scratch arena. Fails only when out of memory. */
MUST_CHECK bool sources_look(struct sources *sources, const struct image *image, struct slice name, struct arena *arena,
                             struct arena *scratch, struct rec_file *file, struct slice *text, struct err *err);
void sources_fini(struct sources *sources);

#endif
