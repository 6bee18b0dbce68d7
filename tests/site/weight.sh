#!/usr/bin/env bash
# What sites weigh: a small one, one of 300 and one of 1,000 files, and a page of 20,000 lines. Sizes do not depend on
# the machine: the same recording gives the same bytes.
#
# Allowed are 3 bytes for each byte of source shown, 4 KB a page and 150 KB for all that pages share; the data of the
# search and the filters comes on top, and is loaded only when it is wanted.
set -eu
if [ "${SANITIZERS:-no}" != no ]; then
    echo "sizes are the same with sanitizers, and take long there"
    exit 77
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/weight.XXXXXX")
trap 'rm -rf "$work"' EXIT
failed=0

# The bytes of all files below a directory with such a name.
bytes() { # directory pattern
    find "$1" -name "$2" -type f -printf '%s\n' | awk '{ n += $1 } END { print n + 0 }'
}

at_most() { # bytes limit what
    [ "$1" -le "$2" ] && return
    echo "$3: $1 bytes; allowed are $2"
    failed=1
}

printf '%8s %12s %12s %12s %12s %12s %12s\n' files source pages a_byte largest front search
make_site() { # name arguments of generate
    name=$1
    shift
    tests/bench/generate "$@" >"$work/$name.zst" 2>"$work/words"
    ./pyheatmap -q -o "$work/$name" "$work/$name.zst"
    source=$(sed -n 's/.*; \([0-9]*\) bytes of text$/\1/p' "$work/words")
    pages=$(bytes "$work/$name" '*.html')
    front=$(bytes "$work/$name" index.html)
    largest=$(find "$work/$name/src" -name '*.html' -printf '%s\n' | sort -n | tail -n 1)
    shared=$(bytes "$work/$name" 'heatmap.*')
    n=$(find "$work/$name" -name '*.html' | wc -l)
    printf '%8d %12d %12d %12.2f %12d %12d %12d\n' $((n - 1)) "$source" "$pages" \
        "$(awk -v p="$pages" -v s="$source" 'BEGIN { print p / s }')" "$largest" "$front" \
        "$(bytes "$work/$name" search-data.js)"
    at_most $((pages + shared)) $((3 * source + 4096 * n + 150 * 1024)) "the pages of $name and what they share"
    at_most "$shared" $((150 * 1024)) "what the pages of $name share"
}

make_site small -f 8 -n 20000 -s 500
make_site middle -f 300 -n 200000
make_site large -f 1000 -n 600000 -s 60000
at_most "$front" 500000 "the front page of 1,000 files"
make_site long -f 3 -l 20000 -n 100000
# Of the three files the long one has nearly all of the text; the others have 20 KB each.
at_most "$largest" $((3 * (source - 40000))) "the page of 20,000 lines"
exit "$failed"
