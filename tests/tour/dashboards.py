# SPDX-License-Identifier: GPL-3.0-or-later
"""The chapter of the tour about dashboards: what was run and trained before is seen there, and one becomes a person's own."""
import time

from driving import Failure, Pictures, ask, click, drag, key, log, newest_experiment, places_of, wait_for


def open_board(window, title):
    key('ctrl+4')
    time.sleep(0.5)
    if window.find('Ready Dashboards') is None:
        key('Escape')
    click(*window.place(window.expect(title, 'list item', seconds=15)))
    wait_for(f'the dashboard {title}', lambda: window.find('Menu of the dashboard'), 15)


def results_of(queries):
    """What the backend says to these questions, by the way that the window takes, too."""
    return ask('/leyden/v1/insights/query', {'queries': queries})['results']


def step_training(state):
    """From the experiment to the dashboard of its training: reward step by step, of this one alone."""
    window = state['window']
    key('ctrl+3')
    wait_for('the experiment', lambda: window.find('Show in a Dashboard'), 15)
    click(*window.place(window.expect('Show in a Dashboard')))
    wait_for('the panels', lambda: window.find('Reward per step') and window.find('Menu of “Reward per step”'), 15)
    time.sleep(2)
    Pictures.take('dashboard-training')
    experiment = newest_experiment()['experiment']
    steps = results_of([{'metric': 'reward', 'aggregation': 'mean', 'shape': 'step', 'from': 0, 'filter': [['experiment', '=', experiment]]}])[0]
    if not steps.get('series') or len(steps['series'][0]['x']) < 2:
        raise Failure(f'the training has no steps: {steps}')


def step_ready(state):
    """The ready dashboards show what ran on this tour, and none of their panels failed."""
    window = state['window']
    for title in ('Operations', 'Cost', 'Quality', 'Machine and cluster'):
        key('ctrl+4')
        key('Escape')
        open_board(window, title)
        time.sleep(2)
        if window.find('Try Again', 'push button') is not None and places_of(window, 'Try Again'):
            raise Failure(f'a panel of {title} failed')
        Pictures.take('dashboard-' + title.split()[0].lower())
    log(f'{len(ask("/leyden/v1/dashboards")["dashboards"])} dashboards')


def step_own(state):
    """A copy is made by “Edit”; a panel is dragged aside, and the backend has it."""
    window = state['window']
    key('Escape')
    open_board(window, 'Cost')
    click(*window.place(window.expect('Edit', 'push button', seconds=30)))
    wait_for('the copy', lambda: window.find('Done', 'push button'), 15)
    time.sleep(1)
    mine = next(board for board in ask('/leyden/v1/dashboards')['dashboards'] if not board['ready'])
    menu = places_of(window, 'Menu of “Budget used”')[0]
    target = places_of(window, 'Menu of “Forecast”')[0]
    drag((menu[0] - 120, menu[1]), (target[0] - 120, target[1]))
    time.sleep(1)
    wait_for('the change in the backend', lambda: ask(f'/leyden/v1/dashboards/{mine["id"]}')['revision'] > 1, 15)
    Pictures.take('dashboard-own')
    key('ctrl+z')
    wait_for('the old place', lambda: ask(f'/leyden/v1/dashboards/{mine["id"]}')['revision'] > 2, 15)
    key('Escape', 'Escape')
    key('ctrl+1')
    wait_for('the canvas', lambda: window.find('Solver, node'), 15)


STEPS = [step_training, step_ready, step_own]
