"""What the golden recordings are of (README.md): a second of a program that has a bit of everything.

    golden.py plain | threads | children
"""
import json
import multiprocessing
import sys
import threading
import time


def leaves(n):
    return [leaf for leaf in range(n) if leaf % 3]


def branch(depth):
    return leaves(200) if depth == 0 else branch(depth - 1) + branch(depth - 1)


def seeds():
    for n in range(40):
        yield json.dumps({"seed": n, "leaves": leaves(n)})


def garden(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        branch(4)
        "".join(sorted(seeds(), key=lambda text: -len(text)))


def main(what):
    if what == "plain":
        garden(1)
    elif what == "threads":
        workers = [threading.Thread(target=garden, args=(1,), name="gardener %d" % n) for n in range(3)]
        workers.append(threading.Thread(target=time.sleep, args=(1,), name="sleeper"))
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    else:
        with multiprocessing.get_context("fork").Pool(2) as pool:
            pool.map(garden, [0.5, 0.5])


if __name__ == "__main__":
    main(sys.argv[1])
