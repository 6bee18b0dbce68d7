#!/usr/bin/env bash
# The nth allocation, open, read, write, close, rename of the recorder fails (tests/support/faulty.c): what went wrong is
# said, or it was of no importance; what was recorded converts; a recording that comes to nothing leaves no file, and
# the one that was there; and the program that is recorded runs on.
. "${0%/*}/lib.sh"
python=$(any_python) || skip "no Python that can be recorded here"
faulty=$abs_top_builddir/tests/support/faulty_pyrecord
status=0
fail() {
    echo "$*"
    status=1
}

cat >"$work/spin.py" <<'END'
import sys
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
open(sys.argv[1], "w").write("runs")
while True:
    fib(12)
END
cd "$work" || exit 1
"$python" -S -E spin.py runs 9>&- &
target=$!
trap 'kill -9 "$target" 2>/dev/null; rm -rf "$work"' EXIT
until [ -s runs ]; do sleep 0.05; done
"$pyrecord" -q -o old.zst -d 0.2 -p $target 2>/dev/null || fail "no recording"

# With the fault, over an old recording or where there is none. 1: it was not come to.
attach() { # kind n
    local kind=$1 n=$2 result=0 converts=0
    if [ $((n % 2)) = 0 ]; then cp old.zst x.zst; else rm -f x.zst; fi
    FAULT=$kind:$n FAULT_SAYS=says "$faulty" -q -o x.zst -d 0.1 -p $target 2>err || result=$?
    grep -v 'the rate could not be held' err >words
    rm -f converted
    if [ -e x.zst ] || [ $result = 0 ] || [ $((n % 2)) = 0 ]; then
        "$pyheatmap" -q --json x.json x.zst 2>converted || converts=$?
        [ $converts = 0 ] || fail "$kind $n: it does not convert: $(cat converted)"
    fi
    for other in x.zst.*; do
        [ ! -e "$other" ] || { fail "$kind $n: $other is left" && rm "$other"; }
    done
    case $result in
    0) [ ! -s converted ] || fail "$kind $n: exit status 0, and it is not whole: $(cat converted)" ;;
    125) grep -q . words || fail "$kind $n: exit status 125 without a word" ;;
    *) fail "$kind $n: exit status $result: $(cat words)" ;;
    esac
    kill -0 $target 2>/dev/null || fail "$kind $n: the target is gone"
    outcomes="$outcomes $result"
    grep -q '^struck' says
}

# Of reads, of which there is one a look, the first.
for kind in allocation:200 open:60 read:60 write:20 close:60 rename:4; do
    outcomes='' n=0
    step=${LONG:+1}
    while [ $n -lt "${kind#*:}" ] && attach "${kind%:*}" $n; do
        n=$((n + ${step:-3}))
    done
    echo "${kind%:*}: $(tr ' ' '\n' <<<"$outcomes" | grep . | sort | uniq -c | awk '{ print $1 " times exit status " $2 }' | paste -sd,)"
done
exit $status
