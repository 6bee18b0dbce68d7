#!/usr/bin/env bash
# pyheatmap gives up its rights before it believes a byte, where the system has Landlock; and all that it has to do
# works then as it does without: a site that replaces one, JSON, a pipe, --source-root, encodings, --open.
set -u
: "${abs_top_builddir:=$PWD}"
work=$(mktemp -d "${TMPDIR:-/tmp}/sandbox.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
bad=0
fail() { printf 'FAIL %s\n' "$*"; bad=1; }
pyheatmap=$abs_top_builddir/pyheatmap

"$abs_top_builddir/tests/site/make_case" plain >plain
"$abs_top_builddir/tests/site/make_case" missing >missing
"$pyheatmap" -q -o site plain || fail 'a new site'
cp -r site before
"$pyheatmap" -q -o site/ plain || fail 'the same site again'
diff -r before site || fail 'the second site differs'
(mkdir sub && cd sub && "$pyheatmap" -q ../plain -o ../site && "$pyheatmap" -q -o "$work/absolute" ../plain) || fail 'paths'
"$pyheatmap" -q --json numbers.json plain && "$pyheatmap" -q --json - plain | cmp - numbers.json || fail 'JSON'
mkfifo pipe
cat pipe >from-pipe &
"$pyheatmap" -q --json pipe plain || fail 'JSON to a pipe'
wait
cmp from-pipe numbers.json || fail 'what came from the pipe differs'
"$pyheatmap" -q -o from-stdin - <plain || fail 'standard input'
printf '#!/bin/sh\nprintf "%%s" "$1" >opened\n' >browser
chmod +x browser
BROWSER=./browser "$pyheatmap" -q --open -o site plain || fail '--open'
for _ in $(seq 100); do [ -s opened ] && break || sleep 0.1; done
grep -q '^file://.*/site/index.html$' opened || fail 'no address came to the browser'
mkdir none
if "$pyheatmap" -q -o none/there/site plain 2>said; then fail 'a site nowhere'; fi
grep -q 'No such file' said || fail "says: $(cat said)"

command -v strace >/dev/null || { [ $bad = 0 ] && echo 'strace is missing: the system calls were not looked at' && exit 77; exit 1; }
traced() { # argument…
    strace -f -o calls -e trace=openat,open,execve,connect,landlock_create_ruleset,landlock_restrict_self \
        "$pyheatmap" "$@" >/dev/null 2>&1 || { [ "${SANITIZERS:-no}" = yes ] || fail "under strace: $*"; }
}
traced -q -o site --json j missing
if grep -q 'landlock_create_ruleset(.*= -1 E\(NOSYS\|OPNOTSUPP\)' calls; then
    [ $bad = 0 ] && echo 'this kernel has no Landlock' && exit 77
    exit 1
fi
# From then on nothing is opened but what is written, and the directories of it.
nothing_else() { # what
    grep -q 'landlock_restrict_self(.*= 0$' calls || fail "$1: not entered: $(grep landlock calls)"
    # Of a call that another thread's comes between, the first half has the name.
    sed '1,/landlock_restrict_self/d' calls | grep -v '+++\|---\|<\.\.\. open[a-z]* resumed>' |
        grep -v 'O_WRONLY\|O_RDWR\|O_DIRECTORY\|index.html\|/proc/\|/etc/localtime' >others
    [ ! -s others ] || fail "$1: opened afterwards: $(cat others)"
}
nothing_else 'a site'
for action in '--info' '--info --json n.json' '--markdown' '--redact -f -o r.zst' '--redact --dry-run' '--report -f -o r.html' \
    '--report --no-redact -f -o r.zip'; do
    # shellcheck disable=SC2086
    traced $action plain
    nothing_else "$action"
done
exit $bad
