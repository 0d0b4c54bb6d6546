#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A dashboard is found, copied, rearranged and brought back by keyboard alone; panels have roles, names and words, and each step is announced.

What is looked at is the accessible tree; what is done is done by keys, and no pointer is moved.
usage: dashboards.py LEYDEN SAMPLE; a TAP test, skipped where pyatspi, xdotool or openbox is not installed.
"""
import shutil
import subprocess
import sys
import time

try:
    import pyatspi
    from access import Ear, Failed, Program, describe, end_with_us, find, find_all, is_visible, wait, walk
except ImportError as error:
    print(f'1..0 # SKIP {error}')
    sys.exit(0)


def key(*names):
    subprocess.run(['xdotool', 'key', '--clearmodifiers', '--delay', '60', *names], check=True)


class Keyboard:
    """Where the keys go, by what is said of the focus."""

    def __init__(self, app, ear):
        self.app = app
        self.ear = ear

    def focused(self):
        self.ear.listen(0.1)
        try:
            return self.ear.focus.name, self.ear.focus.getRoleName()
        except Exception:  # it went away meanwhile
            return '', ''

    def go(self, name, press='Tab', most=60, role=None):
        """Presses a key until the focus is on that name."""
        for _ in range(most):
            found, kind = self.focused()
            if found.startswith(name) and (role is None or kind == role):
                return
            key(press)
        raise Failed(f'{press} does not lead to “{name}”; last at {self.focused()}')


def panels(app):
    return [x for x in find_all(app, role='grouping') + find_all(app, role='panel') if is_visible(x) and x.description and x.name]


def test_list(keyboard):
    """The place is a key away; the list says what each ready dashboard is for."""
    key('ctrl+4')
    find(keyboard.app, 'Ready Dashboards', 'list')
    keyboard.go('Training')
    for title in ('Operations', 'Cost', 'Quality', 'Machine and cluster'):
        key('Down')
        wait(f'the focus on {title}', lambda title=title: keyboard.focused()[0].startswith(title))


def test_open(keyboard):
    """Return opens one; each panel is a group with its title as name and what it means as description."""
    key('Return')
    find(keyboard.app, 'Models and endpoints', timeout=20)
    wait('the panels', lambda: len(panels(keyboard.app)) >= 5)
    for title in ('Workers', 'Gateways', 'Models and endpoints'):
        panel = wait(title, lambda title=title: next((x for x in panels(keyboard.app) if x.name == title), None))
        if not panel.description:
            raise Failed(f'{describe(panel)} has no description')


def test_edit(keyboard):
    """Edit makes a copy that is edited; Tab goes to panels, arrows move them, and where they are is said."""
    keyboard.ear.listen(0.3)
    keyboard.go('Edit')
    if keyboard.focused()[0] != 'Edit':
        raise Failed(f'“Edit” is called {keyboard.focused()}')
    key('Return')
    keyboard.ear.expect('This is a copy')
    keyboard.go('Workers', role='grouping' if any(x.name == 'Workers' for x in find_all(keyboard.app, role='grouping')) else 'panel')
    key('Right')
    keyboard.ear.expect('Workers: column 2, row 1, 6 wide, 5 high')
    key('shift+Right')
    keyboard.ear.expect('Workers: column 2, row 1, 7 wide, 5 high')
    key('Delete')
    keyboard.ear.expect('“Workers” was removed')


def test_undo(keyboard):
    """What was done is taken back, step by step, and that is said."""
    for label in ('Remove Panel', 'Resize Panel', 'Move Panel'):
        key('ctrl+z')
        keyboard.ear.expect(f'Undone: {label}')
    wait('the panel again', lambda: any(x.name == 'Workers' for x in panels(keyboard.app)))


def test_names(keyboard):
    """Whatever can have the focus has a name, also in the editor of a panel."""
    keyboard.go('Gateways')
    key('Return')
    find(keyboard.app, 'What Is Shown', timeout=20)
    time.sleep(1)
    nameless = [describe(x) for x in walk(keyboard.app)
                if x.getRoleName() in ('push button', 'toggle button', 'text', 'combo box', 'check box', 'slider', 'spin button') and is_visible(x)
                and x.getState().contains(pyatspi.STATE_FOCUSABLE) and not (x.name or x.description)]
    underlined = [x.name for x in walk(keyboard.app) if x.getRoleName() == 'push button' and x.name.startswith('_')]
    if underlined:
        raise Failed('named with an underscore: ' + ', '.join(sorted(set(underlined))))
    if nameless:
        raise Failed('no name: ' + ', '.join(sorted(set(nameless))))
    key('Escape')
    wait('the editor to close', lambda: not any(x.name == 'Edit Panel' for x in keyboard.app))


def test_back(keyboard):
    """Escape ends editing, and again leads to the list, where the copy stands."""
    key('Escape')
    keyboard.ear.expect('No longer editing')
    key('Escape')
    find(keyboard.app, 'Your Dashboards', 'list')
    wait('the copy', lambda: find_all(keyboard.app, lambda name: name.startswith('Machine and cluster (copy)')))


TESTS = [test_list, test_open, test_edit, test_undo, test_names, test_back]


def main(leyden, flow):
    missing = [name for name in ('xdotool', 'openbox') if shutil.which(name) is None]
    if missing:
        print(f'1..0 # SKIP {", ".join(missing)} not installed')
        return False
    failed = 0
    program = Program(leyden, flow)
    # pylint: disable-next=consider-using-with
    manager = subprocess.Popen(['openbox', '--sm-disable'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=end_with_us)
    try:
        app = program.application()
        ear = Ear()
        find(app, lambda name: name.endswith(', node'))
        time.sleep(2)
        keyboard = Keyboard(app, ear)
        for n, test in enumerate(TESTS, 1):
            try:
                test(keyboard)
            except Failed as error:
                failed += 1
                print(f'# {error}\nnot ok {n} - {test.__doc__}', flush=True)
                break
            print(f'ok {n} - {test.__doc__}', flush=True)
    finally:
        program.end()
        manager.terminate()
        manager.wait()
    print(f'1..{len(TESTS)}')
    return failed > 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
