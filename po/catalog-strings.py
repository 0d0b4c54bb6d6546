#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes po/catalog-strings.h, through which xgettext finds the texts of data/catalog/*.json, of data/dashboards and what the start page says of
data/samples/*.leyden (it reads no JSON itself).
With --check it writes nothing and says in TAP whether the file is up to date."""
import glob
import json
import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
target = os.path.join(here, "catalog-strings.h")
SHOWN = {"title", "description", "documentation", "help", "unit"}


def texts(value, key=None):
    if isinstance(value, dict):
        for name, member in value.items():
            # Defaults are data of the user's flow and stay as they are.
            if name != "default":
                yield from texts(member, name)
    elif isinstance(value, list):
        for member in value:
            yield from texts(member, key)
    elif isinstance(value, str) and value and (key in SHOWN or key == "keywords"):
        yield value


def dashboard_texts(value):
    """What leyden_dashboard_translate() translates: "name" only of a query."""
    if isinstance(value, dict):
        for name, member in value.items():
            if isinstance(member, str) and member and (name in ("title", "description", "text") or (name == "name" and "metric" in value)):
                yield member
            elif isinstance(member, (dict, list)):
                yield from dashboard_texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from dashboard_texts(member)


def make():
    lines = ["/* SPDX-License-Identifier: GPL-3.0-or-later */",
             "/* Texts of data/catalog/*.json, of the dashboards and of the samples for translators; written by po/catalog-strings.py, compiled by nobody. */"]
    seen = set()
    for path in sorted(glob.glob(os.path.join(here, "..", "data", "catalog", "*.json"))):
        lines.append("")
        lines.append("/* " + os.path.basename(path) + " */")
        with open(path, encoding="utf-8") as file:
            for text in texts(json.load(file)):
                if text not in seen:
                    seen.add(text)
                    lines.append("N_(" + json.dumps(text, ensure_ascii=False) + ")")
    folder = os.path.join(here, "..", "data", "dashboards")
    for path in sorted(glob.glob(os.path.join(folder, "*.json")) + glob.glob(os.path.join(folder, "templates", "*.json"))):
        lines += ["", "/* " + os.path.relpath(path, folder) + " */"]
        with open(path, encoding="utf-8") as file:
            for text in dashboard_texts(json.load(file)):
                if text not in seen:
                    seen.add(text)
                    lines.append("N_(" + json.dumps(text, ensure_ascii=False) + ")")
    for path in sorted(glob.glob(os.path.join(here, "..", "data", "samples", "*.leyden"))):
        lines += ["", "/* " + os.path.basename(path) + " */"]
        with open(path, encoding="utf-8") as file:
            sample = json.load(file)
        lines += ["N_(" + json.dumps(sample[key], ensure_ascii=False) + ")" for key in ("title", "description")]
    return "\n".join(lines) + "\n"


if sys.argv[1:] == ["--check"]:
    with open(target, encoding="utf-8") as file:
        good = file.read() == make()
    print("1..1\n" + ("ok" if good else "not ok") + " 1 /catalog/strings")
    if not good:
        print("# texts of data/catalog, data/dashboards or data/samples changed: run po/catalog-strings.py, so that translators get them")
    sys.exit(0)
with open(target, "w", encoding="utf-8") as file:
    file.write(make())
