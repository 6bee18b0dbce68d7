"""Threads that are known to compute without the GIL, to wait for a lock, to sleep, to collect garbage.

    states.py [SECONDS]     prints {"threads": {tid: part of its time in which it computed, by its own clock},
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
    return rng.uniform(0.002, 0.03)


def digest(rng):
    for _ in range(8):
        hashlib.sha256(DATA).digest()
    return rng.uniform(0.002, 0.02)


def collect(rng):
    gc.collect()
    return rng.uniform(0.005, 0.05)


lock = threading.Lock()


def wait_for_lock(rng):
    lock.acquire(timeout=rng.uniform(0.1, 0.2))
    return 0


def sleep(rng):
    return rng.uniform(0.1, 0.2)


def work(function, end, shares):
    rng = random.Random(function.__name__)
    waits = function in (wait_for_lock, sleep)
    begin, computed = time.perf_counter(), 0.0
    while time.perf_counter() < end:
        start = time.perf_counter()
        pause = function(rng)
        computed += 0 if waits else time.perf_counter() - start
        time.sleep(pause)
    shares[function.__name__] = threading.get_native_id(), computed / (time.perf_counter() - begin)


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
    print(json.dumps({"threads": dict(shares.values()), "gc": shares["collect"][1]}))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 10)
