"""Stacks that no single read can hold: deep recursion, over several stack chunks, and chains of generators, on the heap.

    generators.py [SECONDS]
"""

import sys
import time

sys.setrecursionlimit(5000)


def leaf(n):
    return n * 2


def chain(n, depth):
    if depth:
        yield from chain(n, depth - 1)
    else:
        for i in range(n):
            yield leaf(i)


def deep(n):
    return sum(chain(30, 12)) if n == 0 else 1 + deep(n - 1)


def main(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        deep(600)
        sum(chain(200, 15))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 5)
