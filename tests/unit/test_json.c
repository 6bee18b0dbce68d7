#include "config.h"

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "src/heatmap/json.h"
#include "src/heatmap/utf8.h"
#include "tests/support/fake.h"

static struct err err;

/* Parses what is written of the model; owned by the caller. */
static cJSON *json_of(const struct model *m)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    assert_non_null(out);
    assert_true(json_write(m, out, &err));
    assert_int_equal(fclose(out), 0);
    assert_int_equal(utf8_plain(slice_of(text, n)), n);
    const char *end;
    cJSON *json = cJSON_ParseWithOpts(text, &end, true);
    assert_non_null(json);
    free(text);
    return json;
}

static double number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    assert_true(cJSON_IsNumber(item));
    return item->valuedouble;
}

static const char *string(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    assert_true(cJSON_IsString(item));
    return item->valuestring;
}

static const cJSON *get(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    assert_non_null(item);
    return item;
}

static void says_what_the_model_says(void **state)
{
    (void)state;
    struct fake_options o = {4, 2, 2, 20, 400, 400, true};
    struct profile *p = profile_new(BASIS_ACTIVE, &err);
    assert_non_null(p);
    fake_push(&o, profile_sink(p));
    const struct model_options options = {.notes = SLICE("a *note*")};
    struct model *m = model_new(p, &options, &err);
    assert_non_null(m);
    cJSON *json = json_of(m);
    assert_int_equal(number(json, "schema"), 1);
    const cJSON *samples = get(json, "samples"), *recording = get(json, "recording");
    assert_int_equal(number(samples, "count"), m->counts.n);
    assert_int_equal(number(samples, "unattributed"), m->counts.unattributed);
    assert_string_equal(string(samples, "basis"), "active");
    assert_int_equal(number(get(samples, "states"), "gil_wanted"), m->counts.ticks[REC_TICK_GIL_WANTED]);
    assert_true(number(samples, "weight_s") == 0.001);
    assert_string_equal(string(recording, "python"), "3.13.0");
    assert_string_equal(string(recording, "started"), "2023-11-14T22:13:20.000Z");
    assert_string_equal(string(recording, "notes"), "a *note*");
    assert_true(number(recording, "rate_hz") == 1000);
    assert_int_equal(cJSON_GetArraySize(get(json, "threads")), m->n_threads);
    assert_int_equal(cJSON_GetArraySize(get(json, "functions")), m->n_functions);
    assert_int_equal(cJSON_GetArraySize(get(json, "calls")), m->n_calls);
    double self = 0;
    uint32_t i = 0;
    for (const cJSON *file = get(json, "files")->child; file != NULL; file = file->next, i++) {
        assert_memory_equal(string(file, "path"), m->files[i].path.p, m->files[i].path.n);
        assert_memory_equal(string(file, "page"), m->files[i].page.p, m->files[i].page.n);
        assert_int_equal(cJSON_GetArraySize(get(file, "lines")), m->files[i].lines);
        for (const cJSON *line = get(file, "lines")->child; line != NULL; line = line->next)
            self += number(line, "self");
    }
    assert_int_equal(i, m->n_files);
    assert_int_equal(self + number(samples, "unattributed"), number(samples, "count"));
    const cJSON *call = get(json, "calls")->child;
    assert_int_equal(number(call, "samples"), m->calls[0].samples);
    assert_int_equal(number(get(call, "caller"), "line"), m->calls[0].caller_line);
    cJSON_Delete(json);
    model_free(m);
    profile_free(p);
}

static void hostile_bytes_are_text(void **state)
{
    (void)state;
    struct slice argument = SLICE("\"\\\xff\xed\xb2\x80</script>\x01\xe2\x80\xa8\0.");
    struct model_process process = {.python = 0x030f00a1, .argv = &argument, .argc = 1};
    struct model_file file = {.path = SLICE("\x80/\n"), .name = SLICE("x"), .module = SLICE("\t"), .page = SLICE("p")};
    struct model m = {.processes = &process,
                      .n_processes = 1,
                      .files = &file,
                      .n_files = 1,
                      .counts = {.n = UINT64_C(1) << 53, .exact = 1000000000000000}};
    cJSON *json = json_of(&m);
    const cJSON *argv = get(get(json, "recording"), "argv");
    assert_string_equal(argv->child->valuestring, "\"\\\\xff\\udc80</script>\x01\xe2\x80\xa8\\x00.");
    assert_string_equal(string(get(json, "files")->child, "path"), "\\x80/\n");
    assert_string_equal(string(get(json, "recording"), "python"), "3.15.0a1");
    assert_true(number(get(json, "samples"), "count") == 9007199254740992.0);
    cJSON_Delete(json);
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    assert_non_null(out);
    assert_true(json_write(&m, out, &err));
    assert_int_equal(fclose(out), 0);
    assert_non_null(strstr(text, "\"exact\":1000000000000000,")); /* and not 1e+15 */
    free(text);
}

static void times_before_the_epoch_are_times(void **state)
{
    (void)state;
    static const struct {
        int64_t ns;
        const char *text;
    } times[] = {
        {-1, "1969-12-31T23:59:59.999Z"},
        {-1000000000, "1969-12-31T23:59:59.000Z"},
        {INT64_MIN, "1677-09-21T00:12:43.145Z"},
        {INT64_MAX, "2262-04-11T23:47:16.854Z"},
    };
    struct fake_options o = {4, 1, 1, 2, 4, 4, false};
    const struct model_options options = {0};
    struct profile *p = profile_new(BASIS_ACTIVE, &err);
    assert_non_null(p);
    fake_push(&o, profile_sink(p));
    struct model *m = model_new(p, &options, &err);
    assert_non_null(m);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        m->header.started_ns = times[i].ns;
        cJSON *json = json_of(m);
        assert_string_equal(string(get(json, "recording"), "started"), times[i].text);
        cJSON_Delete(json);
    }
    model_free(m);
    profile_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_the_model_says),
        cmocka_unit_test(hostile_bytes_are_text),
        cmocka_unit_test(times_before_the_epoch_are_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
