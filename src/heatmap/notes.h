/* notes.h: the notes of a recording, Markdown, as HTML.
 *
 * Whoever made the recording wrote them, so nothing in them may load or run: raw HTML is shown as text, an image is a
 * link to it, and a link that leads to anything but http, https and mailto is its text. */
#ifndef HEATMAP_NOTES_H
#define HEATMAP_NOTES_H

#include "src/base/buf.h"

#define NOTES_MAX (64u << 10) /* bytes that are taken as Markdown; longer ones are shown as they are */

/* Headings begin at <h3>. Failure (out of memory) is out's. */
void notes_html(struct buf *out, struct slice markdown);

#endif
