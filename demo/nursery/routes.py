"""The delivery van's tour: the nearest place next, then made shorter by turning stretches round."""

import math
import random


class Tour:
    def __init__(self, places):
        self.places = places

    @property
    def length(self):
        return sum(distance(a, b) for a, b in zip(self.places, self.places[1:] + self.places[:1]))


def distance(a, b):
    return math.hypot(a[0] - b[0], a[1] - b[1])


def nearest_first(places):
    left = list(places)
    tour = [left.pop(0)]
    while left:
        here = tour[-1]
        nearest = min(left, key=lambda place: distance(here, place))
        left.remove(nearest)
        tour.append(nearest)
    return tour


def shorten(tour, tries, rng):
    """2-opt, at random: turn a stretch round where that saves way."""
    n = len(tour)
    for _ in range(tries):
        i = rng.randrange(1, n - 2)
        j = rng.randrange(i + 1, min(i + 60, n - 1))
        before = distance(tour[i - 1], tour[i]) + distance(tour[j], tour[j + 1])
        after = distance(tour[i - 1], tour[j]) + distance(tour[i], tour[j + 1])
        if after < before:
            tour[i : j + 1] = reversed(tour[i : j + 1])
    return tour


def plan(places, seed, stops=400, tries=50000):
    rng = random.Random(seed)
    chosen = rng.sample(sorted(set(places)), stops)
    return Tour(shorten(nearest_first(chosen), tries, rng))
