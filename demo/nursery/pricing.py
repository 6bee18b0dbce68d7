"""The price rules: a line each, compiled to Python once and run for every order."""

import io
import re
import tokenize

RULE = re.compile(r"(?P<name>\w+):\s*(?P<condition>.+?)\s*=>\s*(?P<price>.+)")
NAMES = {"cents", "pieces", "height", "hardy", "month", "family"}
WORDS = {"and", "or", "not", "in"}


class RuleError(ValueError):
    pass


def compile_rules(text):
    rules = []
    for line in text.splitlines():
        match = RULE.fullmatch(line.strip())
        if match:
            rules.append((match["name"], make_function(match["name"], match["condition"], match["price"])))
    return rules


def check(expression):
    """Rules come from a form that anybody may fill in: only our names, numbers and strings may be in them."""
    for token in tokenize.generate_tokens(io.StringIO(expression).readline):
        if token.type == tokenize.NAME and token.string not in NAMES | WORDS:
            raise RuleError("%s is not something that a price depends on" % token.string)
        if token.type == tokenize.OP and token.string in ".[]{}:":
            raise RuleError("%s is more than a rule needs" % token.string)


def make_function(name, condition, price):
    check(condition)
    check(price)
    arguments = ", ".join(sorted(NAMES))
    source = "def rule(%s):\n    if %s:\n        return %s\n    return cents\n" % (arguments, condition, price)
    space = {}
    exec(compile(source, "<price rule %s>" % name, "exec"), space)
    return space["rule"]


def apply(rules, row, plant):
    """The row with its price: every rule has a look, in their order."""
    cents = plant["cents"] * row["pieces"]
    for _name, rule in rules:
        cents = rule(
            cents=cents, pieces=row["pieces"], height=plant["height"], hardy=plant["hardy"],
            month=row["date"].month, family=plant["family"],
        )
    return dict(row, cents=cents)
