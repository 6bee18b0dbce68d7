"""Spends three quarters of its time in one loop and a quarter in another, and says what it came to by its own clock.

    loops.py [SECONDS]     prints {"three_quarters": share, "one_quarter": share}
"""

import json
import random
import sys
import time

clock = time.perf_counter


def three_quarters(until):
    n = 0
    while clock() < until:
        n += len(str(n))
    return n


def one_quarter(until):
    n = 0
    while clock() < until:
        n += abs(n % 7)
    return n


def main(seconds):
    rng = random.Random(2)
    spent = {three_quarters: 0.0, one_quarter: 0.0}
    end = clock() + seconds
    while clock() < end:
        slice_s = rng.uniform(0.002, 0.008)  # no period that a sampler could fall in step with
        for loop, share in ((three_quarters, 3), (one_quarter, 1)):
            begin = clock()
            loop(begin + share * slice_s)
            spent[loop] += clock() - begin
    total = sum(spent.values())
    print(json.dumps({loop.__name__: t / total for loop, t in spent.items()}))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 10)
