"""A mail-order nursery closes its year: the demo that `./bootstrap demo` records.

    python3 demo/app.py [--years N]

Small, but of the shape of real programs: a package of its own, the standard library, a package that somebody else
wrote (vendor/site-packages/tinytable), threads. Everything is made up from a fixed seed, so every run prints the same.
"""

import argparse
import os
import site
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
site.addsitedir(os.path.join(HERE, "vendor", "site-packages"))

import tinytable  # noqa: E402

from nursery import catalogue, ledger, orders, pricing, routes, search, workers  # noqa: E402


def close_year(year, plants, letters):
    """One year's business, as the lines of its report."""
    text = orders.make_csv(plants, year)
    rows = orders.read_csv(text)
    rules = [pricing.compile_rules(catalogue.price_rules(month)) for month in range(1, 13)]
    priced = [pricing.apply(rules[row["date"].month - 1], row, plants[row["plant"]]) for row in rows]
    totals = ledger.totals_by_family(priced, plants)
    index = search.build_index(plants)
    found = [(query, search.best(index, query)) for query in catalogue.queries(year)]
    letters.put(year, price_list(plants, totals))
    tour = routes.plan([row["place"] for row in priced], year)
    letters.put(year, orders.to_json(priced))
    return {
        "year": year,
        "orders": len(priced),
        "turnover": sum(row["cents"] for row in priced) / 100,
        "best": max(totals, key=totals.get),
        "km": round(tour.length / 1000, 1),
        "searched": "%s: %s" % found[0],
    }


def price_list(plants, totals):
    """What is printed and sent to the customers, the families that sold best first."""
    table = tinytable.Table("plant", "family", "price", "description", width=100)
    for name, plant in sorted(plants.items(), key=lambda item: (-totals.get(item[1]["family"], 0), item[0])):
        table.add({"plant": name, "family": plant["family"], "price": plant["cents"] / 100, "description": plant["text"]})
    return table.render()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--years", type=int, default=15, help="how many years to close (default: 15)")
    options = parser.parse_args()

    plants = catalogue.make_plants()
    with workers.Letters() as letters:
        report = [close_year(2001 + n, plants, letters) for n in range(options.years)]
    table = tinytable.Table("year", "orders", "turnover", "best", "km", "searched", width=78)
    for line in report:
        table.add(line)
    print(table.render())
    print("archive: %d letters, %d bytes packed" % (letters.count, letters.packed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
