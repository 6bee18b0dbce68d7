#!/usr/bin/env bash
# a calls only b, c calls only d, in quick turns: no recording may have it otherwise, and the three parts share alike.
. "${0%/*}/lib.sh"
set -e

python=$(any_python) || skip "no Python that can be recorded here"
"$pyrecord" -r 2000 -o "$work/edges.zst" -- "$python" "$support/edges.py" 2
"$pyheatmap" "$work/edges.zst" --json "$work/edges.json"
"$python" "${0%/*}/check_json.py" "$work/edges.json" sums , calls a b , calls c d , never-calls a d , never-calls c b , \
    calls main a , calls main c , never-calls main b , never-calls main d , among a a,c 50 5
