/* render.h: the pages of the site, from the model, each into a buffer. */
#ifndef HEATMAP_RENDER_H
#define HEATMAP_RENDER_H

#include "src/base/buf.h"
#include "src/heatmap/model.h"

/* How a page shows itself to the converter and to people. */
#define RENDER_GENERATOR "<meta name=generator content=pyheatmap>"

/* Where what is rendered will be: a page of the site, or a section of a report (report.h), in which links are fragments
 * and every id begins with its page's. All links and ids go through the functions that take this. */
struct render_place {
    const char *up;                     /* from a page to the site's top: "", "../" */
    struct slice folder;                /* of the page: empty, "src/"; links within it are short */
    const struct render_report *report; /* NULL: a site */
    char ids[16];                       /* what the page's ids begin with: nothing in a site */
};

/* Levels of detail of a page: without how sure numbers are, words in tooltips, calls beyond the tenth of a list; and
 * without parts of lines too, and with one call of a list. */
#define RENDER_LESS 3u
#define RENDER_BAREST 5u

struct render_report {
    const bool *pages;  /* by file: whether its page is there. What leads to others is no link */
    unsigned detail;    /* the fullest level that pages have; 0: all that there is room for */
    bool no_cold_lines; /* lines that a page folds away are only counted */
};

/* index.html; in a report a section. Failure (out of memory) is out's. */
void render_front(const struct model *m, const struct render_report *report, struct buf *out);
/* The page of one file; likewise. */
void render_file(const struct model *m, uint32_t file, const struct render_report *report, struct buf *out);

/* What both share. page is the kind of page, a class. */
void render_head(const struct render_place *at, struct buf *out, struct slice title, const char *page);
void render_main(const struct render_place *at, struct buf *out);
void render_foot(const struct render_place *at, struct buf *out);
/* "standard library": for people; "stdlib": a class. */
const char *render_type(enum module_type type);
const char *render_type_class(enum module_type type);
/* The opening tag of a link: to a line of a file, or with line 0 to its page; and to the front page, or a part of it.
 */
void render_link(const struct render_place *at, const struct model *m, struct buf *out, uint32_t file, uint32_t line);
void render_front_link(const struct render_place *at, struct buf *out, const char *part);
/* The line's text without its ending and without the white space in front; empty where there is none. */
struct slice render_line_text(const struct model_file *f, uint32_t line);

#endif
