/* pyrecord: records where a Python program spends its time.
 *
 * Its files, in the order in which data meets them:
 *
 *     main       parses, starts, waits, reports, exits
 *     options    the command line
 *     notes      the notes that go into the recording
 *     command    the program that is launched
 *     watch      signals, the target's end, --duration
 *     recording  one recording from beginning to end: puts together what follows
 *     family     the process, and all that descend from it
 *     freeze     one thread held still, for those who ask for it
 *     kin        what /proc says of processes and whose children they are
 *     births     the news that a process was born
 *     crowd      the processes that are looked at at the same time
 *     sampler    a thread a process, which finds the Python in it and says when to look
 *       target     where a Python is in a process, by what is mapped (elf), its C library (libc), its layout (pyabi)
 *       observer   the look at its threads, tick by tick: roster, thread, state
 *         stacks     reading one, and the proof that it stood still: remote, walk, copies, codes (pystr), nodes
 *     slices     when our own threads run, and for how long in one go
 *     events     the ring through which they tell the writer what they saw
 *     writer     the thread that makes a recording of that
 *     defs       images, threads, files and code objects, defined anew in each epoch
 *     image      the facts about a process: /proc, arguments, environment, threads
 *     pyargs     what a Python command line asks for
 *     roots      where its modules come from
 *     pth        … and what path files add to that
 *     sources    the source files, and which of them may travel
 *     nodemap    stack nodes, from the sampler's numbers to the recording's
 *     blocks     rows gathered into columns
 *     output     the file
 *     host       facts about the machine
 *     summary    the numbers at the end, in words
 *     status     the line on a terminal while it goes on
 *     diag       what is printed
 *
 * and below these: targetfs (files as the target sees them), inroot and creds, procfs, path, text. */
#include "config.h"

#include "src/base/arena.h"
#include "src/record/command.h"
#include "src/record/diag.h"
#include "src/record/notes.h"
#include "src/record/options.h"
#include "src/record/recording.h"
#include "src/record/status.h"
#include "src/record/watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECOND UINT64_C(1000000000)
#define GLANCE_MS 500              /* between two looks at how it goes */
#define NOT_PYTHON_NS (3 * SECOND) /* an attached process that has run no Python by then runs none */

struct run {
    const struct options *options;
    struct recording *recording;
    struct watch watch;
    uint64_t started; /* CLOCK_MONOTONIC, ns */
    struct status status;
    bool failed; /* something was said that spoils the recording */
};

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

/* Says what went wrong, and what can be done about it. */
static void report(struct run *run, const struct err *err)
{
    run->failed = true;
    status_clear(&run->status);
    diag_error(err);
    if (err->sys == EPERM || err->sys == EACCES) {
        struct diag_access access;
        char why[256];
        diag_access_of(&access, run->watch.pid, run->watch.launched);
        diag_explain(&access, why, sizeof why);
        diag_say("%s", why);
    }
}

/* Looks how it goes. false: there is no use in going on. */
static bool glance(struct run *run)
{
    struct err err = {0};
    bool launched = run->watch.launched;
    if (!run->failed && recording_failed(run->recording, &err))
        report(run, &err);
    struct summary summary;
    recording_numbers(run->recording, &summary);
    if (!launched && !run->failed && summary.family.samplers.images == 0 && now_ns() - run->started > NOT_PYTHON_NS) {
        err_set(&err, ERR_USAGE, "process %ld runs no Python that pyrecord can read%s", (long)run->watch.pid,
                run->options->no_subprocesses ? "" : ", nor do its children");
        report(run, &err);
    }
    char line[128];
    summary_progress(&summary, line, sizeof line);
    status_show(&run->status, line);
    return launched || !run->failed;
}

/* Until the recording is over; the reason why. */
static enum rec_end_reason wait_for_end(struct run *run)
{
    uint64_t duration = run->options->duration_ns;
    for (;;) {
        uint64_t elapsed = now_ns() - run->started;
        if (duration != 0 && elapsed >= duration)
            return REC_END_DURATION;
        uint64_t left_ms = duration == 0 ? GLANCE_MS : (duration - elapsed) / 1000000 + 1;
        switch (watch_next(&run->watch, left_ms < GLANCE_MS ? (int)left_ms : GLANCE_MS)) {
        case WATCH_ENDED:
            return REC_END_EXIT;
        case WATCH_SIGNAL:
            return REC_END_ASKED;
        case WATCH_TIMEOUT:
            if (!glance(run))
                return REC_END_ERROR;
        }
    }
}

static void say_who_was_left_out(const struct run *run, const struct family_stats *family)
{
    struct err why = recording_refusal(run->recording);
    if (family->samplers.unfrozen > 0)
        diag_warn("--freeze: %llu times a thread could not be stopped, and was read without that",
                  (unsigned long long)family->samplers.unfrozen);
    if (family->left_out > 0)
        diag_warn("%u Python processes were left out: at most %d are recorded at the same time", family->left_out,
                  FAMILY_MAX_SAMPLED);
    if (family->refused > 0)
        diag_warn("%u Python child processes could not be recorded: %s", family->refused, why.msg);
}

static void say_how_it_went(const struct run *run)
{
    struct summary summary;
    char line[512];
    recording_numbers(run->recording, &summary);
    if (summary.family.samplers.images == 0 && !run->failed)
        diag_warn("nothing was sampled: %s ran no Python that pyrecord can read%s",
                  run->watch.launched ? run->options->command[0] : "it",
                  run->options->no_subprocesses ? " (its children were not followed)" : "");
    else if (summary.family.samplers.samples == 0 && !run->failed)
        diag_warn("nothing was sampled: the program ended too soon");
    say_who_was_left_out(run, &summary.family);
    double reached = summary_missed_rate(&summary);
    if (reached > 0)
        diag_warn("the rate could not be held: %.0f Hz was asked for, %.0f Hz reached", 1e9 / (double)summary.period_ns,
                  reached);
    if (!run->options->quiet && (run->options->verbose || isatty(STDERR_FILENO))) {
        summary_line(&summary, line, sizeof line);
        diag_say("%s", line);
    }
}

/* It failed before anything was written: an empty file is of no use. */
static void remove_if_empty(struct run *run)
{
    struct summary summary;
    recording_numbers(run->recording, &summary);
    if (!run->failed || summary.size > 0)
        return;
    recording_discard(run->recording);
    run->recording = NULL;
}

/* Ends the recording, whatever its reason, and reports. */
static void finish(struct run *run, enum rec_end_reason reason, int status)
{
    struct err err = {0};
    bool was_failed = run->failed;
    status_clear(&run->status);
    watch_pause(&run->watch, true);
    if (!recording_end(run->recording, reason, status, &err) && !was_failed)
        report(run, &err);
    watch_pause(&run->watch, false);
    say_how_it_went(run);
    remove_if_empty(run);
}

static int fail(const struct err *err)
{
    diag_error(err);
    return COMMAND_FAILED;
}

/* Lets the command run and records it. */
static int record_command(struct run *run, struct command *command)
{
    struct err err = {0};
    int status;
    if (!command_go(command, run->options->command[0], &status, &err)) {
        recording_discard(run->recording);
        run->recording = NULL;
        diag_error(&err);
        return status;
    }
    enum rec_end_reason reason = wait_for_end(run);
    int wait_status = reason == REC_END_EXIT ? command_wait(command) : -1;
    finish(run, reason, wait_status);
    if (reason == REC_END_DURATION && watch_next(&run->watch, -1) == WATCH_ENDED)
        wait_status = command_wait(command);
    if (wait_status < 0) /* told to end at once, by a second signal */
        return 128 + run->watch.signal;
    status = command_status(wait_status);
    return status == 0 && run->failed ? COMMAND_FAILED : status;
}

static int launch(struct run *run, const struct slice *notes, const sigset_t *mask)
{
    const struct options *o = run->options;
    struct err err = {0};
    struct command command;
    int status;
    bool to_stdout = o->output != NULL && strcmp(o->output, "-") == 0;
    if (!command_find(o->command[0], &status, &err)) {
        diag_error(&err);
        return status;
    }
    if (!command_start(&command, o->command, to_stdout, mask, &err))
        return fail(&err);
    if (!watch_init(&run->watch, command.pid, true, &err)) {
        command_abandon(&command);
        return fail(&err);
    }
    run->recording = recording_new(o, command.pid, notes, &err);
    if (run->recording == NULL) {
        command_abandon(&command);
        return fail(&err);
    }
    status_init(&run->status, o->quiet, true, o->verbose);
    return record_command(run, &command);
}

static int attach(struct run *run, const struct slice *notes)
{
    const struct options *o = run->options;
    struct err err = {0};
    if (!watch_init(&run->watch, o->pid, false, &err))
        return fail(&err);
    run->recording = recording_new(o, o->pid, notes, &err);
    if (run->recording == NULL)
        return fail(&err);
    status_init(&run->status, o->quiet, false, o->verbose);
    enum rec_end_reason reason = wait_for_end(run);
    struct summary summary;
    recording_numbers(run->recording, &summary);
    if (reason == REC_END_ERROR && summary.family.samplers.images == 0) { /* else what was written is kept */
        recording_discard(run->recording);
        run->recording = NULL;
        return COMMAND_FAILED;
    }
    finish(run, reason, -1);
    return run->failed ? COMMAND_FAILED : EXIT_SUCCESS;
}

static int record(const struct options *o)
{
    struct run run = {.options = o, .watch = {.signals = -1, .target = -1}, .started = now_ns()};
    struct arena arena = {0};
    struct err err = {0};
    struct slice *notes;
    sigset_t mask;
    int status;
    if (!notes_load(o, &arena, &notes, &err) || !watch_block(&mask, &err))
        status = fail(&err);
    else
        status = o->command != NULL ? launch(&run, notes, &mask) : attach(&run, notes);
    recording_free(run.recording);
    watch_fini(&run.watch);
    arena_fini(&arena);
    return status;
}

int main(int argc, char **argv)
{
    struct options o;
    struct err err = {0};
    int status = EXIT_SUCCESS;
    if (!options_parse(&o, argc, argv, &err)) {
        status = fail(&err);
        if (err.kind == ERR_USAGE)
            diag_say("see pyrecord --help");
    } else if (o.action == OPTIONS_HELP) {
        (void)fputs(options_help, stdout);
    } else if (o.action == OPTIONS_VERSION) {
        (void)puts("pyrecord " PACKAGE_VERSION);
    } else {
        status = record(&o);
    }
    options_fini(&o);
    return status;
}
