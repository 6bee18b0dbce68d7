/* html.h: pieces of HTML.
 *
 * The one escape, and how numbers look. Appends to a buffer, whose failure is sticky. Everything that comes from a
 * recording goes through html_text or html_attribute: names, paths and source lines are hostile input. */
#ifndef HEATMAP_HTML_H
#define HEATMAP_HTML_H

#include "src/base/buf.h"

/* s as text that can be seen (utf8_visible), safe between tags, and only there. */
void html_text(struct buf *out, struct slice s);
/* The same, safe inside a quoted attribute. */
void html_attribute(struct buf *out, struct slice s);
/* One character of UTF-8 as it is, or, where it could not be seen or turns the direction of text, as the text "U+202E".
 * No escape. */
void html_visible(struct buf *out, struct slice character);
static inline void html_str(struct buf *out, const char *s)
{
    html_text(out, slice_str(s));
}

/* As html_text, at most so many characters, with an ellipsis where some are missing: a name can be 64 KiB long. */
void html_cut(struct buf *out, struct slice s, size_t characters);

/* A line of source, as html_text; of one of more than HTML_LINE_MAX characters the first ones, and what is missing. */
#define HTML_LINE_MAX 2000
void html_line(struct buf *out, struct slice s);

/* 12345678 as 12,345,678. */
void html_count(struct buf *out, uint64_t n);
/* "1 file", "2 files". */
void html_count_of(struct buf *out, uint64_t n, const char *one, const char *many);
/* part of whole in percent: two significant digits below 1, one decimal above; padded with figure spaces so that a
 * column of them is aligned on the point; nothing for 0. */
void html_percent(struct buf *out, uint64_t part, uint64_t whole);
/* The same inside a sentence: not padded, "0" for 0. */
void html_percent_word(struct buf *out, uint64_t part, uint64_t whole);
/* The same of a share between 0 and 1. */
void html_share(struct buf *out, double share);
/* "34 samples, 57 %", where 57 is the share of `whole`; for 0 of that only "34 samples". */
void html_samples(struct buf *out, uint64_t samples, uint64_t whole);
/* What html_samples writes behind the number. */
void html_samples_words(struct buf *out, uint64_t samples, uint64_t whole);
/* "18.7 s", "350 ms", "2 h 5 min". */
void html_seconds(struct buf *out, double seconds);

#endif
