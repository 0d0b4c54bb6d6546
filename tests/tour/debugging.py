# SPDX-License-Identifier: GPL-3.0-or-later
"""The chapter of the tour about the debugger: the worst rollout of the run is stopped, looked at, changed, forked, and the change proved."""
import json
import os
import pathlib
import signal
import time

import pyatspi

from driving import (Failure, Pictures, Window, ask, click, drag, key, log, newest_run, places_of, rendezvous, show_page, type_text,
                     wait_for)

DATASET = pathlib.Path(__file__).resolve().parents[2] / 'data' / 'samples' / 'arithmetic.jsonl'
PROMPT = 'Solve this problem step by step:\n\n{{ question }}\n\nEnd with “Answer: ” and the number in digits.'


# --- what is looked for ---

def rows_of(window, name):
    """Of the list with that name, those in sight, from top to bottom."""
    top = window.expect(name, 'list')
    inside = top.queryComponent().getExtents(pyatspi.WINDOW_COORDS)
    rows = []
    for node in window.walk(top):
        if node.getRoleName() == 'list item':
            extents = node.queryComponent().getExtents(pyatspi.WINDOW_COORDS)
            if extents.height > 0 and inside.y <= extents.y + extents.height // 2 < inside.y + inside.height:
                rows.append((extents.y, node))
    return [row for _y, row in sorted(rows, key=lambda pair: pair[0])]


def row_of(window, name, start):
    return wait_for(f'“{start}” in the list {name}',
                    lambda: next((row for row in rows_of(window, name) if row.name.startswith(start)), None))


def open_page(window, name):
    """A page of the panel Debug."""
    click(*window.place(window.expect(name, 'page tab')))
    time.sleep(0.5)


def place_of(window, name):
    """Of the lowest button with that name: what is on a hidden page may keep its old place."""
    return places_of(window, name)[-1]


def dialog_of(window, title):
    return wait_for(f'the dialog “{title}”', lambda: next((child for child in window.app if child.name == title), None))


def wait_closed(window, title):
    wait_for(f'“{title}” to close', lambda: all(child.name != title for child in window.app))


def newest_try():
    runs = ask('/leyden/v1/runs?limit=1')['runs']
    return runs[0] if runs and runs[0]['purpose'] == 'try' else None


def debugged():
    """What the backend says of the rollout that was tried last."""
    rollouts = ask(f'/leyden/v1/runs/{newest_try()["run"]}/rollouts')['rollouts']
    return ask(f'/leyden/v1/rollouts/{rollouts[0]["rollout"]}/debug')


def stands(window, words, seconds=20):
    """The panel says that it is paused, and where."""
    return wait_for(f'“{words}”', lambda: window.find(contains=words, role='label'), seconds)


def open_worst(window):
    show_page(window, 'Run')
    row = wait_for('a row that was not right', lambda: rows_of(window, 'Rollouts'), 15)[0]
    name = row.name.split(',')[0]
    click(*window.place(row))
    stands(window, 'reward 0.00')
    return name


# --- the steps ---

def step_worst(state):
    """The worst rollout of the run is opened: its end, and what each node gave."""
    window = state['window']
    # More room for the panel, as a person would make it.
    tab = window.place(window.expect('Debug', 'page tab'))
    drag((tab[0] + 300, tab[1] - 24), (tab[0] + 300, tab[1] - 130))
    state['worst'] = open_worst(window)
    key('ctrl+shift+d')
    wait_for('the debugger', lambda: window.find('Variables', 'list'))
    Pictures.take('worst')
    rows = [json.loads(line) for line in DATASET.read_text(encoding='utf-8').splitlines()]
    state['question'] = next(row['question'] for row in rows if row['data_id'] == state['worst'])
    log(f'{state["worst"]}: {state["question"]}')


def step_breakpoint(state):
    """F9 sets a breakpoint at the agent, Ctrl+F9 gives it a condition."""
    window = state['window']
    click(*window.place(window.expect('Solver, node')))
    key('F9')
    wait_for('the breakpoint', lambda: 'reakpoint' in window.find('Solver, node').description)
    key('ctrl+F9')
    dialog = dialog_of(window, 'Breakpoint at “Solver”')
    type_text('length(prompt) >')
    wait_for('a word about the mistake', lambda: not window.find('This condition can be checked', root=dialog))
    type_text(' 20')
    wait_for('the condition to be right', lambda: window.find('This condition can be checked', root=dialog))
    Pictures.take('breakpoint')
    key('Return')
    wait_closed(window, dialog.name)


def step_stop(state):
    """Debug runs the question of that row; it stops before the agent."""
    window = state['window']
    show_page(window, 'Try')
    click(*window.place(window.find('Question', 'text') or window.expect('Question')))
    key('ctrl+a')
    type_text(state['question'])
    click(*place_of(window, 'Debug'))
    stands(window, 'Paused at “Solver”')
    found = debugged()
    if not found['paused'] or found['breakpoint']['condition'] != 'length(prompt) > 20':
        raise Failure(f'it does not stand at the breakpoint: {found}')
    Pictures.take('stopped')


def step_look(state):
    """Variables are unfolded; one is watched."""
    window = state['window']
    row = row_of(window, 'Variables', 'Ask')
    click(*window.place(next(node for node in window.walk(row) if node.name == 'Expand')))
    click(*window.place(row_of(window, 'Variables', 'text, text: ')))
    click(*place_of(window, 'Watch'))
    wait_for('the value of the watch', lambda: window.find(contains='"Ask" ->> \'$.text\', text: Solve this problem', role='list item'))
    Pictures.take('watched')


def step_change(state):
    """What the prompt node gave is changed by hand, before the agent takes it."""
    window = state['window']
    click(*place_of(window, 'Edit…'))
    dialog = dialog_of(window, 'Edit a Value')
    key('ctrl+End')
    type_text(' Answer in digits.')
    Pictures.take('value')
    click(*window.place(window.find('Change', 'push button', root=dialog), dialog))
    wait_closed(window, dialog.name)
    wait_for('the new value', lambda: row_of(window, 'Variables', 'text, text: ') and window.find(contains='Answer in digits.'))
    Pictures.take('changed')


def step_turns(state):
    """F11 steps into the turns of the agent, Shift+F11 out of it."""
    window = state['window']
    key('F11')
    stands(window, 'Paused at “Solver › Turn 1')
    key('F11')
    wait_for('the tool or the next turn', lambda: '#1/' in debugged()['node'] or '#2' in debugged()['node'], 20)
    stands(window, 'after a step')
    time.sleep(0.5)
    Pictures.take('turn')


def step_kill_paused(state):
    """kill -9 of window and backend while it stands: afterwards it stands there still."""
    before = debugged()
    backend = rendezvous()
    state['window'].kill()
    os.kill(backend['pid'], signal.SIGKILL)
    log(f'window and backend killed, paused at {before["node"]}')
    window = state['window'] = Window()
    # What needs the backend starts it.
    click(*window.place(window.expect('Runs', 'page tab')))
    wait_for('the backend', lambda: rendezvous() and rendezvous()['pid'] != backend['pid'] and newest_run(), 30)
    after = wait_for('the rollout to be there', lambda: debugged() if debugged()['can'] else None, 30)
    if not after['paused'] or after['node'] != before['node']:
        raise Failure(f'it stood at {before["node"]}, and then: {after}')
    paused = wait_for('the run that stands', lambda: window.find(contains='1 paused', role='label'), 20)
    Pictures.take('runs-paused')
    click(*window.place(paused))
    wait_for('the notice', lambda: window.find('1 rollout of the run is paused.'), 20)
    click(*places_of(window, 'Debug')[0])
    stands(window, 'Paused at “Solver')
    Pictures.take('still-paused')
    key('shift+F11')
    wait_for('the end of the agent', lambda: '#' not in debugged()['node'] and debugged()['paused'], 30)
    stands(window, 'Paused at “Final answer”')
    Pictures.take('out')


def step_continue(state):
    """F5 goes on to the end."""
    window = state['window']
    key('F5')
    stands(window, 'Succeeded ·')
    Pictures.take('continued')


def step_scrub(state):
    """The worst rollout again: the keys of the timeline lead back to where the prompt was made."""
    window = state['window']
    click(*window.place(window.expect('Runs', 'page tab')))
    click(*window.place(wait_for('the run over the data set', lambda: window.find(contains='300 of 300', role='label'), 20)))
    # It has a tab of its own where it is not what was tried.
    time.sleep(3)
    if sum(node.name == 'Try' and node.getRoleName() == 'page tab' for node in window.walk()) == 2:
        key('ctrl+shift+Tab', 'ctrl+w')
        time.sleep(1)
    open_worst(window)
    key('ctrl+shift+d')
    open_page(window, 'Timeline')
    click(*window.place(window.expect('Position in the rollout')))
    key('Home')
    wait_for('the first record', lambda: window.find(contains='Record 1 of', role='label'))
    for _ in range(12):
        if window.find(contains='Ask started', role='label'):
            break
        key('Right')
        time.sleep(0.3)
    wait_for('the prompt', lambda: window.find(contains='Ask started', role='label'))
    time.sleep(0.5)
    Pictures.take('rewound')


def step_fork(state):
    """From there another rollout goes on with a changed prompt, and is right."""
    window = state['window']
    click(*window.place(window.expect('Ask, node')))
    key('ctrl+shift+F10')
    dialog = dialog_of(window, 'Fork from Here')
    click(*window.place(window.find('New Value', 'text', root=dialog), dialog))
    key('ctrl+a')
    for i, line in enumerate(PROMPT.split('\n')):
        if i > 0:
            key('Return')
        type_text(line)
    Pictures.take('fork')
    click(*window.place(window.find('Fork', 'push button', root=dialog), dialog))
    wait_closed(window, dialog.name)
    stands(window, 'reward 1.00', 30)
    Pictures.take('forked')


def step_compare(state):
    """Both side by side: where they went apart, and what was better."""
    window = state['window']
    # It opened by itself with the fork.
    dialog = dialog_of(window, 'Compare Rollouts')
    wait_for('the difference', lambda: window.find(contains='They begin to differ at', root=dialog), 20)
    time.sleep(0.5)
    Pictures.take('compared')
    key('Escape')
    wait_closed(window, dialog.name)


def step_try_all(state):
    """“Try on All” takes the change into the flow and runs all rows; the verdict is told, row by row."""
    window = state['window']
    before = newest_run()['run']
    click(*window.place(window.expect('Try on All', 'push button')))
    wait_for('the run', lambda: newest_run()['run'] != before, 20)
    wait_for('its end', lambda: newest_run()['state'] == 'succeeded', 120)
    verdict = wait_for('the verdict', lambda: window.find(contains='Against the flow before the change:'), 20)
    log(verdict.name)
    answer = ask(f'/leyden/v1/runs/{newest_run()["run"]}/compare?with={before}')
    if answer['low'] <= 0:
        raise Failure(f'no improvement was shown: {answer}')
    Pictures.take('proved')
    # Training begins where the sample does, and nothing shall stop on the way.
    if 'reakpoint' in window.expect('Solver, node').description:
        click(*window.place(window.expect('Solver, node')))
        key('F9')
        wait_for('the breakpoint to go', lambda: 'reakpoint' not in window.find('Solver, node').description)
    click(*window.place(window.expect('Solver, node')))
    key('ctrl+z')
    wait_for('the old prompt', lambda: window.find('Redo: Change of a Fork'))


STEPS = [step_worst, step_breakpoint, step_stop, step_look, step_change, step_turns, step_kill_paused, step_continue, step_scrub, step_fork,
         step_compare, step_try_all]
