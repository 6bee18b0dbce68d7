#!/bin/sh
# --report: one file that loads nothing and in which every link leads somewhere; what is in it converts to the site of the
# redacted recording, byte for byte.
set -eu
work=$(mktemp -d "${TMPDIR:-/tmp}/report.XXXXXX")
trap 'rm -rf "$work"' EXIT
pyheatmap=$PWD/pyheatmap
top=${abs_top_srcdir:?is set by make check}
python=$(command -v python3) || { echo "no python3 to check it with" && exit 77; }
for name in plain missing hostile empty unended; do
    tests/site/make_case "$name" >"$work/$name.zst"
done
tests/support/fake_recording 3 4000 >"$work/large.zst"
tests/bench/generate -n 600000 -f 300 -s 20000 -l 400 >"$work/many.zst" 2>/dev/null # 300 files, 120,000 lines
cd "$work"
for name in plain missing hostile empty unended large; do
    "$pyheatmap" -q --redact -o redacted.zst "$name.zst"
    "$pyheatmap" -q --report "$name.zst" 2>words || { echo "$name: $(cat words)" && exit 1; }
    "$python" "$top/tests/support/check_report.py" "$name-report.html" redacted.zst
    "$pyheatmap" -q -o want redacted.zst
    "$pyheatmap" -q -o got "$name-report.html"
    diff -r want got
    "$pyheatmap" -q --report -o again.html "$name.zst"
    cmp "$name-report.html" again.html
    "$pyheatmap" -q --report --no-redact -o raw.html "$name.zst" 2>words
    "$python" "$top/tests/support/check_report.py" raw.html "$name.zst"
    "$pyheatmap" -q --report -o report.zip "$name.zst"
    "$pyheatmap" -q -o got report.zip
    diff -r want got
done
# Of many files: no more than GitHub takes, and all there.
"$pyheatmap" -q --redact -o redacted.zst many.zst
"$pyheatmap" -q --report -o many.html many.zst 2>words
[ "$(wc -c <many.html)" -le 25000000 ]
grep -q 'to stay below 25 MB, left out' words
"$pyheatmap" -q -o want-many redacted.zst
"$pyheatmap" -q -o got-many many.html
diff -r want-many got-many
grep -q 'return -item.cents' plain-report.html # the source is there to be read
grep -q 'href="#f0L6"' plain-report.html       # and the hottest line leads to it
grep -q 'What is private was removed' plain-report.html
if grep -q home/ada plain-report.html || grep -q 'What is private was removed' raw.html; then
    echo "whose home it was is there, or what was not done is claimed"
    exit 1
fi
"$pyheatmap" -q --report --no-redact -o raw.html plain.zst
grep -q home/ada raw.html # it could have been found

# Notes are part of the recording that is in it. Cut, it converts as far as it goes.
"$pyheatmap" -q --report --note 'since *Monday*' -o noted.html plain.zst
"$pyheatmap" -q --json - noted.html | grep -q '"notes":"since \*Monday\*"'
grep -q 'since <em>Monday</em>' noted.html
head -c "$(($(wc -c <large-report.html) - 2000))" large-report.html >cut.html
"$pyheatmap" -q --json - cut.html 2>words | grep -q '"complete":false'
grep -q 'warning: cut.html' words
"$pyheatmap" -q --report -o - plain.zst >piped.html && cmp piped.html plain-report.html

status=0
"$pyheatmap" -q --report -o no/dir/x.html plain.zst 2>words || status=$?
[ "$status" = 1 ] && grep -q 'no/dir/x.html: cannot write it' words
status=0
"$pyheatmap" --json x want/index.html 2>words || status=$?
[ "$status" = 1 ] && grep -q 'without a recording in it' words
