#include "config.h"

#include "src/heatmap/json.h"

#include <inttypes.h>
#include <time.h>

#include <cjson/cJSON.h>

#include "src/base/buf.h"
#include "src/heatmap/pyversion.h"
#include "src/heatmap/utf8.h"

#define SECOND_NS INT64_C(1000000000)

/* cJSON reports a lack of memory by NULL from whatever could not be made; `failed` gathers that. */
struct json {
    FILE *out;
    struct buf text; /* scratch */
    bool failed;
};

static void got(struct json *j, const cJSON *item)
{
    j->failed |= item == NULL;
}

/* As text: a double would do, but prints 10^15 as 1e+15. */
static void add_number(struct json *j, cJSON *object, const char *key, uint64_t value)
{
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%" PRIu64, value);
    got(j, cJSON_AddRawToObject(object, key, digits));
}

static const char *shown(struct json *j, struct slice s)
{
    buf_clear(&j->text);
    utf8_show(&j->text, s);
    buf_u8(&j->text, '\0');
    j->failed |= !buf_ok(&j->text);
    return j->failed ? "" : (const char *)j->text.p;
}

static void add_text(struct json *j, cJSON *object, const char *key, struct slice s)
{
    got(j, cJSON_AddStringToObject(object, key, shown(j, s)));
}

static cJSON *add_array(struct json *j, cJSON *object, const char *key)
{
    cJSON *array = cJSON_AddArrayToObject(object, key);
    got(j, array);
    return array;
}

static void append(struct json *j, cJSON *array, cJSON *item)
{
    got(j, item);
    if (item != NULL && !cJSON_AddItemToArray(array, item)) {
        cJSON_Delete(item);
        j->failed = true;
    }
}

/* Prints and frees it. */
static void print(struct json *j, cJSON *item)
{
    got(j, item);
    char *text = j->failed ? NULL : cJSON_PrintUnformatted(item);
    if (text != NULL)
        (void)fputs(text, j->out);
    else
        j->failed = true;
    cJSON_free(text);
    cJSON_Delete(item);
}

/* --- single objects ---------------------------------------------------------------------------------------------- */

static double seconds(const struct model *m, uint64_t units)
{
    return (double)units * (double)m->header.time_unit_ns / 1e9;
}

static void add_started(struct json *j, cJSON *object, int64_t ns)
{
    const int64_t rest = ns % SECOND_NS;
    const time_t s = (time_t)(ns / SECOND_NS - (rest < 0));
    const int ms = (int)((rest < 0 ? rest + SECOND_NS : rest) / 1000000);
    struct tm tm;
    char date[64], text[80] = "";
    if (gmtime_r(&s, &tm) != NULL && strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm) > 0)
        (void)snprintf(text, sizeof text, "%s.%03dZ", date, ms);
    got(j, cJSON_AddStringToObject(object, "started", text));
}

static void add_python(struct json *j, cJSON *object, const struct model_process *p)
{
    got(j, cJSON_AddStringToObject(object, "python", pyversion_of(p->python, p->free_threaded).text));
}

static void add_argv(struct json *j, cJSON *object, const struct model_process *process)
{
    cJSON *argv = add_array(j, object, "argv");
    for (uint32_t i = 0; i < process->argc && !j->failed; i++)
        append(j, argv, cJSON_CreateString(shown(j, process->argv[i])));
}

/* The first process: what the recorder was started for. */
static cJSON *recording_of(struct json *j, const struct model *m)
{
    const struct model_process none = {0};
    const struct model_process *first = m->n_processes > 0 ? &m->processes[0] : &none;
    cJSON *o = cJSON_CreateObject();
    got(j, o);
    add_python(j, o, first);
    add_argv(j, o, first);
    add_number(j, o, "pid", first->pid);
    add_text(j, o, "cwd", first->cwd);
    add_started(j, o, m->header.started_ns);
    got(j, cJSON_AddNumberToObject(o, "duration_s", seconds(m, m->duration)));
    got(j, cJSON_AddNumberToObject(o, "rate_hz", m->header.period_ns > 0 ? 1e9 / (double)m->header.period_ns : 0));
    add_text(j, o, "recorder", m->header.recorder);
    got(j, cJSON_AddBoolToObject(o, "complete", m->ended && m->n_damages == 0));
    got(j, cJSON_AddNumberToObject(o, "recovered", m->recovered));
    add_text(j, o, "notes", m->notes);
    return o;
}

static void add_ticks(struct json *j, cJSON *object, const uint64_t ticks[REC_TICK_STATES])
{
    static const struct {
        const char *key;
        enum rec_tick_state state;
    } states[] = {{"gc", REC_TICK_GC},     {"running", REC_TICK_RUNNING}, {"gil_wanted", REC_TICK_GIL_WANTED},
                  {"idle", REC_TICK_IDLE}, {"stopped", REC_TICK_STOPPED}, {"unknown", REC_TICK_UNKNOWN},
                  {"lost", REC_TICK_LOST}};
    cJSON *o = cJSON_AddObjectToObject(object, "states");
    got(j, o);
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        add_number(j, o, states[i].key, ticks[states[i].state]);
}

static cJSON *samples_of(struct json *j, const struct model *m)
{
    static const char *const bases[] = {"active", "wall", "gil"};
    const struct model_counts *c = &m->counts;
    cJSON *o = cJSON_CreateObject();
    got(j, o);
    add_number(j, o, "count", c->n);
    add_number(j, o, "exact", c->exact);
    add_number(j, o, "trimmed", c->trimmed);
    add_number(j, o, "lost", c->lost);
    add_number(j, o, "repeated", c->repeated);
    add_number(j, o, "unattributed", c->unattributed);
    add_number(j, o, "wall", c->wall);
    add_number(j, o, "looks", c->rows_read);
    add_number(j, o, "looks_trimmed", c->rows_trimmed);
    add_number(j, o, "looks_lost", c->rows_lost);
    got(j, cJSON_AddNumberToObject(o, "weight_s", model_seconds(m, 1)));
    got(j, cJSON_AddStringToObject(o, "basis", bases[m->basis]));
    add_ticks(j, o, c->ticks);
    return o;
}

/* --- elements of arrays ------------------------------------------------------------------------------------------ */

static cJSON *damage_of(struct json *j, const struct model *m, uint32_t i)
{
    static const char *const kinds[] = {"", "cut", "corrupt", "trailing"};
    const struct damage *d = &m->damages[i];
    cJSON *o = cJSON_CreateObject();
    got(j, o);
    got(j, cJSON_AddStringToObject(o, "kind", kinds[d->kind]));
    add_number(j, o, "offset", d->offset);
    add_number(j, o, "bytes", d->bytes);
    add_number(j, o, "ticks", d->weight);
    add_text(j, o, "what", slice_str(d->what));
    return o;
}

static cJSON *process_of(struct json *j, const struct model *m, uint32_t i)
{
    const struct model_process *p = &m->processes[i];
    cJSON *o = cJSON_CreateObject();
    got(j, o);
    add_number(j, o, "pid", p->pid);
    add_number(j, o, "ppid", p->ppid);
    add_python(j, o, p);
    add_argv(j, o, p);
    got(j, cJSON_AddNumberToObject(o, "started_s", seconds(m, p->started)));
    got(j, cJSON_AddNumberToObject(o, "ended_s", seconds(m, p->ended)));
    add_number(j, o, "samples", p->samples);
    add_ticks(j, o, p->ticks);
    return o;
}

static cJSON *thread_of(struct json *j, const struct model *m, uint32_t i)
{
    const struct model_thread *t = &m->threads[i];
    cJSON *o = cJSON_CreateObject();
    got(j, o);
    add_number(j, o, "pid", m->processes[t->process].pid);
    add_number(j, o, "tid", t->tid);
    add_number(j, o, "interpreter", t->interpreter);
    add_text(j, o, "name", t->name);
    add_number(j, o, "samples", t->samples);
    add_number(j, o, "wall", t->wall);
    return o;
}

static void add_expressions(struct json *j, cJSON *object, const struct model *m, const struct model_line *line)
{
    if (line->expressions == 0)
        return;
    cJSON *expressions = add_array(j, object, "expressions");
    for (uint32_t i = line->first_expression; i < line->first_expression + line->expressions && !j->failed; i++) {
        const struct model_expression *e = &m->expressions[i];
        cJSON *o = cJSON_CreateObject();
        add_number(j, o, "column", e->column);
        add_number(j, o, "end_line", e->end_line);
        add_number(j, o, "end_column", e->end_column);
        add_number(j, o, "self", e->self);
        add_number(j, o, "total", e->total);
        append(j, expressions, o);
    }
}

static cJSON *file_of(struct json *j, const struct model *m, uint32_t i)
{
    const struct model_file *f = &m->files[i];
    cJSON *o = cJSON_CreateObject();
    got(j, o);
    add_text(j, o, "path", f->path);
    add_text(j, o, "module", f->module);
    got(j, cJSON_AddStringToObject(o, "type", module_type_name(f->type)));
    add_text(j, o, "page", f->page);
    got(j, cJSON_AddStringToObject(o, "source", source_status_name(f->source)));
    add_text(j, o, "why", f->why);
    add_number(j, o, "self", f->self);
    add_number(j, o, "total", f->total);
    cJSON *lines = add_array(j, o, "lines");
    for (uint32_t k = f->first_line; k < f->first_line + f->lines && !j->failed; k++) {
        cJSON *line = cJSON_CreateObject();
        add_number(j, line, "line", m->lines[k].line);
        add_number(j, line, "self", m->lines[k].self);
        add_number(j, line, "total", m->lines[k].total);
        add_expressions(j, line, m, &m->lines[k]);
        append(j, lines, line);
    }
    return o;
}

static cJSON *function_of(struct json *j, const struct model *m, uint32_t i)
{
    const struct model_function *f = &m->functions[i];
    cJSON *o = cJSON_CreateObject();
    got(j, o);
    add_text(j, o, "path", m->files[f->file].path);
    add_text(j, o, "qualname", f->qualname);
    add_number(j, o, "line", f->def_line);
    add_number(j, o, "self", f->self);
    add_number(j, o, "total", f->total);
    return o;
}

static void add_place(struct json *j, cJSON *object, const char *key, const struct model *m, uint32_t line,
                      uint32_t function)
{
    const struct model_function *f = &m->functions[function];
    cJSON *o = cJSON_AddObjectToObject(object, key);
    got(j, o);
    add_text(j, o, "path", m->files[f->file].path);
    add_number(j, o, "line", line);
    add_text(j, o, "function", f->qualname);
}

static cJSON *call_of(struct json *j, const struct model *m, uint32_t i)
{
    const struct model_call *c = &m->calls[i];
    cJSON *o = cJSON_CreateObject();
    got(j, o);
    add_place(j, o, "caller", m, c->caller_line, c->caller_function);
    add_place(j, o, "callee", m, m->functions[c->callee].def_line, c->callee);
    add_number(j, o, "samples", c->samples);
    return o;
}

static void print_array(struct json *j, const struct model *m, const char *key, uint32_t n,
                        cJSON *(*element)(struct json *, const struct model *, uint32_t))
{
    (void)fprintf(j->out, ",\n\"%s\": [", key);
    for (uint32_t i = 0; i < n && !j->failed; i++) {
        (void)fputs(i == 0 ? "\n" : ",\n", j->out);
        print(j, element(j, m, i));
    }
    (void)fputs("]", j->out);
}

bool json_write(const struct model *m, FILE *out, struct err *err)
{
    struct json j = {.out = out};
    (void)fprintf(out, "{\"schema\": %d,\n\"recording\": ", JSON_SCHEMA);
    print(&j, recording_of(&j, m));
    (void)fputs(",\n\"samples\": ", out);
    print(&j, samples_of(&j, m));
    print_array(&j, m, "damages", m->n_damages, damage_of);
    print_array(&j, m, "processes", m->n_processes, process_of);
    print_array(&j, m, "threads", m->n_threads, thread_of);
    print_array(&j, m, "files", m->n_files, file_of);
    print_array(&j, m, "functions", m->n_functions, function_of);
    print_array(&j, m, "calls", m->n_calls, call_of);
    (void)fputs("}\n", out);
    buf_fini(&j.text);
    return !j.failed || err_nomem(err);
}
