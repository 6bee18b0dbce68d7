/* recording.h: one recording from beginning to end: samplers, writer and output put together.
 *
 * Owns: their order of birth and death. Does not own: the command, signals, what is printed. */
#ifndef RECORD_RECORDING_H
#define RECORD_RECORDING_H

#include "src/record/options.h"
#include "src/record/sampler.h"
#include "src/record/summary.h"

struct recording;

/* Creates the output and starts to look at the process. NULL on failure. o is borrowed. */
MUST_CHECK struct recording *recording_new(const struct options *o, pid_t pid, const struct slice *notes,
                                           struct err *err);
/* How it goes. */
void recording_numbers(const struct recording *r, struct summary *summary);
/* What has gone wrong for good, if anything: the target cannot be read, or the file cannot be written. */
bool recording_failed(const struct recording *r, struct err *err);
/* Why a process that the first one started could not be read, if there was one; kind ERR_NONE otherwise. */
struct err recording_refusal(const struct recording *r);
/* Ends the recording: reason is of rec_end, status the command's as waitpid has it, -1: unknown. */
MUST_CHECK bool recording_end(struct recording *r, uint32_t reason, int status, struct err *err);
/* Removes the output: there was nothing to record. Ended or not; r may be NULL. */
void recording_discard(struct recording *r);
void recording_free(struct recording *r);

#endif
