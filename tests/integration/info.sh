#!/bin/sh
# --info and --markdown: the numbers are those of the conversion, what is private is named, damage is said.
set -eu
work=$(mktemp -d "${TMPDIR:-/tmp}/info.XXXXXX")
trap 'rm -rf "$work"' EXIT
pyheatmap=$PWD/pyheatmap
python=$(command -v python3) || { echo "no python3 to compare with" && exit 77; }
for name in plain missing hostile empty unended; do
    tests/site/make_case "$name" >"$work/$name.zst"
done
tests/support/fake_recording 5 4000 >"$work/large.zst"
cd "$work"
head -c "$(($(wc -c <large.zst) / 2))" large.zst >cut.zst
for name in plain missing hostile empty unended large cut; do
    "$pyheatmap" --info "$name.zst" >"$name.info" 2>words
    "$pyheatmap" --info --json "$name.info.json" "$name.zst"
    "$pyheatmap" -q --json "$name.json" "$name.zst" 2>words
    "$pyheatmap" -q --json "$name.wall.json" --basis wall "$name.zst" 2>words
    "$python" - "$name" <<'PY'
import json, sys
name = sys.argv[1]
info, active, wall = (json.load(open(name + suffix)) for suffix in (".info.json", ".json", ".wall.json"))
samples = info["samples"]
assert info["info_schema"] == 1
assert samples["active"] == active["samples"]["count"], samples
assert samples["wall"] == wall["samples"]["count"] == active["samples"]["wall"]
for key in ("lost", "looks", "looks_trimmed", "looks_lost"):
    assert samples[key] == active["samples"][key], key
for key in ("complete", "rate_hz", "recorder", "duration_s"):
    assert info["recording"][key] == active["recording"][key], key
assert info["recording"]["damages"] == len(active["damages"])
threads = [t for p in info["processes"] for t in p["threads"]]
assert [(t["tid"], t["active"], t["wall"]) for t in threads] == [(t["tid"], t["samples"], t["wall"]) for t in active["threads"]]
have = {f["path"] for f in info["files"] if f["text"]}
assert have >= {f["path"] for f in active["files"] if f["source"] == "embedded"}
PY
    "$pyheatmap" --markdown "$name.zst" >"$name.md"
done
grep -q '^  home directory: /home/ada$' plain.info
grep -q '^  user name: ada$' plain.info
grep -q '^  whole     yes$' plain.info
grep -q '^  whole     no: the end is missing' cut.info
grep -q '  text  /home/ada/shop/app.py' plain.info
grep -qF '| 66.7 % | 66.7 % | `app:6` | `return -item.cents` |' plain.md || grep -qF '`return -item.cents` |' plain.md
grep -q 'is not whole' cut.md
if LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177]')" hostile.info hostile.md; then
    echo "what could drive a terminal is printed"
    exit 1
fi
for options in '--info -o x' '--info --markdown' '--markdown --json x' '--info --open' '--dry-run' '--no-redact' '--redact' \
    '--report --no-redact --no-notes'; do
    status=0
    # shellcheck disable=SC2086 # words
    "$pyheatmap" $options plain.zst >out 2>words || status=$?
    [ "$status" = 2 ] || { echo "$options: status $status" && exit 1; }
done
[ ! -e x ]
