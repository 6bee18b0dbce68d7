#include "config.h"

#include "src/heatmap/secrets.h"

enum {
    LONGEST_VALUE = 30, /* lines after `password = (` that are looked at */
    RANDOM = 32,        /* characters of a literal that may be a key */
};

static uint8_t lower(uint8_t b)
{
    return b >= 'A' && b <= 'Z' ? (uint8_t)(b - 'A' + 'a') : b;
}

static bool is_digit(uint8_t b)
{
    return b >= '0' && b <= '9';
}

static bool is_letter(uint8_t b)
{
    return lower(b) >= 'a' && lower(b) <= 'z';
}

static bool is_blank(uint8_t b)
{
    return b == ' ' || b == '\t' || b == '\f';
}

static bool is_quote(uint8_t b)
{
    return b == '"' || b == '\'';
}

static struct slice skip_blanks(struct slice s)
{
    while (s.n > 0 && is_blank(s.p[0]))
        s = slice_skip(s, 1);
    return s;
}

/* --- names ---------------------------------------------------------------------------------------------------------*/

/* In small letters, without '_' and '-'. */
static const char *const names[] = {
    "password",   "passwd",  "passphrase", "pwd",    "secret",        "token",      "apikey",     "accesskey",
    "privatekey", "authkey", "credential", "bearer", "encryptionkey", "signingkey", "sessionkey", "authorization",
};

/* Whether the word begins at s.p[at], with any '_' and '-' in it. */
static bool word_at(struct slice s, size_t at, const char *word)
{
    for (; *word != '\0'; at++) {
        if (at >= s.n)
            return false;
        if (lower(s.p[at]) == (uint8_t)*word)
            word++;
        else if (s.p[at] != '_' && s.p[at] != '-')
            return false;
    }
    return true;
}

bool secrets_name(struct slice name)
{
    for (size_t at = 0; at < name.n; at++) {
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            if (lower(name.p[at]) == (uint8_t)names[i][0] && word_at(name, at, names[i]))
                return true;
        }
    }
    return false;
}

/* --- values --------------------------------------------------------------------------------------------------------*/

/* Tokens that say what they are: the prefix, and how many characters follow at least. */
static const struct {
    const char *prefix;
    size_t rest;
} tokens[] = {
    {"AKIA", 16},
    {"ASIA", 16},
    {"ghp_", 20},
    {"gho_", 20},
    {"ghu_", 20},
    {"ghs_", 20},
    {"ghr_", 20},
    {"github_pat_", 20},
    {"glpat-", 16},
    {"xoxa-", 10},
    {"xoxb-", 10},
    {"xoxp-", 10},
    {"xoxr-", 10},
    {"xoxs-", 10},
    {"sk-", 20},
    {"sk_live_", 10},
    {"rk_live_", 10},
    {"pk_live_", 10},
    {"sk_test_", 10},
    {"AIza", 30},
    {"ya29.", 20},
    {"npm_", 30},
    {"pypi-AgE", 20},
    {"hf_", 30},
    {"SG.", 20},
    {"eyJ", 30},
    {"dop_v1_", 30},
    {"shpat_", 20},
    {"AGE-SECRET-KEY-", 20},
};

static bool is_token_char(uint8_t b)
{
    return is_letter(b) || is_digit(b) || b == '_' || b == '-' || b == '.' || b == '+' || b == '/' || b == '=';
}

static size_t run_of_token(struct slice s)
{
    size_t n = 0;
    while (n < s.n && is_token_char(s.p[n]))
        n++;
    return n;
}

static bool is_known_token(struct slice s)
{
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        const struct slice prefix = slice_str(tokens[i].prefix);
        if (slice_starts(s, prefix) && run_of_token(slice_skip(s, prefix.n)) >= tokens[i].rest)
            return true;
    }
    return false;
}

/* Long, of one word, and mixed as no name is: digits and letters all over. */
static bool is_random(struct slice s)
{
    size_t digits = 0, uppers = 0, lowers = 0, hex = 0, changes = 0;
    unsigned before = 0;
    if (s.n < RANDOM || run_of_token(s) < s.n)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        const uint8_t b = s.p[i];
        const unsigned kind = is_digit(b) ? 1 : !is_letter(b) ? 2 : b >= 'a' ? 3 : 4;
        digits += kind == 1;
        lowers += kind == 3;
        uppers += kind == 4;
        hex += is_digit(b) || (lower(b) >= 'a' && lower(b) <= 'f');
        changes += kind != before;
        before = kind;
    }
    if (hex == s.n)
        return digits >= 4 && digits < s.n;
    return digits >= 3 && uppers >= 3 && lowers >= 3 && changes * 4 >= s.n;
}

bool secrets_value(struct slice value)
{
    return is_known_token(value) || is_random(value);
}

/* ://user:password@ */
static bool has_login(struct slice rest)
{
    size_t i = 0;
    while (i < rest.n && rest.p[i] > ' ' && !is_quote(rest.p[i]) && rest.p[i] != '/' && rest.p[i] != ':' &&
           rest.p[i] != '@')
        i++;
    if (i >= rest.n || rest.p[i] != ':')
        return false;
    const size_t password = ++i;
    while (i < rest.n && rest.p[i] > ' ' && !is_quote(rest.p[i]) && rest.p[i] != '/' && rest.p[i] != '@')
        i++;
    return i > password && i < rest.n && rest.p[i] == '@';
}

static bool has_value(struct slice line)
{
    const struct slice scheme = SLICE("://"), bearer = SLICE("earer "), basic = SLICE("asic ");
    size_t end = 0; /* of the run that i is in: looked for once a run, which may be megabytes */
    for (size_t i = 0; i < line.n; i++) {
        const struct slice rest = slice_skip(line, i);
        const bool begins = i == 0 || !is_token_char(line.p[i - 1]) || line.p[i - 1] == '=' || line.p[i - 1] == '/';
        if (slice_starts(rest, scheme) && has_login(slice_skip(rest, scheme.n)))
            return true;
        if ((slice_starts(rest, bearer) && run_of_token(slice_skip(rest, bearer.n)) >= 12) ||
            (slice_starts(rest, basic) && run_of_token(slice_skip(rest, basic.n)) >= 16))
            return true;
        if (!begins || !is_token_char(line.p[i]))
            continue;
        if (is_known_token(rest))
            return true;
        if (end <= i)
            end = i + run_of_token(rest);
        const size_t n = end - i;
        if (i > 0 && is_quote(line.p[i - 1]) && n < rest.n && is_quote(rest.p[n]) && is_random(slice_of(rest.p, n)))
            return true;
    }
    return false;
}

/* --- name = value --------------------------------------------------------------------------------------------------*/

/* The literal at the start of s, a quote after at most two letters; 0 quotes: none. */
static struct slice literal(struct slice s, unsigned *quotes)
{
    size_t i = 0;
    while (i < 2 && i < s.n && is_letter(s.p[i]))
        i++;
    s = slice_skip(s, i);
    *quotes = s.n > 0 && is_quote(s.p[0]) ? 1 : 0;
    if (*quotes == 1 && s.n >= 3 && s.p[1] == s.p[0] && s.p[2] == s.p[0])
        *quotes = 3;
    return s;
}

static bool goes_on(struct secrets *state, struct slice until)
{
    state->value_lines = LONGEST_VALUE;
    state->until = until;
    return true;
}

/* What stands behind a name of a secret: whether it is a value, or one begins that ends in a later line. */
static bool takes_value(struct secrets *state, struct slice s)
{
    unsigned quotes;
    s = skip_blanks(s);
    if (s.n == 0)
        return false;
    if ((s.p[0] == '(' || s.p[0] == '\\') && skip_blanks(slice_skip(s, 1)).n == 0)
        return goes_on(state, s.p[0] == '(' ? SLICE(")") : SLICE(""));
    while (s.n > 0 && (s.p[0] == '(' || s.p[0] == '[' || is_blank(s.p[0])))
        s = slice_skip(s, 1);
    s = literal(s, &quotes);
    if (quotes == 3) {
        const struct slice end = s.p[0] == '"' ? SLICE("\"\"\"") : SLICE("'''");
        const struct slice rest = slice_skip(s, 3);
        return memmem(rest.p, rest.n, end.p, end.n) != NULL || goes_on(state, end);
    }
    return quotes == 1 && s.n > 2 && s.p[1] != s.p[0];
}

static bool has_assignment(struct secrets *state, struct slice line)
{
    bool named = false; /* there is a name of a secret since the last ',' or the like */
    size_t from = 0;    /* what follows was not looked at yet; no name goes across a '=' or ':' */
    for (size_t i = 0; i < line.n; i++) {
        const uint8_t b = line.p[i];
        if (b == ',' || b == '(' || b == '{' || b == ';') {
            from = i + 1;
            named = false;
        }
        if (b != '=' && b != ':')
            continue;
        named = named || secrets_name(slice_of(line.p + from, i - from));
        from = i + 1;
        const bool comparison = b == '=' && ((i > 0 && memchr("=!<>", line.p[i - 1], 4) != NULL) ||
                                             (i + 1 < line.n && line.p[i + 1] == '='));
        if (!comparison && named && takes_value(state, slice_skip(line, i + 1)))
            return true;
    }
    return false;
}

/* --- lines ---------------------------------------------------------------------------------------------------------*/

static bool contains(struct slice s, struct slice word)
{
    return word.n > 0 && memmem(s.p, s.n, word.p, word.n) != NULL;
}

bool secrets_line(struct secrets *s, struct slice line)
{
    if (s->in_key || (contains(line, SLICE("-----BEGIN ")) && contains(line, SLICE("PRIVATE KEY")))) {
        s->in_key = !contains(line, SLICE("-----END "));
        return true;
    }
    if (s->value_lines > 0) {
        s->value_lines = s->until.n == 0 || contains(line, s->until) ? 0 : s->value_lines - 1;
        return true;
    }
    return has_assignment(s, line) || has_value(line);
}
