"""a calls only b, c calls only d, 10 to 50 ns a call or return: a recording that has a calling d, or c calling b, mixed
two stacks.

    edges.py [SECONDS]
"""

import sys
import time


def b():
    pass


def d():
    pass


def a():
    b(), b(), b(), b(), b(), b(), b(), b()


def c():
    d(), d(), d(), d(), d(), d(), d(), d()


def main(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for _ in range(1000):
            a()
            c()


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 5)
