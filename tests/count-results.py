#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts every test in meson's JUnit report and prints "N passed, N failed, N skipped" as the last line."""
import re
import sys
import xml.etree.ElementTree as ElementTree


def main(path):
    passed = failed = skipped = 0
    # meson copies what tests print, control characters and broken UTF-8 included, which XML does not allow.
    with open(path, encoding='utf-8', errors='replace') as file:
        text = re.sub('[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]', '?', file.read())
    root = ElementTree.fromstring(text.encode('utf-8'))
    for case in root.iter('testcase'):
        if case.find('failure') is not None or case.find('error') is not None:
            failed += 1
            print('FAILED:', case.get('classname', ''), case.get('name', ''), file=sys.stderr)
        elif case.find('skipped') is not None:
            skipped += 1
        else:
            passed += 1
    print(f'{passed} passed, {failed} failed, {skipped} skipped')
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
