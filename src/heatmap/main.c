/* pyheatmap: turns a recording into a heatmap site.
 *
 * The files, in the order in which data meets them:
 *
 *   options    the command line; what it asks for is done by convert (a site, numbers) or attach (all else)
 *   input      the bytes of the recording (unpack takes them out of a .zip, a .gz, a report); formats/ reads them and
 *              pushes what they say into
 *   sandbox    what the process may do from then on
 *   profile    the sink: merges epochs and processes; holds
 *     tree       all stacks as one tree, with weights
 *     texts      source texts, put together from their pieces
 *     timeline   counts over time
 *   model      what is shown, counted once, by
 *     frames     which line, function and file each node of the tree is
 *       linetable  line tables of CPython 3.8 on
 *     modtype    whose code a file is, by the target's own paths
 *     place      the tree of types, folders and files
 *     count      self and distinct totals
 *     source     the text behind a file, and whether it is what ran
 *       pytext     decoding and lines of Python source
 *     pagename   the name of a file's page
 *     run        processes, threads, time, damage
 *   projection what the stacks are to one page, by thread, state and time, from
 *     cells, calls  what each stack weighs by these, gathered while reading; which node is which call
 *     nodecells     the cells in the order of the tree
 *   filterdata the scripts that hold it; frontdata that of the front page, summed up
 *     celllists  lists of cells, as scripts have them
 *   site       the directory of pages: render draws what all share, front and page the two kinds, with
 *     overview, hottest, filelist, processes   the parts of the front page
 *     html, heat   escapes and numbers, colours
 *     notes        Markdown
 *     assets       templates/, embedded
 *     search       the data of the search; js, text in scripts
 *   json       the model for programs
 *   attach     what is made instead of a site:
 *   info       what a recording is
 *   markdown   a summary to paste
 *   report     the site in one file (sha256 for its policy, zipfile for a .zip)
 *   redact     the recording without what is private:
 *     identity     who and where: names of people, machines, home directories; here is what this machine says
 *       arguments    what of a command line is a value
 *     rewrite      the map that replaces them everywhere
 *     redact_text  texts, line by line; secrets says which lines look like one
 *     redact_list  what is removed and what remains
 *   summary    what is said on the terminal
 *
 * and utf8 (any bytes as text), base64, output (files that are written whole), browser (--open). */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "src/heatmap/attach.h"
#include "src/heatmap/convert.h"
#include "src/heatmap/options.h"

int main(int argc, char **argv)
{
    struct options o;
    struct err err = {0};
    (void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of write() */
    bool ok = options_parse(&o, argc, argv, &err);
    if (ok && o.action == OPTIONS_HELP)
        (void)fputs(options_help, stdout);
    else if (ok && o.action == OPTIONS_VERSION)
        (void)puts(PACKAGE_STRING);
    else if (ok && o.action != OPTIONS_CONVERT)
        ok = attach(&o, &err);
    else if (ok)
        ok = convert(&o, &err);
    options_fini(&o);
    if (ok && fflush(stdout) != 0)
        ok = err_system(&err, errno, "standard output");
    if (ok)
        return 0;
    (void)fprintf(stderr, "pyheatmap: %s\n", err.msg);
    return err.kind == ERR_USAGE ? 2 : 1;
}
