#!/usr/bin/env bash
# A virtual environment with a package in its site-packages and an editable one by a .pth file: each file is of the
# type that the target's own paths say.
. "${0%/*}/lib.sh"
set -e

python=$(any_python) || skip "no Python that can be recorded here"
"$python" -m venv --without-pip "$work/venv" || skip "$python makes no virtual environments"
site=$(echo "$work"/venv/lib/python3.*/site-packages)

module() { # file: a module that works for a while, in a function of its own
    mkdir -p "${1%/*}"
    cat >"$1" <<'END'
import time
def work(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        sum(range(100))
END
}
module "$site/installed/__init__.py"
module "$work/checkout/src/editable/core.py"
echo "$work/checkout/src" >"$site/editable.pth"
module "$work/program/helper.py"
cat >"$work/program/app.py" <<'END'
import json
import editable.core, helper, installed
for part in (installed, editable.core, helper):
    part.work(0.3)
for _ in range(3000):
    json.dumps({"a": [1, 2, {"b": None}] * 10}, indent=1)
END
"$pyrecord" -o "$work/types.zst" -- "$work/venv/bin/python" "$work/program/app.py"
"$pyheatmap" "$work/types.zst" --json "$work/types.json"
"$python" "${0%/*}/check_json.py" "$work/types.json" sums , count 100 , \
    type /installed/__init__.py site-packages , type /editable/core.py project , \
    type /program/helper.py project , type /program/app.py project , type /json/encoder.py stdlib
