"""A search in the plants' descriptions, the usual way: words, how often, how rare."""

import collections
import math
import re

WORD = re.compile(r"[a-z]+")


def words(text):
    return [stem(word) for word in WORD.findall(text.lower())]


def stem(word):
    for ending in ("ing", "ed", "er", "s"):
        if word.endswith(ending) and len(word) > len(ending) + 3:
            return word[: -len(ending)]
    return word


def build_index(plants):
    """word -> {plant: weight}"""
    index = collections.defaultdict(dict)
    for name, plant in plants.items():
        counts = collections.Counter(words(name + " " + plant["text"]))
        for word, count in counts.items():
            index[word][name] = 1 + math.log(count)
    for found in index.values():
        rare = math.log(len(plants) / len(found)) + 1
        for name in found:
            found[name] *= rare
    return index


def best(index, query):
    scores = collections.Counter()
    for word in words(query):
        for name, weight in index.get(word, {}).items():
            scores[name] += weight
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    return ranked[0][0] if ranked else ""
