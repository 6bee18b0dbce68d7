"""Holds that a report is what it claims: check_report.py REPORT [RECORDING, whose bytes must be in it]."""
import base64
import hashlib
import html.parser
import re
import sys

text = open(sys.argv[1], encoding="utf-8").read()
assert len(text.encode()) <= 25_000_000


class Report(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.ids, self.targets, self.content, self.within = [], set(), {}, None

    def handle_starttag(self, tag, attributes):
        of = dict(attributes)
        if "id" in of:
            self.ids.append(of["id"])
        if tag == "a" and "href" in of:
            self.targets.add(of["href"])
        for name, value in attributes:
            assert not name.startswith("on"), (tag, name)
            assert name not in ("src", "srcset", "style", "action", "data", "poster"), (tag, name)
        assert tag not in ("link", "img", "iframe", "object", "embed", "form", "base"), tag
        if tag in ("style", "script"):
            self.within = tag if "type" not in of else of["type"]
            assert self.within not in self.content, "two of them"
            self.content[self.within] = ""
            self.attributes = of
        if tag == "meta" and of.get("http-equiv") == "Content-Security-Policy":
            self.policy = of["content"]

    def handle_endtag(self, tag):
        self.within = None

    def handle_data(self, data):
        if self.within:
            self.content[self.within] += data


report = Report()
report.feed(text)
for part in ("style", "script"):
    digest = base64.b64encode(hashlib.sha256(report.content[part].encode()).digest()).decode()
    assert f"{part}-src 'sha256-{digest}'" in report.policy, (part, report.policy)
assert report.policy.startswith("default-src 'none';"), report.policy
assert len(report.ids) == len(set(report.ids)), "ids are there twice"
for target in report.targets:
    if target.startswith("#"):
        assert target[1:] in report.ids, f"{target} leads nowhere"
    else:
        assert re.match("https?://|mailto:", target), target
assert "front" in report.ids
recording = base64.b64decode(report.content["application/x-pyheatmap-recording"])
assert len(recording) == int(report.attributes["data-bytes"])
if len(sys.argv) > 2:
    assert recording == open(sys.argv[2], "rb").read(), "another recording is in it"
