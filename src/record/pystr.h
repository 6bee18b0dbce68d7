/* pystr.h: a Python str from the target's memory, as UTF-8.
 *
 * Lone surrogates become their three-byte form (formats/content.h). */
#ifndef RECORD_PYSTR_H
#define RECORD_PYSTR_H

#include "src/record/pyabi.h"

/* At most max bytes go to out; a longer text is cut between characters. False when it is not a readable str. */
bool pystr_read(const struct pyabi *abi, const struct remote *remote, uint64_t address, uint8_t *out, uint32_t max,
                uint32_t *n);
/* Where its text is: `bytes` of them at `data`, which lies behind the object's head or, for a str that C code made in
 * an old way, elsewhere. */
bool pystr_find(const struct pyabi *abi, const struct remote *remote, uint64_t address, uint64_t *data, uint64_t *bytes,
                uint32_t *kind);

#endif
