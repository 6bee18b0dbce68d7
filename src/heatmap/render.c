#include "config.h"

#include "src/heatmap/render.h"

#include "src/heatmap/html.h"

void render_head(struct buf *out, struct slice title, const char *up, const char *page)
{
    buf_str(out, "<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n" RENDER_GENERATOR
                 "\n<meta name=viewport content=\"width=device-width, initial-scale=1\">\n"
                 "<meta name=color-scheme content=\"light dark\">\n<title>");
    html_text(out, title);
    buf_printf(
        out,
        " · pyheatmap</title>\n<link rel=icon href=\"%sheatmap.svg\">\n<link rel=stylesheet href=\"%sheatmap.css\">\n"
        "<script src=\"%sheatmap.js\"></script>\n</head>\n<body class=%s>\n",
        up, up, up, page);
}

void render_foot(struct buf *out)
{
    buf_str(out, "</body>\n</html>\n");
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

void render_href(const struct model *m, struct buf *out, const char *up, uint32_t file, uint32_t line)
{
    buf_str(out, up);
    html_attribute(out, m->files[file].page);
    if (line > 0)
        buf_printf(out, "#L%u", line);
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
