#include "config.h"

#include "src/heatmap/info.h"
#include "src/heatmap/pyversion.h"

#include <inttypes.h>
#include <time.h>

#include <cjson/cJSON.h>

#include "src/heatmap/utf8.h"

struct json {
    FILE *out;
    struct buf text; /* scratch */
    bool failed;
};

static void got(struct json *j, const cJSON *item)
{
    j->failed |= item == NULL;
}

static const char *shown(struct json *j, struct slice s)
{
    buf_clear(&j->text);
    utf8_show(&j->text, s);
    buf_u8(&j->text, '\0');
    j->failed |= !buf_ok(&j->text);
    return j->failed ? "" : (const char *)j->text.p;
}

static void add_text(struct json *j, cJSON *o, const char *key, struct slice s)
{
    got(j, cJSON_AddStringToObject(o, key, shown(j, s)));
}

static void add_number(struct json *j, cJSON *o, const char *key, uint64_t n)
{
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%" PRIu64, n);
    got(j, cJSON_AddRawToObject(o, key, digits));
}

static void add_item(struct json *j, cJSON *array, struct slice s)
{
    cJSON *item = cJSON_CreateString(shown(j, s));
    got(j, item);
    if (item != NULL && !cJSON_AddItemToArray(array, item)) {
        cJSON_Delete(item);
        j->failed = true;
    }
}

static cJSON *add_array(struct json *j, cJSON *o, const char *key)
{
    cJSON *array = cJSON_AddArrayToObject(o, key);
    got(j, array);
    return array;
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

static void add_argv(struct json *j, cJSON *o, const struct profile_process *p)
{
    cJSON *argv = add_array(j, o, "argv");
    for (uint32_t i = 0; i < p->argc && !j->failed; i++)
        add_item(j, argv, p->argv[i]);
}

static void add_python(struct json *j, cJSON *o, const struct rec_process *process)
{
    const bool free_threaded = (process->flags & REC_PROCESS_FREE_THREADED) != 0;
    got(j, cJSON_AddStringToObject(o, "python", pyversion_of(process->python, free_threaded).text));
}

static cJSON *recording_of(struct json *j, const struct info *info)
{
    const struct profile *p = info->p;
    const struct rec_header *h = &p->header;
    char date[64] = "";
    const time_t started = (time_t)(h->started_ns / 1000000000);
    struct tm tm;
    if (gmtime_r(&started, &tm) != NULL)
        (void)strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &tm);
    cJSON *o = cJSON_CreateObject();
    got(j, o);
    add_number(j, o, "bytes", info->bytes);
    got(j, cJSON_AddStringToObject(o, "started", date));
    got(j, cJSON_AddNumberToObject(o, "duration_s", (double)p->duration * (double)h->time_unit_ns / 1e9));
    got(j, cJSON_AddNumberToObject(o, "rate_hz", h->period_ns > 0 ? 1e9 / (double)h->period_ns : 0));
    add_text(j, o, "recorder", h->recorder);
    got(j, cJSON_AddBoolToObject(o, "complete", p->ended && p->n_damages == 0));
    add_number(j, o, "damages", p->n_damages);
    add_text(j, o, "kernel", p->host.kernel);
    add_text(j, o, "machine", p->host.machine);
    add_text(j, o, "cpu_model", p->host.cpu_model);
    add_number(j, o, "cpus", p->host.cpus);
    add_text(j, o, "libc", p->host.libc);
    add_text(j, o, "container", p->host.container);
    return o;
}

static cJSON *samples_of(struct json *j, const struct info *info)
{
    cJSON *o = cJSON_CreateObject();
    got(j, o);
    add_number(j, o, "active", info->active);
    add_number(j, o, "wall", info->weight);
    add_number(j, o, "lost", info->p->lost);
    add_number(j, o, "looks", info->rows);
    add_number(j, o, "looks_trimmed", info->trimmed);
    add_number(j, o, "looks_lost", info->p->rows_lost);
    add_number(j, o, "looks_inferred", info->repeated);
    return o;
}

static cJSON *process_of(struct json *j, const struct profile_process *p)
{
    cJSON *o = cJSON_CreateObject();
    got(j, o);
    add_number(j, o, "pid", p->rec.pid);
    add_number(j, o, "ppid", p->rec.ppid);
    add_python(j, o, &p->rec);
    add_argv(j, o, p);
    add_text(j, o, "executable", p->rec.executable);
    add_text(j, o, "cwd", p->rec.cwd);
    cJSON *threads = add_array(j, o, "threads");
    for (uint32_t i = 0; i < p->n_threads && !j->failed; i++) {
        if (!p->threads[i].known)
            continue;
        cJSON *t = cJSON_CreateObject();
        add_number(j, t, "tid", p->threads[i].tid);
        add_text(j, t, "name", p->threads[i].name);
        add_number(j, t, "active", p->threads[i].samples);
        add_number(j, t, "wall", p->threads[i].wall);
        j->failed |= !cJSON_AddItemToArray(threads, t);
    }
    return o;
}

static cJSON *file_of(struct json *j, const struct info *info, const struct rec_file *f)
{
    cJSON *o = cJSON_CreateObject();
    got(j, o);
    add_text(j, o, "path", f->path.n > 0 ? f->path : f->name);
    add_number(j, o, "bytes", f->size);
    got(j, cJSON_AddBoolToObject(o, "text", info_has_text(info, f)));
    return o;
}

static cJSON *private_of(struct json *j, const struct info *info)
{
    static const char *const kinds[] = {"homes", "users", "hosts"};
    const struct profile *p = info->p;
    uint64_t args = 0, secrets = 0;
    cJSON *o = cJSON_CreateObject();
    got(j, o);
    for (uint32_t i = 0; i < p->n_processes; i++)
        args += p->processes[i].argc;
    add_number(j, o, "arguments", args);
    cJSON *environment = add_array(j, o, "environment");
    for (uint32_t i = 0; i < p->n_processes && !j->failed; i++) {
        for (uint32_t k = 0; k < p->processes[i].env_n && !j->failed; k++)
            add_item(j, environment, p->processes[i].env_names[k]);
    }
    for (int kind = IDENTITY_HOME; kind <= IDENTITY_HOST; kind++) {
        cJSON *values = add_array(j, o, kinds[kind]);
        for (uint32_t i = 0; i < info->identity.n && !j->failed; i++) {
            if ((int)info->identity.entries[i].kind == kind)
                add_item(j, values, info->identity.entries[i].value);
        }
    }
    for (uint32_t i = 0; i < info->identity.n; i++)
        secrets += info->identity.entries[i].kind == IDENTITY_SECRET;
    add_number(j, o, "secrets", secrets);
    add_number(j, o, "source_texts", info->hashes.n);
    add_number(j, o, "notes", info->notes);
    return o;
}

bool info_json(const struct info *info, FILE *out, struct err *err)
{
    const struct profile *p = info->p;
    struct json j = {.out = out};
    (void)fprintf(out, "{\"info_schema\": %d,\n\"recording\": ", INFO_SCHEMA);
    print(&j, recording_of(&j, info));
    (void)fputs(",\n\"samples\": ", out);
    print(&j, samples_of(&j, info));
    (void)fputs(",\n\"private\": ", out);
    print(&j, private_of(&j, info));
    (void)fputs(",\n\"processes\": [", out);
    for (uint32_t i = 0, n = 0; i < p->n_processes && !j.failed; i++) {
        if (!p->processes[i].known)
            continue;
        (void)fputs(n++ == 0 ? "\n" : ",\n", out);
        print(&j, process_of(&j, &p->processes[i]));
    }
    (void)fputs("],\n\"files\": [", out);
    for (uint32_t i = 0; i < p->n_files && !j.failed; i++) {
        (void)fputs(i == 0 ? "\n" : ",\n", out);
        print(&j, file_of(&j, info, &p->files[i].rec));
    }
    (void)fputs("]}\n", out);
    buf_fini(&j.text);
    return !j.failed || err_nomem(err);
}
