"""A thread that works 50 µs, then sleeps 300 µs, over and over, beside a main thread that only waits for it.

    duty.py [SECONDS]     prints {"share": what it really worked of the time, by the kernel's CPU clock, "periods": n}
"""

import json
import sys
import threading
import time

WORK_S = 50e-6
SLEEP_S = 300e-6


def work(until):
    n = 0
    while time.perf_counter() < until:
        n += 1
    return n


def duty(seconds, result):
    begin, cpu = time.perf_counter(), time.thread_time()
    now = begin
    while now < begin + seconds:
        work(now + WORK_S)
        time.sleep(SLEEP_S)
        result["periods"] += 1
        now = time.perf_counter()
    result["share"] = (time.thread_time() - cpu) / (now - begin)


def main(seconds):
    result = {"periods": 0}
    thread = threading.Thread(target=duty, args=(seconds, result), name="duty")
    thread.start()
    thread.join()
    print(json.dumps(result))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 10)
