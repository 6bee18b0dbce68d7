#!/usr/bin/env bash
# What recording costs and how good it is: for each Python found and each program, pairs of runs, alone and recorded,
# in turns, so that a machine that slows down slows both.
#
# PAIRS (default 5) and SECONDS_EACH (default 5) say how long; RATE (default 1000) is in Hz. Wants a quiet machine.
. "${0%/*}/../integration/lib.sh"
set -e

pairs=${PAIRS:-5}
rate=${RATE:-1000}

# The programs do a fixed amount of work, so that time is the measure: rounds that take about that long alone.
cat >"$work/program.py" <<'END'
import sys, time
sys.path.insert(0, sys.argv[1])
import callheavy
def calls(n):
    for _ in range(n):
        callheavy.fib(14)
        for _ in range(20):
            callheavy.deep(60)
def loop(n):
    total = 0
    for i in range(n * 20000):
        total += i & 7
def strings(n):
    for i in range(n * 200):
        " ".join(sorted(str(i * j) for j in range(20)))
begin = time.perf_counter()
globals()[sys.argv[2]](int(sys.argv[3]))
print(time.perf_counter() - begin)
END

median() { sort -g | awk '{ v[NR] = $1 } END { print (NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2) }'; }

printf '%-8s %-8s %9s %9s %9s %8s %8s %8s %12s\n' python program alone_s recorded_s slower_% samples lost trimmed bytes/sample
for version in "${versions[@]}"; do
    python=$(find_python "$version") || { echo "no python$version here" && continue; }
    for program in calls loop strings; do
        run=("$python" "$work/program.py" "$support" "$program")
        once=$("${run[@]}" 2000)
        rounds=$(awk -v t="$once" -v s="${SECONDS_EACH:-5}" 'BEGIN { print int(2000 * s / t) + 1 }')
        : >"$work/ratios"
        : >"$work/alone"
        : >"$work/recorded"
        for _ in $(seq "$pairs"); do
            alone=$("${run[@]}" "$rounds")
            recorded=$("$pyrecord" -q -f -r "$rate" -o "$work/bench.zst" -- "${run[@]}" "$rounds")
            echo "$alone" >>"$work/alone"
            echo "$recorded" >>"$work/recorded"
            awk -v a="$alone" -v r="$recorded" 'BEGIN { print 100 * (r / a - 1) }' >>"$work/ratios"
        done
        "$pyheatmap" "$work/bench.zst" --json "$work/bench.json" >/dev/null
        read -r samples lost trimmed <<<"$("$python" -c 'import json, sys
s = json.load(open(sys.argv[1]))["samples"]
print(s["count"], s["lost"], s["trimmed"])' "$work/bench.json")"
        printf '%-8s %-8s %9.2f %9.2f %9.2f %8d %8d %8d %12.2f\n' "$version" "$program" "$(median <"$work/alone")" \
            "$(median <"$work/recorded")" "$(median <"$work/ratios")" "$samples" "$lost" "$trimmed" \
            "$(awk -v b="$(stat -c %s "$work/bench.zst")" -v n="$samples" 'BEGIN { print b / n }')"
    done
done
