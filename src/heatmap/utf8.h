/* utf8.h: any bytes as text that can be shown.
 *
 * Recordings hold bytes: names that are not UTF-8, and lone surrogates of Python strings in their three-byte form
 * (content.h). Shown, in JSON, HTML and page names alike, such a byte is the four characters \xNN and such a surrogate
 * the six characters \udcNN; NUL is \x00. What people are to read has nothing in it that cannot be seen, or that makes
 * what can be seen look like something else: see utf8_visible. Does not escape anything for JSON or HTML. */
#ifndef HEATMAP_UTF8_H
#define HEATMAP_UTF8_H

#include "src/base/arena.h"
#include "src/base/buf.h"

/* Bytes of the well-formed character at p: 1 to 4; 0 where there is none (n > 0). */
unsigned utf8_char(const uint8_t *p, size_t n);
/* The code point of a well-formed character of n bytes. */
uint32_t utf8_code_point(const uint8_t *p, unsigned n);
/* Bytes from the start of s that are shown as they are. */
size_t utf8_plain(struct slice s);
/* Appends s as text. */
void utf8_show(struct buf *out, struct slice s);
/* Bytes from the start of s that utf8_visible leaves as they are. */
size_t utf8_visible_prefix(struct slice s);
/* Appends s as text that can be seen: as utf8_show, and control characters, the tab apart, as their pictures (U+2400…);
 * characters that change the direction of text, or are invisible, as <U+202E>. */
void utf8_visible(struct buf *out, struct slice s);
/* Bytes from the start of s that hold at most n characters; a byte that belongs to none counts as one. */
size_t utf8_characters(struct slice s, size_t n);
/* The same as one line that cannot drive a terminal: controls and what reorders text (bidi, separators) are '?'. */
void utf8_line(struct buf *out, struct slice s);
/* s itself where it is plain text already, else a copy as text in the arena, p NULL when out of memory. */
struct slice utf8_shown(struct arena *a, struct slice s);

#endif
