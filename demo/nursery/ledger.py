"""Sums by family, order and all: a tree, added up from the leaves."""

from nursery import catalogue


class Node:
    def __init__(self, name):
        self.name = name
        self.children = {}
        self.cents = []

    def child(self, name):
        if name not in self.children:
            self.children[name] = Node(name)
        return self.children[name]

    def total(self):
        return sum(self.cents) + sum(child.total() for child in self.children.values())

    def walk(self, path=()):
        """Every node with its path, children before their parent."""
        for child in sorted(self.children.values(), key=lambda node: node.name):
            yield from child.walk(path + (self.name,))
        yield path + (self.name,), self


def totals_by_family(rows, plants):
    root = Node("all")
    for row in sorted(rows, key=lambda row: (row["date"], -row["cents"])):
        family = plants[row["plant"]]["family"]
        root.child(catalogue.ORDERS[family]).child(family).child(row["plant"]).cents.append(row["cents"])
    return {path[-1]: node.total() for path, node in root.walk() if len(path) == 3}
