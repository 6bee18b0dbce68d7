"""Orders: in as CSV, out as JSON."""

import csv
import datetime
import io
import json
import random

FIELDS = ("number", "date", "plant", "pieces", "place")


def make_csv(plants, year, count=6000):
    """A year's orders as they come in, with the quoting that a spreadsheet adds."""
    rng = random.Random(year)
    names = sorted(plants)
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(FIELDS)
    first = datetime.date(year, 1, 1)
    for number in range(count):
        day = first + datetime.timedelta(days=rng.randrange(365))
        place = "%d/%d" % (rng.randrange(90000), rng.randrange(60000))
        writer.writerow((number, day.isoformat(), rng.choice(names), 1 + int(rng.expovariate(0.1)), place))
    return out.getvalue()


def read_csv(text):
    rows = []
    for row in csv.DictReader(io.StringIO(text)):
        row["date"] = datetime.date.fromisoformat(row["date"])
        row["pieces"] = int(row["pieces"])
        row["place"] = tuple(int(part) for part in row["place"].split("/"))
        rows.append(row)
    return rows


def to_json(rows):
    """The archive's form; read back once, since an archive that cannot be read is none."""
    text = json.dumps(rows, default=str, indent=1, sort_keys=True)
    if len(json.loads(text)) != len(rows):
        raise ValueError("the archive lost orders")
    return text
