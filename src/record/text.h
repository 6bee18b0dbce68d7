/* text.h: taking small text files apart. Slices borrow from what they are cut from. */
#ifndef RECORD_TEXT_H
#define RECORD_TEXT_H

#include "src/base/slice.h"

/* Takes what comes before the next `end`, or the rest, off *text; false when *text is empty. */
bool text_next(struct slice *text, char end, struct slice *piece);
/* Without blanks, carriage returns and newlines at both ends. */
struct slice text_trim(struct slice s);
/* The value of the first line "key <separator> value", both trimmed; keys are compared without regard to case. */
struct slice text_value(struct slice text, const char *key, char separator);

#endif
