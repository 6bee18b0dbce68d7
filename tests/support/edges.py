"""a calls only b, c calls only d, in quick turns: a recording that has a calling d, or c calling b, mixed two stacks.

    edges.py [SECONDS]
"""

import sys
import time


def b(n):
    return sum(range(n))


def d(n):
    return sum(range(n))


def a(n):
    return b(n) + b(n + 1)


def c(n):
    return d(n) + d(n + 1)


def main(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for n in range(200):
            a(n % 40)
            c(n % 40)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 5)
