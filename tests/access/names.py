#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every page of the window: what can have the focus has a name that is no name of a class, and no two beside one another are the same.

usage: names.py LEYDEN FLOW; a TAP test, skipped where pyatspi is not installed.
"""
import re
import sys
import time

try:
    import pyatspi
    from access import Failed, Program, describe, do, find, walk
except ImportError as error:
    print(f'1..0 # SKIP {error}')
    sys.exit(0)

CLASS = re.compile(r'^(Gtk|Adw|Leyden)[A-Z]\w+$')
# GTK's and libadwaita's own parts that may take the focus and pass it on, or cannot be named before GTK 4.12: what is inside them is asked.
PARTS = re.compile(r'^(GtkToggleButton|GtkPaned|GtkPanedHandle|GtkExpander|GtkGizmo|AdwGizmo|GtkListItemWidget|GtkColumnListView)$')
PASSING = ('scroll pane', 'table row')
LIBRARY = ('AdwTab', 'AdwTabBox', 'AdwSqueezer', 'GtkColumnView', 'GtkDropDown')


def is_theirs(item):
    parent = item.parent
    return PARTS.match(item.name) or item.getRoleName() in PASSING or (
        parent is not None and (parent.name in LIBRARY or parent.getRoleName() == 'combo box' or item.name in ('GtkImage', 'GtkMenuButton') and item.description))


def is_hidden(item):
    states = item.getState()
    return not states.contains(pyatspi.STATE_VISIBLE)


def faults(root):
    """Of all that can have the focus below @root."""
    for item in walk(root):
        try:
            if item.getState().contains(pyatspi.STATE_FOCUSABLE) and not is_hidden(item):
                if (not item.name or CLASS.match(item.name)) and not is_theirs(item):
                    parent = item.parent
                    yield f'no name: {describe(item)} in {describe(parent)}'
            seen = set()
            for child in item:
                if child is None or is_hidden(child) or not child.getState().contains(pyatspi.STATE_FOCUSABLE):
                    continue
                key = (child.name, child.getRoleName())
                if key in seen and not is_theirs(child):
                    yield f'twice: {describe(child)} in {describe(item)}'
                seen.add(key)
        except Exception as error:  # it went away meanwhile
            if 'does not exist' not in str(error) and 'No action' not in str(error):
                raise


def pages(app, window):
    """What is behind a tab is in the tree too: the first walk sees all places and panels."""
    yield 'window', lambda: find(app, 'Canvas', 'filler')
    yield 'rollouts', lambda: do(window, 'win.show-rollouts')
    yield 'rollouts, filtered', lambda: do(find(app, 'Add Filter', 'push button'), 'click')
    yield 'outline', lambda: do(find(app, 'Outline view', 'push button'), 'click')
    yield 'command palette', lambda: do(window, 'win.command-palette')


def main(leyden, flow):
    program = Program(leyden, flow)
    failed = 0
    n = 0
    try:
        app = program.application()
        window = find(app, role='frame')
        find(app, lambda name: name.endswith(', node'))
        for n, (name, go) in enumerate(pages(app, window), 1):
            go()
            time.sleep(1)
            wrong = sorted(set(faults(app)))
            for text in wrong:
                print(f'# {text}')
            failed += bool(wrong)
            print(f'{"not ok" if wrong else "ok"} {n} - {name}', flush=True)
    except Failed as error:
        failed += 1
        n += 1
        print(f'not ok {n} - {error}')
    finally:
        program.end()
    print(f'1..{n}')
    return failed > 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
