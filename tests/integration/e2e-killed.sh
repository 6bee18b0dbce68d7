#!/usr/bin/env bash
# pyrecord killed outright: the target is unharmed, and the recording converts with a warning and lacks at most the
# last second.
. "${0%/*}/lib.sh"
set -e

python=$(any_python) || skip "no Python that can be recorded here"
cat >"$work/target.py" <<'END'
import sys, time
end = time.monotonic() + 5
while time.monotonic() < end:
    sum(range(1000))
open(sys.argv[1], "w").write("finished")
END
"$pyrecord" -o "$work/killed.zst" -- "$python" "$work/target.py" "$work/finished" &
recorder=$!
sleep 3
kill -KILL $recorder
wait $recorder 2>/dev/null || true
status=0
"$pyheatmap" "$work/killed.zst" --json "$work/killed.json" 2>"$work/warning" || status=$?
cat "$work/warning"
[ $status = 0 ] || die "it does not convert: exit status $status"
grep -qi warning "$work/warning" || die "no warning that the end is missing"
"$python" "${0%/*}/check_json.py" "$work/killed.json" sums , duration 1.8 3.2 , count 150
for _ in $(seq 50); do
    [ ! -e "$work/finished" ] || break
    sleep 0.1
done
[ "$(cat "$work/finished")" = finished ] || die "the target did not finish"
