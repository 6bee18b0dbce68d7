"""Spends known parts of its time in functions that take turns, and says what they came to by its own clock.

    shares.py [SECONDS]     prints {function: {"share": of those of its kind, "kind": name}}

Kinds: five that compute, two that drive generators, two that mostly call C.
"""

import json
import random
import sys
import time

clock = time.perf_counter


def fifth_1(until):
    n = 0
    while clock() < until:
        n += len(str(n))


def fifth_2(until):
    n = 0
    while clock() < until:
        n += abs(n % 7)


def fifth_3(until):
    n = []
    while clock() < until:
        n.append(1)


def fifth_4(until):
    n = {}
    while clock() < until:
        n[1] = n.get(1, 0) + 1


def fifth_5(until):
    n = 0
    while clock() < until:
        n = n + 1 if n < 5 else 0


def counting(until):
    n = 0
    while clock() < until:
        yield n
        n += 1


def doubled(numbers):
    for n in numbers:
        yield 2 * n


def driven_long(until):
    for _ in doubled(counting(until)):
        pass


def driven_short(until):
    return sum(doubled(doubled(counting(until))))


NUMBERS = list(range(300))
TEXT = "a few words, again and again " * 20


def c_sorting(until):
    while clock() < until:
        sorted(NUMBERS, reverse=True)


def c_splitting(until):
    while clock() < until:
        TEXT.split()


KINDS = {
    "fifths": {fifth_1: 40, fifth_2: 25, fifth_3: 15, fifth_4: 12, fifth_5: 8},
    "generators": {driven_long: 65, driven_short: 35},
    "c": {c_sorting: 55, c_splitting: 45},
}


def main(seconds):
    rng = random.Random(3)
    spent = {kind: dict.fromkeys(turns, 0.0) for kind, turns in KINDS.items()}
    end = clock() + seconds
    while clock() < end:
        for kind, turns in KINDS.items():
            unit = rng.uniform(0.00002, 0.00008)  # no period that a sampler could fall in step with
            for function, share in turns.items():
                begin = clock()
                function(begin + share * unit)
                spent[kind][function] += clock() - begin
    result = {}
    for kind, times in spent.items():
        for function, t in times.items():
            result[function.__name__] = {"share": t / sum(times.values()), "kind": kind}
    print(json.dumps(result))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 20)
