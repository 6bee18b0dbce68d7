#include "config.h"

#include "src/heatmap/render.h"

#include "src/heatmap/html.h"

enum { TITLE_MAX = 200 /* characters */ };

void render_head(const struct render_place *at, struct buf *out, struct slice title, const char *page)
{
    const char *up = at->up;
    if (at->report != NULL) {
        buf_printf(out, "<section class=%s id=%s>\n", page, at->ids);
        return;
    }
    buf_str(out, "<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n" RENDER_GENERATOR
                 "\n<meta name=viewport content=\"width=device-width, initial-scale=1\">\n"
                 "<meta name=color-scheme content=\"light dark\">\n<title>");
    html_cut(out, title, TITLE_MAX);
    buf_printf(
        out,
        " · pyheatmap</title>\n<link rel=icon href=\"%sheatmap.svg\">\n<link rel=stylesheet href=\"%sheatmap.css\">\n"
        "<script src=\"%sheatmap.js\"></script>\n</head>\n<body class=%s>\n",
        up, up, up, page);
}

/* A document has one main part: in a report that is all pages together. */
void render_main(const struct render_place *at, struct buf *out)
{
    buf_str(out, at->report != NULL ? "<div>\n" : "<main>\n");
}

void render_foot(const struct render_place *at, struct buf *out)
{
    buf_str(out, at->report != NULL ? "</div>\n</section>\n" : "</main>\n</body>\n</html>\n");
}

const char *render_type(enum module_type type)
{
    static const char *const names[MODULE_TYPES] = {
        [MODULE_PROJECT] = "project",
        [MODULE_STDLIB] = "standard library",
        [MODULE_SITE] = "site-packages",
        [MODULE_OTHER] = "other",
    };
    return names[type];
}

const char *render_type_class(enum module_type type)
{
    static const char *const names[MODULE_TYPES] = {
        [MODULE_PROJECT] = "project",
        [MODULE_STDLIB] = "stdlib",
        [MODULE_SITE] = "site",
        [MODULE_OTHER] = "other",
    };
    return names[type];
}

/* As all names of pages are (pagename.h): nothing in it would end an attribute without quotes. */
static bool is_plain(struct slice name)
{
    for (size_t i = 0; i < name.n; i++) {
        const uint8_t c = name.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c > 0 && strchr("_-.~/", c) != NULL)))
            return false;
    }
    return true;
}

void render_link(const struct render_place *at, const struct model *m, struct buf *out, uint32_t file, uint32_t line)
{
    const struct slice page = m->files[file].page;
    const char *quote = at->report == NULL && is_plain(page) ? "" : "\"";
    if (at->report != NULL && !at->report->pages[file]) {
        buf_str(out, "<a>");
        return;
    }
    buf_str(out, "<a href=");
    buf_str(out, quote);
    if (at->report != NULL) {
        buf_str(out, "#f");
        buf_decimal(out, file);
    } else {
        const bool near = at->folder.n > 0 && slice_starts(page, at->folder);
        buf_str(out, near ? "" : at->up);
        html_attribute(out, near ? slice_skip(page, at->folder.n) : page);
    }
    if (line > 0) {
        buf_str(out, at->report != NULL ? "L" : "#L");
        buf_decimal(out, line);
    }
    buf_str(out, quote);
    buf_u8(out, '>');
}

void render_front_link(const struct render_place *at, struct buf *out, const char *part)
{
    if (at->report != NULL)
        buf_printf(out, "<a href=\"#front%s\">", part);
    else
        buf_printf(out, "<a href=\"%sindex.html%s%s\">", at->up, part[0] == '\0' ? "" : "#", part);
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\f' || c == '\r' || c == '\n';
}

struct slice render_line_text(const struct model_file *f, uint32_t line)
{
    if (line == 0 || line > f->text_lines)
        return SLICE("");
    struct slice s = {f->text.p + f->starts[line - 1], f->starts[line] - f->starts[line - 1]};
    while (s.n > 0 && is_space(s.p[s.n - 1]))
        s.n--;
    while (s.n > 0 && is_space(s.p[0]))
        s = slice_skip(s, 1);
    return s;
}
