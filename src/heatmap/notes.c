#include "config.h"

#include "src/heatmap/notes.h"

#include <stdlib.h>
#include <strings.h>

#include <cmark.h>

#include "src/heatmap/html.h"
#include "src/heatmap/utf8.h"

enum { HEADINGS_FROM = 3, LAST_HEADING = 6 };

static bool is_harmless(const char *url)
{
    static const char *const schemes[] = {"https://", "http://", "mailto:"};
    for (size_t i = 0; url != NULL && i < sizeof schemes / sizeof *schemes; i++) {
        if (strncasecmp(url, schemes[i], strlen(schemes[i])) == 0)
            return true;
    }
    return false;
}

/* Links do not nest, and what describes an image will be in one. */
static bool is_in_link(cmark_node *node)
{
    for (node = cmark_node_parent(node); node != NULL; node = cmark_node_parent(node)) {
        if (cmark_node_get_type(node) == CMARK_NODE_LINK || cmark_node_get_type(node) == CMARK_NODE_IMAGE)
            return true;
    }
    return false;
}

/* Puts `instead` in the place of a node. false: out of memory, or a tree that it does not fit. */
static bool replace(cmark_node *node, cmark_node *instead)
{
    if (instead != NULL && cmark_node_replace(node, instead) != 0) {
        cmark_node_free(node);
        return true;
    }
    if (instead != NULL)
        cmark_node_free(instead);
    return false;
}

static cmark_node *text_of(const char *literal)
{
    cmark_node *text = cmark_node_new(CMARK_NODE_TEXT);
    if (text == NULL || cmark_node_set_literal(text, literal == NULL ? "" : literal) != 0)
        return text;
    cmark_node_free(text);
    return NULL;
}

static bool html_as_text(cmark_node *node)
{
    return replace(node, text_of(cmark_node_get_literal(node)));
}

/* A code block keeps the lines apart. */
static bool html_block_as_text(cmark_node *node)
{
    cmark_node *block = cmark_node_new(CMARK_NODE_CODE_BLOCK);
    if (block == NULL || cmark_node_set_literal(block, cmark_node_get_literal(node)) == 0) {
        if (block != NULL)
            cmark_node_free(block);
        return false;
    }
    return replace(node, block);
}

/* Leaves what is inside. */
static bool unwrap(cmark_node *node)
{
    for (cmark_node *child = cmark_node_first_child(node); child != NULL; child = cmark_node_first_child(node)) {
        if (cmark_node_insert_before(node, child) == 0)
            return false;
    }
    cmark_node_free(node);
    return true;
}

static bool image_as_link(cmark_node *node)
{
    const char *url = cmark_node_get_url(node);
    if (!is_harmless(url) || is_in_link(node))
        return unwrap(node);
    cmark_node *link = cmark_node_new(CMARK_NODE_LINK);
    bool ok = link != NULL && cmark_node_set_url(link, url) != 0;
    if (ok && cmark_node_first_child(node) == NULL) {
        cmark_node *text = text_of(url);
        ok = text != NULL && cmark_node_append_child(link, text) != 0;
        if (!ok && text != NULL)
            cmark_node_free(text);
    }
    for (cmark_node *child; ok && (child = cmark_node_first_child(node)) != NULL;)
        ok = cmark_node_append_child(link, child) != 0;
    if (ok)
        return replace(node, link);
    if (link != NULL)
        cmark_node_free(link);
    return false;
}

/* On the way out of a node, when all below it is done. */
static bool tame(cmark_node *node)
{
    switch (cmark_node_get_type(node)) {
    case CMARK_NODE_HTML_BLOCK:
        return html_block_as_text(node);
    case CMARK_NODE_HTML_INLINE:
        return html_as_text(node);
    case CMARK_NODE_IMAGE:
        return image_as_link(node);
    case CMARK_NODE_LINK:
        return (is_harmless(cmark_node_get_url(node)) && !is_in_link(node)) || unwrap(node);
    case CMARK_NODE_HEADING: {
        const int level = cmark_node_get_heading_level(node) + HEADINGS_FROM - 1;
        return cmark_node_set_heading_level(node, level > LAST_HEADING ? LAST_HEADING : level) != 0;
    }
    default:
        return true;
    }
}

/* Leaves are not left by the iterator: they are seen once, on the way in. */
static bool is_leaf(cmark_node_type type)
{
    return type == CMARK_NODE_HTML_BLOCK || type == CMARK_NODE_HTML_INLINE;
}

static bool tame_all(cmark_node *document)
{
    bool ok = true;
    cmark_iter *iter = cmark_iter_new(document);
    if (iter == NULL)
        return false;
    for (cmark_event_type event; ok && (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
        cmark_node *node = cmark_iter_get_node(iter);
        if (event == CMARK_EVENT_EXIT || is_leaf(cmark_node_get_type(node)))
            ok = tame(node); /* the iterator has gone on already: it looks one ahead */
    }
    cmark_iter_free(iter);
    return ok;
}

/* As UTF-8 in which every character can be seen. */
static void make_plain(struct buf *out, struct slice markdown)
{
    struct buf text = {0};
    utf8_show(&text, markdown);
    for (size_t i = 0; i < text.n;) {
        unsigned n = utf8_char(text.p + i, text.n - i);
        n = n == 0 ? 1 : n;
        html_visible(out, slice_of(text.p + i, n));
        i += n;
    }
    out->failed |= text.failed;
    buf_fini(&text);
}

void notes_html(struct buf *out, struct slice markdown)
{
    struct buf plain = {0};
    char *html = NULL;
    if (markdown.n > NOTES_MAX) {
        buf_str(out, "<pre>");
        html_text(out, markdown);
        buf_str(out, "</pre>\n");
        return;
    }
    make_plain(&plain, markdown);
    cmark_node *document =
        buf_ok(&plain) ? cmark_parse_document((const char *)plain.p, plain.n, CMARK_OPT_DEFAULT) : NULL;
    if (document != NULL && tame_all(document))
        html = cmark_render_html(document, CMARK_OPT_DEFAULT);
    if (html != NULL)
        buf_str(out, html);
    else
        out->failed = true;
    free(html);
    if (document != NULL)
        cmark_node_free(document);
    buf_fini(&plain);
}
