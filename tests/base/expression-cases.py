#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the table of expression cases in Python's sqlite3, as generated programs do: they must give what Leyden gives.

Cases that are refused are left out: an expression is checked before Python is made of it.
"""
import json
import math
import re
import sqlite3
import sys


def regexp(pattern, text):
    if pattern is None or text is None:
        return None
    return 1 if re.search(pattern, str(text)) else 0


def number_function(function):
    def call(*values):
        if any(not isinstance(value, (int, float)) for value in values):
            return None
        try:
            result = function(*values)
        except (ValueError, OverflowError, ZeroDivisionError):
            return None
        return result if math.isfinite(result) else None
    return call


def whole(function):
    return lambda value: value if isinstance(value, int) else float(function(value))


FUNCTIONS = {
    "ceil": (1, whole(math.ceil)), "floor": (1, whole(math.floor)), "trunc": (1, whole(math.trunc)),
    "exp": (1, math.exp), "ln": (1, math.log), "log10": (1, math.log10), "log2": (1, math.log2),
    "sqrt": (1, math.sqrt), "mod": (2, math.fmod), "pow": (2, math.pow),
}


def connect():
    database = sqlite3.connect(":memory:")
    database.create_function("regexp", 2, regexp, deterministic=True)
    for name, (arity, function) in FUNCTIONS.items():
        database.create_function(name, arity, number_function(function), deterministic=True)
    return database


def bind(value):
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (dict, list)):
        return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    return value


def evaluate(database, case):
    names = list(case["row"]) + case.get("names", [])
    if "sql" in case:           # as leyden_expression_get_sql gives it
        return database.execute(case["sql"], [bind(case["row"][name]) for name in sorted(names)]).fetchone()[0]
    text = case["text"]
    if case["type"] == "text":
        text = f"CAST(({text}\n) AS TEXT)"
    columns = ", ".join('? AS "%s"' % name.replace('"', '""') for name in names)
    sql = f"SELECT ({text}\n)" + (f" FROM (SELECT {columns})" if names else "")
    result = database.execute(sql, [bind(case["row"].get(name)) for name in names]).fetchone()[0]
    if result is None:
        return None
    if case["type"] == "boolean":
        return result != 0
    return json.loads(result) if case["type"] == "json" else result


def main():
    if sqlite3.sqlite_version_info < (3, 38):
        print("1..0 # SKIP Python's SQLite is older than 3.38 and lacks ->>")
        return 0
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = [case for case in json.load(file)["cases"] if "result" in case]
    database = connect()
    failed = 0
    print(f"1..{len(cases)}")
    for number, case in enumerate(cases, 1):
        found = evaluate(database, case)
        good = found == case["result"] and isinstance(found, bool) == isinstance(case["result"], bool)
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} {case['text']!r}")
        if not good:
            print(f"# found {found!r}, expected {case['result']!r}")
    return 1 if failed else 0


sys.exit(main())
