#!/bin/sh
# Runs one fuzzer for a time. Usage: run.sh FUZZER SECONDS, in a build directory with fuzzers; `make fuzz` does.
#
# The corpus stays in fuzz-corpus/FUZZER, a finding in fuzz-findings/. A line is appended to fuzz-log: fuzzer, seconds,
# seconds of processor time, executions, edges covered, exit status. tests/fuzz/README.md keeps the sums.
set -eu
fuzzer=$1 seconds=$2
tests/fuzz/fuzz_"$fuzzer" -help=1 2>&1 | grep -q max_total_time ||
    { echo 'configure with CC=clang --enable-fuzzers' >&2 && exit 1; }
if [ ! -d fuzz-corpus/"$fuzzer" ]; then # all of it, or none
    rm -rf fuzz-corpus.new
    "${abs_top_srcdir:?}/tests/fuzz/seeds.sh" fuzz-corpus.new "$abs_top_srcdir"/tests/golden/*.zst
    rm -rf fuzz-corpus
    mv fuzz-corpus.new fuzz-corpus
fi
mkdir -p fuzz-findings
dictionary=$abs_top_srcdir/tests/fuzz/$fuzzer.dict
output=fuzz-output-$fuzzer
set -- -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=16384 -print_final_stats=1 \
    -artifact_prefix=fuzz-findings/"$fuzzer"-
[ ! -f "$dictionary" ] || set -- "$@" -dict="$dictionary"
status=0 began=$(date +%s)
tests/fuzz/fuzz_"$fuzzer" "$@" fuzz-corpus/"$fuzzer" >"$output" 2>&1 || status=$?
times >"$output-times" # not in a pipe: it is of this shell's children
seconds=$(($(date +%s) - began)) # of a crash, which says nothing of it, too
cpu=$(tail -n 1 "$output-times" | tr 'ms' '  ')
awk -v seconds="$seconds" -v fuzzer="$fuzzer" -v status="$status" -v cpu="$cpu" '
    /^Done / { runs = $2 }
    /^stat::number_of_executed_units/ { runs = $2 }
    / cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") cov = $(i + 1) }
    END {
        split(cpu, t, " ")
        print fuzzer, seconds, int(60 * (t[1] + t[3]) + t[2] + t[4]), runs + 0, cov + 0, status
    }' "$output" >>fuzz-log
rm "$output-times"
tail -n 1 fuzz-log
[ "$status" = 0 ] || tail -n 40 "$output"
exit "$status"
