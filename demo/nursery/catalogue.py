"""What the nursery sells, and by which rules it prices."""

import random

GENERA = {
    "Acer": "Sapindaceae", "Allium": "Amaryllidaceae", "Aster": "Asteraceae", "Betula": "Betulaceae",
    "Campanula": "Campanulaceae", "Carpinus": "Betulaceae", "Dahlia": "Asteraceae", "Digitalis": "Plantaginaceae",
    "Galanthus": "Amaryllidaceae", "Helianthus": "Asteraceae", "Malus": "Rosaceae", "Prunus": "Rosaceae",
    "Pyrus": "Rosaceae", "Rosa": "Rosaceae", "Salvia": "Lamiaceae", "Thymus": "Lamiaceae", "Veronica": "Plantaginaceae",
}
ORDERS = {
    "Sapindaceae": "Sapindales", "Amaryllidaceae": "Asparagales", "Asteraceae": "Asterales", "Betulaceae": "Fagales",
    "Campanulaceae": "Asterales", "Plantaginaceae": "Lamiales", "Rosaceae": "Rosales", "Lamiaceae": "Lamiales",
}
EPITHETS = "alba aurea minor major repens vulgaris montana palustris sylvestris nana pendula rubra".split()
WORDS = (
    "hardy tall low scented evergreen white yellow blue red early late summer autumn winter shade sun dry moist soil "
    "border hedge rockery meadow bees birds fruit leaf bark slow fast spreading upright double single"
).split()
# In the small language that pricing.py compiles: a name, a condition, an expression.
PRICE_RULES = """
season:   month == {month}        => cents + {month} * pieces
several:  pieces >= 10            => cents * 90 // 100
many:     pieces >= 50            => cents * 80 // 100
tree:     height > 200            => cents + 450 + height // 10
tender:   not hardy and month < 4 => cents + 120
clear:    month in (11, 12) and family != 'Rosaceae' => cents * 75 // 100
"""


def price_rules(month):
    """The rules as they stand in that month."""
    return PRICE_RULES.format(month=month)


def queries(seed, count=150):
    """What customers looked for."""
    rng = random.Random(seed)
    return [" ".join(rng.sample(WORDS, 4)) for _ in range(count)]


def make_plants():
    """All plants by name; the same ones every time."""
    rng = random.Random(1753)
    plants = {}
    for genus, family in sorted(GENERA.items()):
        for epithet in EPITHETS:
            words = rng.sample(WORDS, 9)
            plants["%s %s" % (genus, epithet)] = {
                "family": family,
                "cents": rng.randrange(190, 4900),
                "height": rng.randrange(5, 400),
                "hardy": "hardy" in words,
                "text": "%s, %s and %s; %s." % (genus, words[0], words[1], " ".join(words[2:])),
            }
    return plants
