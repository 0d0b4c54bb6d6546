#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts every test of a run of meson and prints "N passed, N failed, N skipped" as the last line.

Usage: count-results.py LOG-FOLDER. The single tests stand in testlog.junit.xml. A program that died is no failed test there, so
testlog.json, which has a line for each program, counts it.
"""
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree


def count_cases(path):
    """(passed, skipped, [names of failed])"""
    # meson copies what tests print, control characters and broken UTF-8 included, which XML does not allow.
    text = path.read_text(encoding='utf-8', errors='replace')
    root = ElementTree.fromstring(re.sub(r'[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]', '?', text).encode('utf-8'))
    passed = skipped = 0
    failed = []
    for case in root.iter('testcase'):
        if case.find('failure') is not None or case.find('error') is not None:
            failed.append(f'{case.get("classname", "")} {case.get("name", "")}')
        elif case.find('skipped') is not None:
            skipped += 1
        else:
            passed += 1
    return passed, skipped, failed


def failed_programs(path):
    names = []
    for line in path.read_text(encoding='utf-8', errors='replace').splitlines():
        program = json.loads(line)
        if program['result'] not in ('OK', 'SKIP', 'EXPECTEDFAIL'):
            names.append(f'{program["name"]} ({program["result"]})')
    return names


def main(folder):
    logs = pathlib.Path(folder)
    passed, skipped, failed = count_cases(logs / 'testlog.junit.xml')
    programs = failed_programs(logs / 'testlog.json')
    for name in failed + programs:
        print('FAILED:', name, file=sys.stderr)
    # A program with failed tests fails itself: it is counted by its tests, one that died by itself.
    n_failed = max(len(failed), len(programs))
    print(f'{passed} passed, {n_failed} failed, {skipped} skipped')
    return 1 if n_failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
