#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A flow is debugged by keyboard alone, and each step is announced on the accessibility bus.

What is looked at is the accessible tree; what is done is done by keys, and no pointer is moved.
usage: debug.py LEYDEN SAMPLE; a TAP test, skipped where pyatspi, xdotool or openbox is not installed.
"""
import shutil
import subprocess
import sys
import time

try:
    from access import Ear, Failed, Program, end_with_us, find, wait
except ImportError as error:
    print(f'1..0 # SKIP {error}')
    sys.exit(0)

PROMPT = 'Solve step by step. End with Answer: and the number. {{ question }}'


def key(*names):
    subprocess.run(['xdotool', 'key', '--clearmodifiers', '--delay', '40', *names], check=True)


def type_text(text):
    subprocess.run(['xdotool', 'type', '--delay', '4', text], check=True)


class Keyboard:
    """Where the keys go, as a person without sight knows it: by what is said of the focus."""

    def __init__(self, app, ear):
        self.app = app
        self.ear = ear

    def focused(self):
        self.ear.listen(0.1)
        try:
            return self.ear.focus.name, self.ear.focus.getRoleName()
        except Exception:  # it went away meanwhile
            return '', ''

    def go(self, name, press='Tab', most=60):
        """Presses a key until the focus is on that name."""
        for _ in range(most):
            if self.focused()[0].startswith(name):
                return
            key(press)
        raise Failed(f'{press} does not lead to “{name}”; last at {self.focused()}')

    def node(self, title):
        """The node with that title, by searching."""
        key('ctrl+f')
        self.ear.listen(0.3)
        key('ctrl+a')
        type_text(title)
        self.ear.listen(0.5)
        key('Return', 'Escape')
        self.ear.listen(0.3)

    def command(self, title):
        """A command that has no key, from the palette."""
        key('ctrl+shift+p')
        self.ear.listen(0.5)
        type_text(title)
        self.ear.listen(0.5)
        key('Return')

    def dialog(self, title):
        return wait(f'the dialog “{title}”', lambda: next((x for x in self.app if x.name == title), None))


def open_worst(keyboard):
    """The first row that was not right, from the list of the run."""
    key('ctrl+r')
    keyboard.go('a-')
    key('Return')
    keyboard.ear.expect('reward 0.00')


def run_rows(keyboard):
    """The flow over the rows to test with; the list of rows is opened by a key, and its last is taken."""
    key('ctrl+r')
    wait('the data set', lambda: find(keyboard.app, 'All rows (300)', 'label', timeout=1))
    keyboard.go('Choose…')
    key('Tab', 'Return')
    keyboard.ear.listen(0.5)
    key('End', 'Return')
    wait('fewer rows', lambda: find(keyboard.app, lambda name: name.startswith('Test ('), 'label', timeout=1))
    key('F5')
    keyboard.ear.expect('Run: Succeeded')


def set_breakpoint(keyboard):
    keyboard.node('Solver')
    key('F9')
    keyboard.ear.expect('Breakpoint set: Before “Solver”')
    key('ctrl+F9')
    keyboard.dialog('Breakpoint at “Solver”')
    keyboard.ear.listen(0.3)
    type_text('length(prompt) > 20')
    key('Return')
    keyboard.ear.expect('Breakpoint set: Before “Solver”, if length(prompt) > 20')


def stop(keyboard):
    key('ctrl+shift+t')
    keyboard.go('Question')
    type_text('A jug holds 9 litres of juice. How many glasses of 250 millilitres can be filled from it?')
    key('alt+F5')
    keyboard.ear.expect('Paused at “Solver”')


def watch(keyboard):
    key('ctrl+shift+d')
    keyboard.go('Watch an expression')
    type_text('"Ask" ->> \'$.text\'')
    key('Return')
    keyboard.ear.expect('Solve this problem')


def change(keyboard):
    """What the prompt node gave, found by its name in the variables."""
    keyboard.go('Ask')
    key('plus')
    keyboard.go('text, text', 'Down')
    key('Return')
    keyboard.dialog('Edit a Value')
    keyboard.ear.listen(0.3)
    key('ctrl+End')
    type_text(' Answer in digits.')
    keyboard.go('Change')
    key('Return')
    keyboard.ear.expect('The value was changed')


def step(keyboard):
    key('F11')
    keyboard.ear.expect('Paused at “Solver › Turn 1')
    key('shift+F11')
    keyboard.ear.expect('Paused at “Final answer”')
    key('F5')
    keyboard.ear.expect('Succeeded ·')


def scrub(keyboard):
    """Back in the worst rollout, from where its prompt was made."""
    open_worst(keyboard)
    key('ctrl+shift+d')
    keyboard.go('Position in the rollout')
    key('Home')
    keyboard.ear.expect('Record 1 of')
    for _ in range(3):
        key('Right')
        keyboard.ear.listen(0.4)
    keyboard.ear.expect('Record 4 of')


def fork(keyboard):
    keyboard.node('Ask')
    key('ctrl+shift+F10')
    keyboard.dialog('Fork from Here')
    keyboard.ear.listen(0.3)
    keyboard.go('New Value')
    key('ctrl+a')
    type_text(PROMPT)
    keyboard.go('Fork', 'shift+Tab')
    key('Return')
    keyboard.ear.expect('Forked')
    keyboard.ear.expect('reward 1.00')


def compare(keyboard):
    """The fork stands beside the original by itself."""
    find(keyboard.dialog('Compare Rollouts'), lambda name: name.startswith('They begin to differ at Ask'), 'label')
    key('ctrl+F8')
    keyboard.ear.expect('Difference 1 of')
    key('Escape')


def prove(keyboard):
    # The breakpoint stands: what is a proof stops nowhere.
    keyboard.command('Try the Fork')
    keyboard.ear.expect('Against the flow before the change: ')
    keyboard.node('Solver')
    key('F9')
    keyboard.ear.expect('Breakpoint removed')


STEPS = [run_rows, open_worst, set_breakpoint, stop, watch, change, step, scrub, fork, compare, prove]


def main(leyden, sample):
    manager = subprocess.Popen(['openbox', '--sm-disable'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=end_with_us)
    program = Program(leyden, sample)
    failed = 0
    print(f'1..{len(STEPS)}')
    try:
        app = program.application()
        ear = Ear()
        keyboard = Keyboard(app, ear)
        find(app, 'Solver, node')
        for n, work in enumerate(STEPS, 1):
            started = time.monotonic()
            work(keyboard)
            print(f'ok {n} - {work.__name__} # {time.monotonic() - started:.1f} s', flush=True)
    except Failed as error:
        failed = 1
        print(f'not ok {n} - {work.__name__}: {error}', flush=True)
    finally:
        program.end()
        manager.terminate()
        manager.wait()
    return failed


if __name__ == '__main__':
    if shutil.which('openbox') is None or shutil.which('xdotool') is None:
        print('1..0 # SKIP openbox or xdotool is missing')
        sys.exit(0)
    sys.exit(main(*sys.argv[1:]))
