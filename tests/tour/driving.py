# SPDX-License-Identifier: GPL-3.0-or-later
"""What the steps of the tour drive: the window over the accessibility bus, a real pointer, real keys, pictures, and the backend's answers.

The programs are in the folder of the first argument of the program that imports this, the pictures go into that of the second.
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import urllib.request

import pyatspi

BUILD = pathlib.Path(sys.argv[1])
OUT = pathlib.Path(sys.argv[2])
HOME = OUT / 'home'


class Failure(Exception):
    """A step that did not do what the tour says."""


def log(text):
    line = f'{time.strftime("%H:%M:%S")} {text}'
    print(line, flush=True)
    with open(OUT / 'tour.log', 'a', encoding='utf-8') as file:
        file.write(line + '\n')


def wait_for(what, function, seconds=10.0):
    """The first true value of FUNCTION; Failure after SECONDS."""
    end = time.monotonic() + seconds
    while True:
        try:
            value = function()
            if value:
                return value
        except Exception as error:  # pylint: disable=broad-except
            # Accessible objects go away while they are looked at.
            if isinstance(error, Failure):
                raise
        if time.monotonic() > end:
            raise Failure(f'waited {seconds:.0f} s in vain for {what}')
        time.sleep(0.1)


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


# --- the window ---

class Window:
    """The running program, seen through the accessibility bus and moved by xdotool."""

    def __init__(self, *arguments):
        environment = dict(os.environ, HOME=str(HOME), XDG_DATA_HOME=str(HOME / 'data'), XDG_STATE_HOME=str(HOME / 'state'),
                           XDG_CONFIG_HOME=str(HOME / 'config'), XDG_CACHE_HOME=str(HOME / 'cache'),
                           XDG_RUNTIME_DIR=str(HOME / 'run'), GSETTINGS_BACKEND='keyfile', LEYDEN_STALL_LOG=str(OUT / 'stalls.log'))
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen([str(BUILD / 'src' / 'leyden'), '--new-instance', *arguments], env=environment,
                                        stdout=open(OUT / 'leyden.out', 'a', encoding='utf-8'), stderr=subprocess.STDOUT)
        self.app = wait_for('the program on the accessibility bus', self._find_app, 20)
        self.frame = wait_for('the window', lambda: self.find(role='frame'), 10)
        self.x_id = wait_for('the X window', self._find_x, 10)

    def _find_app(self):
        for app in pyatspi.Registry.getDesktop(0):
            if app is not None and app.get_process_id() == self.process.pid:
                return app
        return None

    def _find_x(self):
        ids = run('xdotool', 'search', '--onlyvisible', '--pid', str(self.process.pid)).split()
        return ids[-1] if ids else None

    def walk(self, root=None):
        stack = [root or self.app]
        while stack:
            node = stack.pop()
            if node is None:
                continue
            yield node
            try:
                stack.extend(reversed([child for child in node]))
            except Exception:  # pylint: disable=broad-except
                continue

    def find(self, name=None, role=None, contains=None, root=None):
        for node in self.walk(root):
            try:
                if name is not None and node.name != name:
                    continue
                if contains is not None and contains not in node.name:
                    continue
                if role is not None and node.getRoleName() != role:
                    continue
                # What is hidden has no size or stands outside of everything.
                extents = node.queryComponent().getExtents(pyatspi.WINDOW_COORDS)
                if role != 'frame' and (extents.width <= 0 or extents.height <= 0 or extents.x < 0 or extents.y < 0):
                    continue
                return node
            except Exception:  # pylint: disable=broad-except
                continue
        return None

    def expect(self, name=None, role=None, contains=None, seconds=10.0):
        label = name or contains or role
        return wait_for(f'“{label}”', lambda: self.find(name, role, contains), seconds)

    def place(self, node, dialog=None):
        """Middle of an object on the screen; of what is in a dialog, an X window of its own, with that dialog."""
        frame, x_id = self.frame, self.x_id
        if dialog is not None:
            frame, x_id = dialog, run('xdotool', 'search', '--onlyvisible', '--name', '^' + re.escape(dialog.name) + '$').split()[-1]
        extents = node.queryComponent().getExtents(pyatspi.WINDOW_COORDS)
        geometry = dict(line.split('=') for line in run('xdotool', 'getwindowgeometry', '--shell', x_id).split())
        # The border that a window without a compositor draws around itself is no part of the widget.
        inside = frame.queryComponent().getExtents(pyatspi.WINDOW_COORDS)
        border_x = max(0, (int(geometry['WIDTH']) - inside.width) // 2)
        border_y = max(0, (int(geometry['HEIGHT']) - inside.height) // 2)
        return (int(geometry['X']) + border_x + extents.x + extents.width // 2,
                int(geometry['Y']) + border_y + extents.y + extents.height // 2)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


def move(x, y):
    run('xdotool', 'mousemove', str(int(x)), str(int(y)))
    time.sleep(0.03)


def click(x, y, times=1):
    move(x, y)
    time.sleep(0.1)
    run('xdotool', 'click', '--repeat', str(times), '--delay', '80', '1')
    time.sleep(0.2)


def drag(start, end, steps=16):
    move(*start)
    time.sleep(0.2)
    run('xdotool', 'mousedown', '1')
    time.sleep(0.15)
    for i in range(1, steps + 1):
        move(start[0] + (end[0] - start[0]) * i / steps, start[1] + (end[1] - start[1]) * i / steps)
    time.sleep(0.3)
    run('xdotool', 'mouseup', '1')
    time.sleep(0.5)


def key(*names):
    for name in names:
        run('xdotool', 'key', '--clearmodifiers', name)
        time.sleep(0.15)


def type_text(text):
    run('xdotool', 'type', '--delay', '12', text)
    time.sleep(0.2)


class Pictures:
    number = 0

    @classmethod
    def take(cls, name):
        cls.number += 1
        time.sleep(0.4)
        path = OUT / f'{cls.number:02d}-{name}.png'
        run('import', '-window', 'root', str(path))
        log(f'picture {path.name}')


def places_of(window, name):
    """Of the buttons with that name, from top to bottom: what is on a hidden page may keep its old place."""
    return wait_for(f'a button “{name}”', lambda: sorted((window.place(node) for node in window.walk() if node.name == name and
                                                         node.getRoleName() == 'push button'), key=lambda place: place[1]))


def show_page(window, name):
    """Opens the panel below the canvas on a page, by its key."""
    key({'Try': 'ctrl+shift+t', 'Run': 'ctrl+r', 'Train': 'ctrl+e'}[name])
    wait_for(f'the page {name}', lambda: window.find({'Try': 'Question', 'Run': 'Rows', 'Train': 'Method'}[name]), 20)
    time.sleep(0.3)


# --- the backend ---

def rendezvous():
    path = HOME / 'run' / 'leyden' / 'backend.json'
    try:
        return json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError):
        return None


def ask(path, body=None):
    """GET, or POST with a body."""
    backend = rendezvous()
    if backend is None:
        return None
    request = urllib.request.Request(f'http://127.0.0.1:{backend["port"]}{path}',
                                     data=None if body is None else json.dumps(body).encode('utf-8'),
                                     headers={'Authorization': f'Bearer {backend["key"]}', 'Content-Type': 'application/json'})
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)


def newest_run():
    answer = ask('/leyden/v1/runs?purpose=run&limit=1')
    return answer['runs'][0] if answer and answer['runs'] else None


def newest_experiment():
    answer = ask('/leyden/v1/experiments?limit=1')
    if not answer or not answer['experiments']:
        return None
    return ask(f'/leyden/v1/experiments/{answer["experiments"][0]["experiment"]}')


def alive(pid):
    try:
        os.kill(pid, 0)
        return pathlib.Path(f'/proc/{pid}/stat').read_text(encoding='utf-8').rsplit(')', 1)[1].split()[0] != 'Z'
    except OSError:
        return False
