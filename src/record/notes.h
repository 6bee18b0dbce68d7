/* notes.h: the notes that go into a recording. */
#ifndef RECORD_NOTES_H
#define RECORD_NOTES_H

#include "src/base/arena.h"
#include "src/base/err.h"
#include "src/record/options.h"

/* The text of every note of the options, in their order: o->notes_n slices, in the arena. */
MUST_CHECK bool notes_load(const struct options *o, struct arena *arena, struct slice **notes, struct err *err);

#endif
