#!/usr/bin/env bash
# The command's exit status is pyrecord's, and its output stays its own.
. "${0%/*}/lib.sh"
set -e

python=$(any_python) || skip "no Python that can be recorded here"

status_of() { # command…
    local status=0
    "$pyrecord" -f -o "$work/status.zst" -- "$@" >"$work/out" 2>"$work/err" || status=$?
    echo $status
}
expect() { # status expected
    [ "$1" = "$2" ] || die "exit status $1, expected $2: $(cat "$work/err")"
}
expect "$(status_of "$python" -c 'print("hello")')" 0
[ "$(cat "$work/out")" = hello ] || die "the command's output was $(cat "$work/out")"
expect "$(status_of "$python" -c 'import sys; sys.exit(7)')" 7
expect "$(status_of "$python" -c 'import os, signal; os.kill(os.getpid(), signal.SIGTERM)')" 143
expect "$(status_of "$work/no-such-command")" 127
expect "$(status_of "$work")" 126

# Signals. What somebody sends to pyrecord is passed on; what the terminal sends has reached the command by itself.
signalled() { # signal… ; the status, after each was sent to pyrecord while it records the command in $command
    rm -f "$work/out" # in which another was ready
    # A shell has what it starts in the background ignore SIGINT.
    env --default-signal=INT "$pyrecord" -f -o "$work/status.zst" -- "${command[@]}" >"$work/out" 2>"$work/err" 9>&- &
    local recorder=$! status=0
    until grep -qs ready "$work/out"; do sleep 0.05; done
    for signal in "$@"; do
        kill -"$signal" "$recorder"
        sleep 0.3
    done
    wait "$recorder" || status=$?
    echo $status
}
whole() {
    "$pyheatmap" "$work/status.zst" --json "$work/status.json" >"$work/convert" 2>&1 || die "$(cat "$work/convert")"
    ! grep warning "$work/convert" || die "the recording is not whole"
}
listen='
import signal, sys, time
seen = []
signal.signal(signal.SIGINT, lambda *_: seen.append("I"))
signal.signal(signal.SIGTERM, lambda *_: seen.append("T"))
print("ready", flush=True)
until = time.monotonic() + float(sys.argv[1])
while time.monotonic() < until:
    sum(range(1000))
sys.exit(10 * seen.count("I") + seen.count("T"))'
command=("$python" -c "$listen" 1.5)
expect "$(signalled INT)" 10
whole
expect "$(signalled INT INT)" 20
expect "$(signalled TERM)" 1
whole
command=("$python" -c "$listen" 6)
began=$SECONDS
expect "$(signalled TERM TERM)" 143 # the second ends the recording, not the command
[ $((SECONDS - began)) -lt 5 ] || die "the second SIGTERM did not end it at once"
whole
command=("$python" -c 'print("ready", flush=True)
while True: sum(range(1000))')
expect "$(signalled TERM)" 143
expect "$(signalled INT)" 130
whole

# Ctrl-C at a terminal: the command gets one SIGINT, and pyrecord goes on.
timeout 60 "$python" - "$pyrecord" -f -o "$work/status.zst" -- "$python" -c "$listen" 1.5 <<'END' || die "at a terminal: status $?"
import os, pty, sys, time
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
text = b""
while b"ready" not in text:
    text += os.read(terminal, 1000)
os.write(terminal, b"\x03")
try:
    while os.read(terminal, 1000):
        pass
except OSError:
    pass
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) if hasattr(os, "waitstatus_to_exitcode") else 10
assert status == 10, status
END
whole

# The recording ends before the command, whose status is waited for.
status=0
"$pyrecord" -f -d 0.3 -o "$work/status.zst" -- "$python" -c "$listen; sys.exit(9)" 1 >/dev/null || status=$?
expect "$status" 0
"$pyrecord" -f -d 0.3 -o "$work/status.zst" -- "$python" -c 'import time, sys; time.sleep(0.8); sys.exit(9)' || status=$?
expect "$status" 9
whole
