#!/usr/bin/env bash
# Ended by a signal while it writes, pyheatmap leaves nothing half-written, and what was there is there; a signal that
# is ignored ends nothing; a file that may not grow is an error like any other.
set -u
: "${abs_top_builddir:=$PWD}"
work=$(mktemp -d "${TMPDIR:-/tmp}/interrupted.XXXXXX")
trap 'rm -rf "$work"' EXIT
pyheatmap=$abs_top_builddir/pyheatmap
bad=0
fail() { printf 'FAIL %s\n' "$*"; bad=1; }

# 300 files: half a second of reading, as long of writing.
"$abs_top_builddir/tests/bench/generate" -n 600000 -f 300 -s 20000 -l 400 >"$work/many.zst" 2>/dev/null || exit 1
cd "$work" || exit 1

# Whoever runs this may ignore some, and shells have what they start in the background ignore SIGINT.
with=(env "--default-signal=INT,TERM,HUP,QUIT")

# Runs it; once something is beside its place the signal is sent. Whether it came in time.
interrupted() { # signal pattern argument…
    local signal=$1 pattern=$2 status=0
    shift 2
    "${with[@]}" "$pyheatmap" -q -o made "$@" many.zst >said 2>&1 &
    while kill -0 $! 2>/dev/null && [ -z "$(compgen -G "$pattern")" ]; do :; done
    kill -s "$signal" $! 2>/dev/null
    wait $! 2>/dev/null || status=$?
    [ "$status" = $((128 + $(kill -l "$signal"))) ]
}
nothing_else() { # what
    local left
    left=$(find . -mindepth 1 -maxdepth 1 ! -name many.zst ! -name said ! -name made)
    [ -z "$left" ] || fail "$1: left behind: $left"
}
old() { # a site that was there, which can be told
    rm -rf made && mkdir made && echo '<meta name="generator" content="pyheatmap">' >made/index.html && echo old >made/mark
}

for signal in INT TERM HUP QUIT; do
    rm -rf made
    interrupted $signal 'made.new-*' || fail "$signal: it did not come, or was not what ended it: $(cat said)"
    nothing_else "a site, $signal"
    [ ! -e made ] || fail "$signal: half a site"
    old
    interrupted $signal 'made.new-*' --force || fail "$signal: it did not end by it: $(cat said)"
    nothing_else "a second site, $signal"
    [ "$(cat made/mark)" = old ] || fail "$signal: what was there is gone"
    rm -rf made
    interrupted $signal 'made.*.tmp' --redact || fail "--redact, $signal: it did not end by it: $(cat said)"
    nothing_else "--redact, $signal"
    [ ! -e made ] || fail "--redact, $signal: half a recording"
done

# As nohup has it.
(with=(env --ignore-signal=HUP) && interrupted HUP 'made.new-*') && fail 'HUP: ignored, and yet it ended'
[ -e made/index.html ] || fail "HUP: ignored, and no site: $(cat said)"
nothing_else 'a site, HUP ignored'
rm -rf made

# A file that may not grow.
(ulimit -f 8 && exec "$pyheatmap" -q -o made many.zst) >said 2>&1
status=$?
[ "$status $(grep -o 'made: .*File too large' said | grep -o 'File .*')" = '1 File too large' ] || fail "a file limit: exit status $status: $(cat said)"
nothing_else 'a file limit'

# A pipe that nobody reads: what was to be written is.
unbuffered=(stdbuf -o0)
[ "${SANITIZERS:-no}" = no ] || unbuffered=() # which want to be loaded first
"${unbuffered[@]}" "$pyheatmap" --redact -o made many.zst 2>said | true
nothing_else 'nobody reads the list'
"$pyheatmap" -q --json - made 2>said | grep -q '"complete":true' || fail "nobody reads the list: $(cat said)"
exit $bad
