/* identity.h: who and where: the names of people, machines and home directories that a recording may give away.
 *
 * Found in the recording itself (paths, environment), and, since it is mostly redacted where it was made, asked of this
 * machine. Each gets a word that stands for it: "user", "user2", "host", "/home/user" … */
#ifndef HEATMAP_IDENTITY_H
#define HEATMAP_IDENTITY_H

#include "src/heatmap/here.h"
#include "src/heatmap/profile.h"
#include "src/heatmap/rewrite.h"

#define IDENTITY_MAX_NAMES 256 /* of homes, users and hosts: no machine's recording has as many */

struct identity_options {
    const char *const *words; /* what the user wants removed besides; borrowed */
    size_t n_words;
    const struct slice *modules; /* names of libraries' modules; borrowed */
    size_t n_modules;
    const struct here *here; /* what this machine says, to be removed as well; borrowed; may be NULL */
};

struct identity_entry {
    enum { IDENTITY_HOME, IDENTITY_USER, IDENTITY_HOST, IDENTITY_SECRET, IDENTITY_WORD } kind;
    struct slice value, instead; /* instead empty: so common a word that it is replaced in home directories only */
};

struct identity {
    struct arena arena;
    struct identity_entry *entries; /* owned; by kind, then value */
    uint32_t n, cap;
    struct intern known; /* kinds and values that were found */
    uint32_t names;      /* how many of them are names: over IDENTITY_MAX_NAMES they are only counted */
};

MUST_CHECK bool identity_find(struct identity *id, const struct profile *p, const struct identity_options *options,
                              struct err *err);
void identity_fini(struct identity *id);
/* Adds what it found to a map. ERR_LIMIT where it could not find all. */
MUST_CHECK bool identity_rewrite(const struct identity *id, struct rewrite *r, struct err *err);

#endif
