#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says in TAP whether every page of help/ is reached from README.md by links, and every link to a file leads somewhere. test-help.py ROOT"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
link = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")


def list_links(page):
    for target in link.findall(page.read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith("mailto:"):
            yield (page.parent / target).resolve()


pages = {page.resolve() for page in (root / "help").glob("*.md")}
seen, waiting, broken = set(), [(root / "README.md").resolve()], []
while waiting:
    page = waiting.pop()
    seen.add(page)
    for target in list_links(page):
        if not target.exists():
            broken.append(f"{page.name}: {target}")
        elif target.suffix == ".md" and target not in seen and target not in waiting:
            waiting.append(target)
print("1..2")
lost = sorted(page.name for page in pages - seen)
print("not ok" if lost or not pages else "ok", "1 /help/reached", *(["-"] + lost if lost else []))
print("not ok" if broken else "ok", "2 /help/links")
for line in broken:
    print("#", line)
