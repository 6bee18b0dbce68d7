#!/bin/sh
# pyheatmap as a command: exit statuses, pipes, damaged input, words that help.
set -eu
work=$(mktemp -d "${TMPDIR:-/tmp}/convert-cli.XXXXXX")
trap 'rm -rf "$work"' EXIT
pyheatmap=$PWD/pyheatmap
tests/support/fake_recording 1 2000 >"$work/whole.zst"
tests/support/fake_recording 1 2000 no-end >"$work/no-end.zst"
cd "$work"
head -c "$(($(wc -c <whole.zst) * 2 / 3))" whole.zst >cut.zst
printf 'PK\003\004 and more' >archive.zst

status_is() { # status words… -- command…
    want=$1
    words=$2
    shift 3
    got=0
    "$@" >out 2>err </dev/null || got=$?
    if [ "$got" != "$want" ] || { [ -n "$words" ] && ! grep -qF -e "$words" err; }; then
        echo "$*: status $got, expected $want and \"$words\":"
        cat err
        exit 1
    fi
}

status_is 0 '' -- "$pyheatmap" --json a.json whole.zst
[ ! -s err ] && grep -q 'Hottest lines' out
"$pyheatmap" --json b.json - <whole.zst >/dev/null
cat whole.zst | "$pyheatmap" --json - - 2>words >c.json
cmp a.json b.json # the same recording, the same bytes
cmp a.json c.json
grep -q 'Hottest lines' words # the summary stays out of the JSON
status_is 0 '' -- "$pyheatmap" -q --json - whole.zst
[ ! -s err ]
cmp a.json out

status_is 0 'warning: cut.zst: ' -- "$pyheatmap" --json cut.json cut.zst
status_is 0 'warning: no-end.zst: ' -- "$pyheatmap" --json no-end.json no-end.zst
grep -q '"complete":false' cut.json no-end.json

status_is 1 'archive.zst: a zip file that cannot be read' -- "$pyheatmap" --json x archive.zst
status_is 1 'none.zst: cannot open it: No such file' -- "$pyheatmap" --json x none.zst
status_is 1 'is a directory' -- "$pyheatmap" --json x .
status_is 1 'standard input: not a recording: the file is empty' -- "$pyheatmap" --json x -
status_is 1 '/dev/full: cannot write it: No space left' -- "$pyheatmap" --json /dev/full whole.zst
status_is 1 'no/dir/x: cannot write it' -- "$pyheatmap" --json no/dir/x whole.zst
[ ! -e x ]
status_is 2 'no recording given' -- "$pyheatmap"
status_is 2 '--basis is' -- "$pyheatmap" --basis cpu whole.zst

# What is replaced is replaced whole.
echo before >kept
status_is 1 'a zip file that' -- "$pyheatmap" --json kept archive.zst
[ "$(cat kept)" = before ]

# Every option is in the manual.
manual=${abs_top_srcdir:?is set by make check}/man/pyheatmap.1
for option in $("$pyheatmap" --help | grep -o '^  .\{4\}--[a-z-]*' | grep -o -e '--.*'); do
    if ! sed 's/\\-/-/g' "$manual" | grep -qF -e "$option"; then
        echo "$option is not in $manual"
        exit 1
    fi
done
