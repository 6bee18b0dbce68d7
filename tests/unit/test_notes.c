/* Markdown from strangers: nothing in it may load, run, or lead astray. */
#include "config.h"

#include "tests/unit/unit.h"

#include <stdlib.h>

#include "src/heatmap/notes.h"

static char *html_of(struct slice markdown)
{
    struct buf out = {0};
    notes_html(&out, markdown);
    buf_u8(&out, '\0');
    assert_true(buf_ok(&out));
    return (char *)out.p;
}

static void becomes(const char *markdown, const char *want)
{
    char *html = html_of(slice_str(markdown));
    assert_string_equal(html, want);
    free(html);
}

static void markdown_is_rendered(void **state)
{
    (void)state;
    becomes("*Slow* since `Monday`.", "<p><em>Slow</em> since <code>Monday</code>.</p>\n");
    becomes("# One\n\n##### Five\n", "<h3>One</h3>\n<h6>Five</h6>\n");
    becomes("- a\n- b\n", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n");
    becomes("[x](https://example.org/?a&b)", "<p><a href=\"https://example.org/?a&amp;b\">x</a></p>\n");
    becomes("<mailto:a@example.org>", "<p><a href=\"mailto:a@example.org\">mailto:a@example.org</a></p>\n");
    becomes("", "");
}

static void html_is_text(void **state)
{
    (void)state;
    becomes("<script>alert(1)</script>\n", "<pre><code>&lt;script&gt;alert(1)&lt;/script&gt;\n</code></pre>\n");
    becomes("a <b onclick=x>c</b>", "<p>a &lt;b onclick=x&gt;c&lt;/b&gt;</p>\n");
    becomes("<!-- a\n\nb -->", "<pre><code>&lt;!-- a\n\nb --&gt;\n</code></pre>\n");
}

static void nothing_loads(void **state)
{
    (void)state;
    becomes("![a *b*](http://example.org/i.png)", "<p><a href=\"http://example.org/i.png\">a <em>b</em></a></p>\n");
    becomes("![](http://example.org/i.png)",
            "<p><a href=\"http://example.org/i.png\">http://example.org/i.png</a></p>\n");
    becomes("![a](data:image/png;base64,AAAA) ![b](i.png)", "<p>a b</p>\n");
    becomes("[![a](http://e.org/i)](http://e.org)", "<p><a href=\"http://e.org\">a</a></p>\n");
    becomes("![[a](http://e.org)](http://e.org/i)", "<p><a href=\"http://e.org/i\">a</a></p>\n");
}

static void links_lead_to_the_web_only(void **state)
{
    (void)state;
    becomes("[a](javascript:alert(1)) [b](JaVaScRiPt:x) [c](vbscript:x) [d](data:text/html,x)", "<p>a b c d</p>\n");
    becomes("[a](file:///etc/passwd) [b](//e.org) [c](x.html) [d](#x) [e]()", "<p>a b c d e</p>\n");
    becomes("[a](&#106;avascript:x) <javascript:x> [r]\n\n[r]: javascript:y", "<p>a javascript:x r</p>\n");
    becomes("[a *b* ![c](x:y)](x:z)", "<p>a <em>b</em> c</p>\n");
}

static void any_bytes_are_text(void **state)
{
    (void)state;
    char *html = html_of(SLICE("\xff \xed\xb2\x80 \xe2\x80\xae \0 \x1b[31m"));
    assert_string_equal(html, "<p>\\xff \\udc80 U+202E \\x00 U+001B[31m</p>\n");
    free(html);
}

static void long_ones_are_shown_as_they_are(void **state)
{
    (void)state;
    struct buf markdown = {0};
    for (size_t i = 0; i <= NOTES_MAX; i++)
        buf_u8(&markdown, '*');
    assert_true(buf_ok(&markdown));
    char *html = html_of(buf_view(&markdown));
    assert_memory_equal(html, "<pre>***", 8);
    free(html);
    markdown.n = NOTES_MAX; /* as bad as it gets: must end */
    for (size_t i = 0; i < markdown.n; i++)
        markdown.p[i] = "> [![<a"[i % 7];
    html = html_of(buf_view(&markdown));
    assert_null(strstr(html, "<a>"));
    free(html);
    buf_fini(&markdown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(markdown_is_rendered), cmocka_unit_test(html_is_text),
        cmocka_unit_test(nothing_loads),        cmocka_unit_test(links_lead_to_the_web_only),
        cmocka_unit_test(any_bytes_are_text),   cmocka_unit_test(long_ones_are_shown_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
