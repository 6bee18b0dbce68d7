/* render.h: the pages of the site, from the model, each into a buffer. */
#ifndef HEATMAP_RENDER_H
#define HEATMAP_RENDER_H

#include "src/base/buf.h"
#include "src/heatmap/model.h"

/* How a page shows itself to the converter and to people. */
#define RENDER_GENERATOR "<meta name=generator content=pyheatmap>"

/* index.html. Failure (out of memory) is out's. */
void render_front(const struct model *m, struct buf *out);
/* The page of one file. */
void render_file(const struct model *m, uint32_t file, struct buf *out);

/* What both share. `up` leads from the page to the site's top: "", "../". */
void render_head(struct buf *out, struct slice title, const char *up, const char *page);
void render_foot(struct buf *out);
/* "standard library": for people; "stdlib": a class. */
const char *render_type(enum module_type type);
const char *render_type_class(enum module_type type);
/* href of a line, from a page at `up`; unquoted it needs no quotes. */
void render_href(const struct model *m, struct buf *out, const char *up, uint32_t file, uint32_t line);
/* The line's text without its ending and without the white space in front; empty where there is none. */
struct slice render_line_text(const struct model_file *f, uint32_t line);

#endif
