#!/usr/bin/env bash
# What a site costs: for recordings of few and of many files, how long the conversion takes and how much memory; and in
# a browser, where there is one, how soon the largest page answers. Sizes are tests/site/weight.sh's.
#
# RUNS (default 3) conversions each; the fastest counts. Wants a quiet machine.
set -eu
cd "${abs_top_builddir:?is set by make bench}"
: "${abs_top_srcdir:?is set by make bench}"
work=$(mktemp -d "${TMPDIR:-/tmp}/site-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT

# Runs a command; prints its seconds and its peak of memory in KiB.
cost() { # command…
    python3 -c 'import resource, subprocess, sys, time
begin = time.perf_counter()
subprocess.run(sys.argv[1:], check=True)
print(time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$@"
}

printf '%-14s %10s %12s %8s %10s\n' recording bytes site_bytes seconds peak_MiB
measure() { # name arguments of generate
    local name=$1
    shift
    tests/bench/generate "$@" >"$work/$name.zst" 2>/dev/null
    for _ in $(seq "${RUNS:-3}"); do
        cost ./pyheatmap -q -f -o "$work/$name" "$work/$name.zst"
    done | sort -g >"$work/costs"
    read -r seconds peak <"$work/costs"
    printf '%-14s %10d %12d %8.2f %10.1f\n' "$name" "$(stat -c %s "$work/$name.zst")" \
        "$(find "$work/$name" -type f -printf '%s\n' | awk '{ n += $1 } END { print n }')" "$seconds" \
        "$(awk -v kib="$peak" 'BEGIN { print kib / 1024 }')"
}
measure small -f 8 -n 20000 -s 500
measure 300-files -f 300 -n 200000
measure 1000-files -f 1000 -n 600000 -s 60000
measure 20000-lines -f 3 -l 20000 -n 100000

browser=$abs_top_srcdir/tests/browser
chromium=$(command -v chromium || command -v chromium-browser || true)
if [ -n "$chromium" ] && [ -d "$browser/node_modules/playwright-core" ]; then
    largest=$(find "$work/20000-lines/src" -name '*.html' -printf '%s %p\n' | sort -n | sed -n '$s/^[0-9]* //p')
    node "$browser/speed.mjs" "$chromium" "$work/1000-files/index.html" "$largest"
else
    echo "no browser: how soon pages answer was not measured"
fi
