"""Calls, returns and calls again: the hardest program for a reader that does not stop it.

    callheavy.py [SECONDS]
"""

import random
import sys
import time


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def deep(n):
    return 0 if n == 0 else 1 + deep(n - 1)


def by_last_digits(n):
    return n % 1000


def main(seconds):
    numbers = random.Random(1).sample(range(100000), 2000)
    end = time.perf_counter() + seconds
    rounds = 0
    while time.perf_counter() < end:
        fib(14)
        for _ in range(20):
            deep(60)
        sorted(numbers, key=by_last_digits)
        rounds += 1
    return rounds


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 5)
