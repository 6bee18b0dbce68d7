"""Threads that are known to compute without the GIL, to wait for a lock, to sleep, to collect garbage.

    states.py [SECONDS]     prints {"threads": {tid: part of its time on a CPU, by its own CPU clock},
                                    "gc": part of the time in which garbage was collected}
"""

import gc
import hashlib
import json
import os
import random
import sys
import threading
import time
import zlib

DATA = os.urandom(200000)
ITEMS = [[i] for i in range(30000)]


def compress(rng):
    zlib.compress(DATA, 1)
    time.sleep(rng.uniform(0.002, 0.03))


def digest(rng):
    for _ in range(4):
        hashlib.sha256(DATA).digest()
    time.sleep(rng.uniform(0.002, 0.02))


def collect(rng):
    begin = time.perf_counter()
    gc.collect()
    collect.spent += time.perf_counter() - begin
    time.sleep(rng.uniform(0.005, 0.05))


collect.spent = 0.0
lock = threading.Lock()


def wait_for_lock(rng):
    lock.acquire(timeout=rng.uniform(0.1, 0.2))


def sleep(rng):
    time.sleep(rng.uniform(0.1, 0.2))


def work(function, end, shares):
    rng = random.Random(function.__name__)
    begin, cpu = time.perf_counter(), time.thread_time()
    while time.perf_counter() < end:
        function(rng)
    shares[threading.get_native_id()] = (time.thread_time() - cpu) / (time.perf_counter() - begin)


def main(seconds):
    gc.disable()
    shares = {}
    begin = time.perf_counter()
    with lock:
        threads = [
            threading.Thread(target=work, args=(function, begin + seconds, shares))
            for function in (compress, digest, collect, wait_for_lock, sleep)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    print(json.dumps({"threads": shares, "gc": collect.spent / (time.perf_counter() - begin)}))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 10)
