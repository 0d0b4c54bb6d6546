#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tour of the README with real pointer and key events.

Starts the real window in the display it is given, finds things by their accessible names, moves a real pointer, types real keys,
kills window and backend, and looks at what a person would see. Writes numbered pictures and tour.log into the folder; exits 1 at
the first step that fails. Usage: tour.py BUILD DIR
"""
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback

import pyatspi

import dashboards
import debugging
from driving import (HOME, OUT, Failure, Pictures, Window, alive, click, drag, key, log, newest_experiment, newest_run, places_of,
                     rendezvous, show_page, type_text, wait_for)

QUESTION = 'A jug holds 9 litres of juice. How many glasses of 250 millilitres can be filled from it?'
ANSWER = '36'
STALL_MS = 50


# --- the steps ---

def step_start(state):
    """The window opens on its start page."""
    state['window'] = Window()
    state['window'].expect('New Flow')
    Pictures.take('start')


def step_sample(state):
    """Choosing the sample opens it on the canvas."""
    window = state['window']
    click(*window.place(window.expect(contains='Calculator agent')))
    window.expect('Solver, node')
    Pictures.take('sample')


def step_drag(state):
    """A node is dragged from the library to the canvas."""
    window = state['window']
    canvas = window.expect('Canvas')
    extents = canvas.queryComponent().getExtents(pyatspi.WINDOW_COORDS)
    middle = window.place(canvas)
    target = (middle[0] - extents.width // 4, middle[1] - extents.height // 3)
    # The library is longer than the window; what is searched for stands on top.
    key('ctrl+space')
    type_text('extract')
    time.sleep(0.5)
    drag(window.place(window.expect('Extract', 'list item') if window.find('Extract', 'list item') else window.expect('Extract')), target)
    wait_for('the new node', lambda: window.find('Extract, node'))
    Pictures.take('dragged')


def step_connect(state):
    """A wire is drawn from port to port."""
    window = state['window']
    source = window.expect('Text, output of Solver')
    target = window.expect('Text, input of Extract')
    drag(window.place(source), window.place(target), 24)
    wait_for('the wire', lambda: 'Solver' in window.find('Text, input of Extract').description)
    Pictures.take('connected')


def step_undo(state):
    """Ctrl+Z takes both back, Ctrl+Shift+Z brings them again."""
    window = state['window']
    key('ctrl+z')
    wait_for('the wire to go', lambda: 'not connected' in window.find('Text, input of Extract').description)
    key('ctrl+z')
    wait_for('the node to go', lambda: window.find('Extract, node') is None)
    key('ctrl+shift+z')
    wait_for('the node to come back', lambda: window.find('Extract, node'))
    key('ctrl+z')
    wait_for('the node to go again', lambda: window.find('Extract, node') is None)
    Pictures.take('undone')


def step_try(state):
    """A question is typed and tried; the answer streams in and the steps stand below it."""
    window = state['window']
    show_page(window, 'Try')
    field = wait_for('the question', lambda: window.find('Question', 'text') or window.find('Question', 'text box') or
                     window.find('Question'))
    click(*window.place(field))
    key('ctrl+a')
    type_text(QUESTION)
    Pictures.take('typed')
    key('ctrl+Return')
    time.sleep(1.2)
    Pictures.take('streaming')
    wait_for('the end of the rollout', lambda: window.find(contains='Succeeded ·'), 60)
    wait_for(f'the answer, {ANSWER}', lambda: window.find(ANSWER), 5)
    Pictures.take('tried')


def step_run(state):
    """The flow runs over the sample's data set; progress, mean reward and badges are live."""
    window = state['window']
    show_page(window, 'Run')
    wait_for('the data set', lambda: window.find(contains='arithmetic.jsonl') and window.find(contains='All rows (300)'), 20)
    time.sleep(0.5)
    buttons = [node for node in window.walk() if node.name == 'Run' and node.getRoleName() == 'push button']
    if not buttons:
        raise Failure('no Run button')
    # The one of the panel, not the one of the header bar.
    click(*max((window.place(button) for button in buttons), key=lambda place: place[1]))
    wait_for('progress', lambda: window.find(contains=' left'), 30)
    Pictures.take('running')


def step_edit(state):
    """An edit that is not saved, to be found again after the crash."""
    window = state['window']
    click(*window.place(window.expect('Ask, node')))
    window.find('Ask, node').queryComponent()
    key('alt+Down', 'alt+Down')
    time.sleep(0.3)
    Pictures.take('edited')


def step_kill_window(state):
    """kill -9 of the window; the run goes on, and a new window finds flow, history and run."""
    run_before = newest_run()
    if run_before is None:
        raise Failure('the backend knows no run')
    state['window'].kill()
    log(f'window killed at {run_before["summary"]["done"]} of {run_before["n_items"]}')
    time.sleep(1.0)
    run_after = newest_run()
    if run_after is None or run_after['run'] != run_before['run'] or run_after['state'] not in ('running', 'succeeded'):
        raise Failure(f'the run did not go on: {run_after}')
    window = state['window'] = Window()
    window.expect('Solver, node', seconds=20)
    show_page(window, 'Run')
    wait_for('the run in the new window', lambda: window.find(contains=' left') or window.find(contains='of 300'), 30)
    Pictures.take('recovered')
    canvas = window.expect('Ask, node')
    click(*window.place(canvas))
    undo = wait_for('undo to be possible', lambda: window.find(contains='Undo', role='push button'))
    if pyatspi.STATE_SENSITIVE not in undo.getState().getStates():
        raise Failure('nothing to undo after the crash')
    key('ctrl+z')
    time.sleep(0.4)
    Pictures.take('undone-after-crash')


def step_kill_backend(state):
    """kill -9 of the backend: it is started again, the run resumes, the window says so."""
    window = state['window']
    before = rendezvous()
    if newest_run()['state'] != 'running':
        log('the run had ended; a new one is started')
        step_run(state)
    before = rendezvous()
    run_before = newest_run()
    os.kill(before['pid'], signal.SIGKILL)
    log(f'backend {before["pid"]} killed at {run_before["summary"]["done"]} of {run_before["n_items"]}')
    wait_for('another backend', lambda: rendezvous() and rendezvous()['pid'] != before['pid'] and newest_run(), 30)
    wait_for('words about it', lambda: window.find(contains='backend'), 15)
    Pictures.take('backend-restarted')
    wait_for('the end of the run', lambda: newest_run()['run'] == run_before['run'] and newest_run()['state'] == 'succeeded', 120)
    summary = newest_run()['summary']
    if summary['done'] != run_before['n_items']:
        raise Failure(f'rows are missing: {summary["done"]} of {run_before["n_items"]}')
    wait_for('the result in the window', lambda: window.find(contains='Succeeded:'), 15)
    Pictures.take('finished')


def step_train(state):
    """Training raises the reward, and the verdict on rows that it never saw shows it."""
    window = state['window']
    show_page(window, 'Train')
    wait_for('the data set', lambda: window.find(contains='to learn from'), 20)
    Pictures.take('train')
    # The one of the panel, not the one of the header bar.
    click(*places_of(window, 'Train')[-1])
    wait_for('progress', lambda: window.find(contains='Training:') and window.find('Simulated'), 30)
    wait_for('the reward to rise', lambda: (curve := newest_experiment()['curve']) and curve[-1]['best'] > curve[0]['best'], 240)
    Pictures.take('training')
    wait_for('the end of the training', lambda: newest_experiment()['state'] == 'finished', 300)
    verdict = newest_experiment()['verdict']
    log(f'verdict: {verdict["sentence"]}')
    if not verdict['significant'] or verdict['low'] <= 0:
        raise Failure(f'no improvement was shown: {verdict}')
    wait_for('the verdict in the window', lambda: window.find(contains='paired, n'), 15)
    Pictures.take('trained')


def step_experiment(state):
    """The place Experiments shows how it went; the new version goes into the flow, and can be undone."""
    window = state['window']
    click(*window.place(window.expect('Show the Experiment')))
    wait_for('the page of the experiment', lambda: window.find(contains='Best reward by calls') and window.find('Candidates'), 15)
    time.sleep(1.0)
    Pictures.take('experiment')
    # The one of the page, not the one of the panel that is hidden now.
    click(*[place for place in places_of(window, 'Use This Version') if place[1] > 100][0])
    wait_for('the new version', lambda: window.find('Undo: Use Trained Version'), 15)
    Pictures.take('version-used')
    click(*window.place(window.expect('Solver, node')))
    key('ctrl+z')
    wait_for('the old version', lambda: window.find('Redo: Use Trained Version'), 15)
    Pictures.take('version-undone')


def step_close(state):
    """A normal close leaves no process behind."""
    window = state['window']
    backend = rendezvous()
    click(*window.place(window.expect('Solver, node')))
    key('ctrl+q')
    time.sleep(0.8)
    if window.process.poll() is None:
        discard = window.find(contains='Discard') or window.find(contains='Close Without') or window.find(contains='Don’t Save')
        if discard is not None:
            Pictures.take('closing')
            click(*window.place(discard))
    wait_for('the window to end', lambda: window.process.poll() is not None, 15)
    wait_for('the backend to end', lambda: not alive(backend['pid']), 15)


def step_stalls(_state):
    """No turn of the main loop worked for more than 50 ms.

    A machine that does other work as well stops every program for longer than that, so what decides is the processor time that the
    window's own thread took in one turn. The time on the clock is told beside it, with what of it the thread was ready to run and was not
    let, and what it waited for others (the display, a disk).
    """
    path = OUT / 'stalls.log'
    # The monitor also notes each start.
    lines = path.read_text(encoding='utf-8').split('\n') if path.exists() else []
    if not any(line.startswith('start') for line in lines):
        raise Failure('the window kept no log of its main loop')
    stalls = [line.split() for line in lines if line and not line.startswith('start')]
    for when, wall, cpu, queued in stalls:
        clock = time.strftime('%H:%M:%S', time.localtime(time.time() - time.monotonic() + int(when) / 1e6))
        waited = max(0.0, float(wall) - float(cpu) - float(queued))
        log(f'turn of {wall} ms, over at {clock}: worked {cpu} ms, not let run {queued} ms, waited for others {waited:.1f} ms')
    long = [float(cpu) for _when, _wall, cpu, _queued in stalls if float(cpu) > STALL_MS]
    log(f'{len(stalls)} turns took more than {STALL_MS} ms on the clock, {len(long)} of them worked that long')
    if long:
        raise Failure(f'the main loop stood still: {max(long):.0f} ms of work in one turn')


STEPS = [step_start, step_sample, step_drag, step_connect, step_undo, step_try, step_run, step_edit, step_kill_window,
         step_kill_backend, *debugging.STEPS, step_train, step_experiment, *dashboards.STEPS, step_close, step_stalls]


def prepare():
    shutil.rmtree(HOME, ignore_errors=True)
    for name in ('data', 'state', 'config', 'cache', 'run'):
        (HOME / name).mkdir(parents=True, mode=0o700)
    # The font of the GNOME desktop, so that the pictures look as they do there.
    (HOME / 'config' / 'gtk-4.0').mkdir()
    (HOME / 'config' / 'gtk-4.0' / 'settings.ini').write_text('[Settings]\ngtk-font-name=Cantarell 11\n', encoding='utf-8')
    for path in [*OUT.glob('[0-9][0-9]-*.png'), OUT / 'tour.log', OUT / 'stalls.log', OUT / 'leyden.out']:
        path.unlink(missing_ok=True)


def main():
    prepare()
    # pylint: disable-next=consider-using-with
    manager = subprocess.Popen(['openbox', '--sm-disable'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    state = {}
    status = 0
    try:
        for step in STEPS:
            log('step: ' + step.__doc__.split('\n', maxsplit=1)[0])
            step(state)
    except Exception as error:  # pylint: disable=broad-except
        status = 1
        log(f'FAILED: {error}')
        log(traceback.format_exc())
        try:
            Pictures.take('failed')
        except Exception:  # pylint: disable=broad-except
            log('no picture could be taken')
    finally:
        window = state.get('window')
        if window is not None and window.process.poll() is None:
            window.kill()
        backend = rendezvous()
        if backend is not None and alive(backend['pid']):
            os.kill(backend['pid'], signal.SIGTERM)
        manager.terminate()
    log('the tour passed' if status == 0 else 'the tour failed')
    return status


if __name__ == '__main__':
    sys.exit(main())
