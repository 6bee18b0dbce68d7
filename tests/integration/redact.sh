#!/usr/bin/env bash
# --redact: a program with private things everywhere is recorded; none of them is in what is left, and all numbers are.
. "${0%/*}/lib.sh"
python=$(any_python) || skip "no Python that pyrecord records"
status=0
fail() {
    echo "$*"
    status=1
}

# The home directory and the name of somebody, as this machine tells them.
home=$work/canaryada
mkdir -p "$home/proj"
cp "$support/private.py" "$home/proj/app.py"
cd "$home/proj" || exit 1
as_ada() { HOME=$home USER=canaryada LOGNAME=canaryada HOSTNAME=canaryhost "$@"; }

as_ada env PYTHONCANARY=canary-env-4720 HOSTNAME=canaryhost "$pyrecord" -q -o "$work/whole.zst" \
    --env HOSTNAME --env HOME --note 'From canaryada, with token: "canary-note-4721"' -- \
    "$python" "$home/proj/app.py" --user canaryada --api-token canary-arg-4718 --level=canary-value-4719 canary-plain-4722 ||
    skip "could not record"
# Cut in its second half: what can be read is written, as a whole recording.
head -c "$(($(stat -c %s "$work/whole.zst") * 4 / 5))" "$work/whole.zst" >"$work/cut.zst"

numbers_of() { # recording
    "$pyheatmap" -q --json "$work/numbers.json" "$1" 2>/dev/null &&
        "$python" "$support/numbers.py" "$work/numbers.json" "$2"
}

for recording in whole cut; do
    for keep in all project hot none; do
        redacted=$work/$recording-$keep.zst
        as_ada "$pyheatmap" --redact --keep-sources=$keep -o "$redacted" "$work/$recording.zst" >"$work/list" ||
            fail "$recording, $keep: cannot be redacted"
        zstd -dcq "$redacted" >"$work/bytes" 2>/dev/null || cp "$redacted" "$work/bytes"
        # In any case; and as UTF-16 and UTF-32 would have it.
        LC_ALL=C grep -aioE 'c.{0,3}a.{0,3}n.{0,3}a.{0,3}r.{0,3}y[a-z0-9-]*' "$work/bytes" | LC_ALL=C tr -d '\0' |
            grep -qi '^canary' && fail "$recording, $keep: still there: $(grep -aio 'canary[a-z0-9-]*' "$work/bytes" | sort | uniq -c)"
        text=same
        case $keep in project | none) text=gone ;; esac
        numbers_of "$work/$recording.zst" $text >"$work/before"
        numbers_of "$redacted" $text >"$work/after"
        [ -s "$work/before" ] || fail "$recording: no numbers"
        diff "$work/before" "$work/after" >"$work/diff" || fail "$recording, $keep: numbers differ: $(head -n 20 "$work/diff")"
    done
    # Redacted twice is the same, and --dry-run writes nothing but the list.
    as_ada "$pyheatmap" -q --redact -o "$work/again.zst" "$work/$recording.zst"
    cmp "$work/again.zst" "$work/$recording-all.zst" || fail "$recording: not the same bytes again"
    "$pyheatmap" --json - -q "$work/$recording-all.zst" | grep -q '"complete":true' || fail "$recording: not whole"
done

# What could not be read is said, once, whatever is made of it; of a whole one nothing is.
for action in '--redact -o a.zst' '--redact --dry-run' '--report -o a.html' '--report --no-redact -o b.html' --markdown; do
    for recording in whole cut; do
        # shellcheck disable=SC2086
        "$pyheatmap" -q $action "$work/$recording.zst" 2>"$work/said" >"$work/list" || fail "$action: $recording: it fails"
        warnings=$(grep -c 'warning: .*: .* not read' "$work/said")
        case $recording-$warnings in whole-0 | cut-1) ;; *) fail "$action: $recording: $(cat "$work/said")" ;; esac
        rm -f a.zst a.html b.html
    done
done

as_ada "$pyheatmap" --redact --dry-run "$work/whole.zst" >"$work/list" || fail "--dry-run fails"
for words in 'PYTHONCANARY' 'values of arguments: 4' "$home → /home/user" 'canaryada → user' 'canaryhost → host' \
    'look like secrets: 11' 'app.py:' '--api-token … --level=…' 'notes: 1'; do
    grep -qF -e "$words" "$work/list" || fail "not in the list: $words"
done
[ $status = 0 ] || cat "$work/list"

# What is asked for besides; and notes only if they may stay.
as_ada "$pyheatmap" -q --redact --no-notes --strip nobody --strip harmless -o "$work/strip.zst" "$work/whole.zst"
"$pyheatmap" --json - -q "$work/strip.zst" | grep -q '"notes":""' || fail "--no-notes left notes"
zstd -dcq "$work/strip.zst" | LC_ALL=C grep -qaE 'nobody calls|harmless' && fail "--strip left a word"

# The cold function's text is there with all, and not with hot; the hot one's is.
zstd -dcq "$work/whole-hot.zst" >"$work/bytes"
grep -qa 'total += i \* i' "$work/bytes" || fail "hot: a sampled line's text is gone"
grep -qa 'nobody calls this' "$work/bytes" && fail "hot: the text of a cold function is there"
zstd -dcq "$work/whole-all.zst" | grep -qa 'nobody calls this' || fail "all: text is gone"
exit $status
