/* The front page: where did the time go? What ran, how good the samples are, the hottest lines and functions, then the
 * files, and the processes. */
#include "config.h"

#include "src/heatmap/front.h"

#include <stdio.h>

#include "src/heatmap/notes.h"

static void notes(const struct model *m, struct buf *out)
{
    if (m->notes.n == 0)
        return;
    buf_str(out, "<section class=notes>\n<h2>Notes</h2>\n");
    notes_html(out, m->notes);
    buf_str(out, "</section>\n");
}

static void no_samples(const struct model *m, struct buf *out)
{
    buf_str(out, "<p class=warn>");
    if (m->n_processes == 0)
        buf_str(out, "No Python ran in the recorded program, as far as could be seen, so there are no samples.");
    else if (m->counts.wall > 0)
        buf_str(out, "No thread was active at any sample: the program only waited. Convert the recording again with "
                     "<code>--basis wall</code> to see where.");
    else if (m->n_damages > 0)
        buf_str(out, "There are no samples in what could be read of this recording.");
    else
        buf_str(out, "The program ended before the first sample was taken.");
    buf_str(out, "</p>\n");
}

void render_front(const struct model *m, const struct render_report *report, struct buf *out)
{
    struct render_place at = {.up = "", .report = report};
    if (report != NULL)
        (void)snprintf(at.ids, sizeof at.ids, "front");
    struct buf title = {0};
    front_title(m, &title);
    render_head(&at, out, buf_view(&title), "front");
    out->failed |= title.failed;
    buf_fini(&title);
    front_head(&at, m, out);
    render_main(&at, out);
    front_states(&at, m, out);
    if (m->counts.n == 0)
        no_samples(m, out);
    notes(m, out);
    if (m->counts.n > 0) {
        front_hottest(&at, m, out);
        front_files(&at, m, out);
    }
    front_processes(m, out);
    render_foot(&at, out);
}
