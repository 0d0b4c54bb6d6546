#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the sample that the README leads with from nothing, through the accessible tree alone, runs it, and compares the saved flow.

Keys are only pressed where GTK has no action for what a key does: choosing in a drop-down list, and the name in the dialog of files.
usage: build-sample.py LEYDEN SAMPLE; a TAP test, skipped where pyatspi is not installed.
"""
import json
import os
import subprocess
import sys
import time

try:
    import pyatspi
    from access import Failed, Program, actions, do, find, find_all, get_text, set_text, wait
except ImportError as error:
    print(f'1..0 # SKIP {error}')
    sys.exit(0)


def key(*names):
    subprocess.run(['xdotool', 'key', '--delay', '60', *names], check=True)


class Builder:
    """The parts of the window are looked up once: every question goes over the bus."""

    def __init__(self, app):
        self.app = app
        self.window = find(app, role='frame')
        do(self.window, 'win.new')
        self.toggle_panel()
        self.canvas = find(app, 'Canvas', 'filler')
        self.nodes = find(self.canvas, 'Nodes')
        self.inspector = find(app, 'Inspector', 'filler')
        wait('the library', lambda: find_all(app, 'Add Input', 'push button'))
        self.add_buttons = {x.name: x for x in find_all(app, lambda name: name.startswith('Add '), 'push button')}

    def toggle_panel(self):
        """Without the panel below, the whole flow fits at a zoom at which nodes are more than rectangles, and are objects."""
        do(self.window, 'win.toggle-panel')

    def titles(self):
        """Of the nodes that are drawn."""
        return [x.name for x in self.nodes]

    def node(self, title):
        return wait(f'the node “{title}”', lambda: next((x for x in self.nodes if x.name == f'{title}, node'), None))

    def add(self, kind, title):
        """A node of that kind, by its button in the library; then its settings, and its title there."""
        do(self.add_buttons[f'Add {kind}'], 'click')
        # Only what is in view is drawn, and has an object.
        wait(f'a node more, {kind}', lambda: do(self.canvas, 'canvas.fit') or f'{kind}, node' in self.titles())
        do(self.node(kind), 'node.configure')
        entry = find(self.inspector, 'Title of the node', 'text')
        set_text(entry, title)
        do(entry, 'activate')
        self.node(title)
        print(f'# added {title}', flush=True)

    def set(self, name, text, nth=0):
        """The text of an entry of the inspector."""
        entry = wait(f'the entry “{name}”', lambda: find_all(self.inspector, name, 'text')[nth:nth + 1])[0]
        set_text(entry, text)
        wait(f'“{text}” in “{name}”', lambda: get_text(entry) == text)
        if 'activate' in actions(entry):
            do(entry, 'activate')
        print(f'# {name}: {text}'.replace('\n', ' '), flush=True)

    def choose(self, name, value, nth=0):
        """A value of a drop-down list of the inspector; GTK has no action for that, so by keys once the list is open."""
        def box():
            return find_all(self.inspector, name, 'combo box')[nth]

        def offered():
            return [x.name for x in find_all(box(), role='label') if x.name not in ('', '(None)')]

        wait(f'the list “{name}”', box)
        do(find(box(), role='push button'), 'click')
        # The first label is the one that is chosen now.
        values = wait(f'“{value}” in the list “{name}”', lambda: value in offered()[1:] and offered())
        key('Home', *['Down'] * values[1:].index(value), 'Return')
        wait(f'“{value}” chosen in “{name}”', lambda: offered()[:1] == [value])
        print(f'# {name}: {value}', flush=True)

    def mark(self, *names):
        for name in names:
            do(find(self.inspector, f'Trainable: {name}', 'push button'), 'click')

    def connect(self, source, port, target, target_port):
        node = self.node(source)
        do(node, 'node.focus')
        wait(f'the focus at {source}', lambda: node.getState().contains(pyatspi.STATE_FOCUSED))
        do(self.canvas, 'canvas.connect')
        dialog = wait('the list of ports', lambda: next((x for x in self.app if x.name == f'Connect {source}'), None))
        do(find(dialog, f'{port} to {target}, {target_port}'), 'choice.take')
        wait(f'the wire in the description of {port}',
             lambda: f'to {target}, ' in find(self.node(source), f'{port}, output of {source}').description)
        print(f'# {port} of {source} to {target_port} of {target}', flush=True)


def build(builder):
    builder.add('Input', 'Word problem')
    for n in (2, 3):
        do(find(builder.inspector, 'Add a Field', 'push button'), 'click')
        wait(f'{n} fields', lambda: len(find_all(builder.inspector, 'Name of the field', 'text')) == n)
    builder.set('Name of the field', 'answer', 1)
    builder.choose('Type of the field', 'Number', 1)
    builder.choose('What the field is for', 'Expected answer', 1)
    builder.set('Name of the field', 'data_id', 2)
    builder.choose('Type of the field', 'Text', 2)
    builder.choose('What the field is for', 'Row id', 2)
    builder.add('Prompt', 'Ask')
    builder.set('Text', 'Solve this problem:\n\n{{ question }}')
    builder.mark('Text')
    builder.add('Calculator', 'Calculator of the agent')
    builder.add('Agent', 'Solver')
    builder.set('Instructions', 'You solve word problems. Use the calculator for the arithmetic.')
    builder.mark('Instructions', 'Examples', 'Model', 'Temperature')
    builder.add('Extract', 'Final answer')
    builder.set('Pattern', PATTERN)
    builder.choose('Result', 'Number')
    builder.choose('When nothing is found', 'Go on with null')
    builder.add('Output', 'Result')
    builder.set('Name of the field', 'answer')
    builder.add('Evaluator', 'Right number?')
    builder.choose('Compare', 'The same number, with tolerance')
    builder.add('Reward', 'Reward of the run')
    builder.connect('Word problem', 'Question', 'Ask', 'question')
    builder.connect('Ask', 'Text', 'Solver', 'Prompt')
    builder.connect('Calculator of the agent', 'Tool', 'Solver', 'Tools')
    builder.connect('Solver', 'Text', 'Final answer', 'Text')
    builder.connect('Final answer', 'Value', 'Right number?', 'Answer')
    builder.connect('Final answer', 'Value', 'Result', 'Result')
    builder.connect('Word problem', 'answer', 'Right number?', 'Expected')
    builder.connect('Right number?', 'Score', 'Reward of the run', 'score')


def run(builder):
    """One question, answered by the simulated model: the run says so."""
    builder.toggle_panel()
    do(find(builder.app, 'Try', 'page tab'), 'click')
    entry = find(builder.app, 'Question', 'text')
    set_text(entry, 'A jug holds 9 litres of juice. How many glasses of 250 millilitres can be filled from it?')
    do(find(builder.app, 'Try', 'push button'), 'click')
    find(builder.app, lambda name: '36' in name, 'label')
    builder.toggle_panel()
    do(builder.canvas, 'canvas.fit')
    # Without an expected answer there is nothing to compare.
    for title in ('Word problem', 'Ask', 'Solver', 'Final answer', 'Result'):
        wait(f'“done” at {title}', lambda title=title: ', done' in builder.node(title).description)


def save(builder, path):
    do(builder.window, 'win.save-as')
    dialog = wait('the dialog of files', lambda: next((x for x in builder.app if x.name == 'Save the Flow'), None))
    entry = find(dialog, lambda name: name.startswith('Name'), 'text')
    button = find(dialog, lambda name: name.endswith('Save'), 'push button')
    # The dialog reads its folder first, and then has a name of its own in the entry.
    wait('the name to stay in the dialog', lambda: set_text(entry, path) or time.sleep(2) or get_text(entry) == path)
    do(button, 'click')
    wait('the saved flow', lambda: os.path.exists(path))


# What is generated, or nothing of the flow's working: ids, places, words for people, frames and notes.
def simplify(flow):
    titles = {node['id']: node['type'] for node in flow['nodes']}
    nodes = {node['type']: (node.get('parameters', {}), sorted(node.get('trainable', []))) for node in flow['nodes']}
    edges = sorted((titles[e['source']], e['source_port'], titles[e['target']], e['target_port']) for e in flow['edges'])
    for parameters, _ in nodes.values():
        for field in parameters.get('fields', []):
            field.pop('title', None)
            field.pop('required', None)
        parameters.pop('description', None)
    return nodes, edges


def differences(made, wanted):
    """Of the flow that was made and the sample; a parameter that is left at its default may be missing."""
    made_nodes, made_edges = simplify(made)
    wanted_nodes, wanted_edges = simplify(wanted)
    if made_edges != wanted_edges:
        yield f'wires: {made_edges} instead of {wanted_edges}'
    if sorted(made_nodes) != sorted(wanted_nodes):
        yield f'nodes: {sorted(made_nodes)} instead of {sorted(wanted_nodes)}'
    for kind, (parameters, trainable) in made_nodes.items():
        have, marked = wanted_nodes.get(kind, ({}, []))
        if trainable != marked:
            yield f'{kind}: {trainable} trainable instead of {marked}'
        for name, value in parameters.items():
            if name in have and have[name] != value:
                yield f'{kind}.{name}: {value!r} instead of {have[name]!r}'
        for name in set(have) - set(parameters) - set(DEFAULTS.get(kind, ())):
            yield f'{kind}.{name} is missing'


# What the sample writes although it is the default.
DEFAULTS = {
    'agent': ('examples', 'temperature', 'max_turns'),
    'calculator': ('name',),
    'evaluator': ('tolerance', 'tolerance_kind'),
    'extract': ('method', 'group', 'occurrence'),
    'input': ('mode',),
    'reward': ('weights',),
}


def main(leyden, sample):
    global PATTERN
    with open(sample, encoding='utf-8') as file:
        wanted = json.load(file)
    PATTERN = next(n for n in wanted['nodes'] if n['type'] == 'extract')['parameters']['pattern']
    print('1..3')
    program = Program(leyden)
    done = 0
    try:
        builder = Builder(program.application())
        build(builder)
        done = 1
        print('ok 1 - built', flush=True)
        run(builder)
        done = 2
        print('ok 2 - run', flush=True)
        path = os.path.join(program.folder.name, 'made.leyden')
        save(builder, path)
        with open(path, encoding='utf-8') as file:
            wrong = list(differences(json.load(file), wanted))
        if wrong:
            raise Failed('; '.join(wrong))
        print('ok 3 - the same as the sample', flush=True)
    except Failed as error:
        print(f'not ok {done + 1} - {error}', flush=True)
        return 1
    finally:
        program.end()
    return 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
