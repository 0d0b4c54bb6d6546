#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The debugger over the accessibility bus alone: a breakpoint is set and met, a value watched, the agent stepped into, and gone on from.

usage: debug.py LEYDEN FLOW; a TAP test, skipped where pyatspi is not installed.
"""
import sys

try:
    import pyatspi  # noqa: F401
    from access import Failed, Program, do, find, find_all, set_text, wait
except ImportError as error:
    print(f'1..0 # SKIP {error}')
    sys.exit(0)

QUESTION = ('Pavel bakes 47 cookies, keeps 20 of them and shares the rest equally among 3 friends. '
            'How many cookies does each friend get?')


class Debugger:
    def __init__(self, app):
        self.app = app
        self.window = find(app, role='frame')
        self.canvas = find(app, 'Canvas', 'filler')
        self.nodes = find(self.canvas, 'Nodes')
        self.panel = None

    def node(self, title):
        return wait(f'the node “{title}”', lambda: next((x for x in self.nodes if x.name == f'{title}, node'), None))

    def says(self, title, text):
        wait(f'“{text}” at {title}', lambda: text in self.node(title).description)

    def hear(self, text):
        """What is said to the person is the name of the one object that speaks for the window."""
        wait(f'“{text}” being said', lambda: find_all(self.window, lambda name: text in name))

    def press(self, name):
        do(find(self.window, name, 'push button'), 'click')


def set_breakpoint(debugger):
    do(debugger.node('Final answer'), 'node.focus')
    do(debugger.canvas, 'canvas.breakpoint')
    debugger.hear('Breakpoint set: Before “Final answer”')
    debugger.says('Final answer', 'breakpoint')


def start(debugger):
    do(find(debugger.app, 'Try', 'page tab'), 'click')
    set_text(find(debugger.app, 'Question', 'text'), QUESTION)
    do(find(debugger.window, 'Debug', 'push button'), 'click')
    debugger.hear('Paused at “Final answer”')
    debugger.says('Final answer', 'the rollout stands here')


def watch(debugger):
    entry = find(debugger.window, 'Watch an expression', 'text')
    set_text(entry, '"Solver" ->> \'$.text\'')
    do(entry, 'activate')
    debugger.hear('I make that nine')


def go_on(debugger):
    debugger.press('Continue')
    debugger.hear('Succeeded')


def step_into(debugger):
    """Without a breakpoint it stands before the first node."""
    do(debugger.node('Final answer'), 'node.focus')
    do(debugger.canvas, 'canvas.breakpoint')
    debugger.hear('Breakpoint removed')
    do(find(debugger.app, 'Try', 'page tab'), 'click')
    do(find(debugger.window, 'Debug', 'push button'), 'click')
    debugger.hear('Paused at “Word problem”')
    debugger.press('Step')
    debugger.hear('Paused at “Ask”')
    debugger.press('Step')
    debugger.hear('Paused at “Solver”')
    debugger.press('Step Into')
    debugger.hear('Paused at “Solver › Turn 1”')
    debugger.press('Step Out')
    debugger.hear('Paused at “Final answer”')


def main(leyden, sample):
    steps = (set_breakpoint, start, watch, go_on, step_into)
    print(f'1..{len(steps)}')
    program = Program(leyden, sample)
    done = 0
    try:
        debugger = Debugger(program.application())
        for step in steps:
            step(debugger)
            done += 1
            print(f'ok {done} - {step.__name__}', flush=True)
    except Failed as error:
        print(f'not ok {done + 1} - {error}', flush=True)
        return 1
    finally:
        program.end()
    return 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
