"""Runs until it is told to stop, and says now and then how far it has come: alive.py FILE SECONDS.

Two threads compute, two sleep. Each SIGINT is counted; the count is the exit status.
"""
import os
import signal
import sys
import threading
import time

interrupts = 0


def interrupted(number, frame):
    global interrupts
    interrupts += 1


def count(n):
    return n + 1


def compute(file, until):
    n = 0
    while time.monotonic() < until:
        for _ in range(1000):
            n = count(n)
        if file >= 0:
            os.pwrite(file, b"%20d" % n, 0)


def main(path, seconds):
    signal.signal(signal.SIGINT, interrupted)
    until = time.monotonic() + float(seconds)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    for _ in range(2):
        threading.Thread(target=time.sleep, args=(float(seconds),), daemon=True).start()
    threading.Thread(target=compute, args=(-1, until), daemon=True).start()
    compute(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600) if path else -1, until)
    sys.exit(interrupts)


main(*sys.argv[1:])
