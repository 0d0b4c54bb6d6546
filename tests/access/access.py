# SPDX-License-Identifier: GPL-3.0-or-later
"""What a screen reader has of the window: the accessible tree, its actions, texts and selections, and nothing else.

Needs the distribution's python3-pyatspi and a session bus with the accessibility bus.
"""
import ctypes
import os
import signal
import subprocess
import tempfile
import time

import pyatspi
from gi.repository import GLib

TIMEOUT_S = float(os.environ.get('LEYDEN_ACCESS_TIMEOUT', '60'))


class Failed(Exception):
    pass


def wait(what, find, timeout=TIMEOUT_S):
    """The first true answer of find()."""
    end = time.monotonic() + timeout
    while True:
        try:
            found = find()
        except Exception as error:  # an object that is gone meanwhile: pyatspi raises GLib.Error
            found = None
            last = error
        else:
            last = None
        if found:
            return found
        if time.monotonic() > end:
            raise Failed(f'{what}: not within {timeout:.0f} s' + (f' ({last})' if last else ''))
        time.sleep(0.1)


def walk(root, depth=0):
    """Every object below, depth first; what goes away meanwhile is left out."""
    yield root
    try:
        n = root.childCount
    except Exception:
        return
    for i in range(n):
        try:
            child = root.getChildAtIndex(i)
        except Exception:
            continue
        if child is not None:
            yield from walk(child, depth + 1)


def is_visible(item):
    """GTK 4.8 has no `showing`: an object is there when it and all above it are visible."""
    return item.getState().contains(pyatspi.STATE_VISIBLE)


def describe(item):
    return f'{item.getRoleName()} “{item.name}” ({item.description})'


def matches(item, name, role, description):
    """What goes away while it is asked is not it."""
    try:
        return ((name is None or (item.name == name if isinstance(name, str) else name(item.name)))
                and (role is None or item.getRoleName() == role)
                and (description is None or description in item.description))
    except GLib.GError:
        return False


def find_all(root, name=None, role=None, description=None):
    return [x for x in walk(root) if matches(x, name, role, description)]


def find(root, name=None, role=None, description=None, timeout=TIMEOUT_S):
    return wait(f'{role or "object"} “{name}”', lambda: next(iter(find_all(root, name, role, description)), None), timeout)


def actions(item):
    try:
        a = item.queryAction()
    except NotImplementedError:
        return []
    return [a.getName(i) for i in range(a.nActions)]


def do(item, *names):
    """The first of these actions that the object has."""
    have = actions(item)
    for name in names:
        if name in have:
            item.queryAction().doAction(have.index(name))
            return
    raise Failed(f'{describe(item)} has none of {names}, but {have}')


def set_text(item, text):
    if not item.queryEditableText().setTextContents(text):
        raise Failed(f'{describe(item)} takes no text')


def get_text(item):
    t = item.queryText()
    return t.getText(0, t.characterCount)


def end_with_us():
    """In the child: prctl (PR_SET_PDEATHSIG), so that nothing is left when the test itself is killed."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class Ear:
    """What is said, and what has the focus, as the accessibility bus tells it: to be made before what it shall hear."""

    def __init__(self):
        self.said = []
        self.focus = None
        pyatspi.Registry.registerEventListener(self._heard, 'object:property-change:accessible-name')
        pyatspi.Registry.registerEventListener(self._focused, 'object:state-changed:focused')

    def _heard(self, event):
        # A label of this role speaks for the window; what it says is its name.
        if event.source.getRoleName() == 'status bar':
            self.said.append(event.any_data or event.source.name)

    def _focused(self, event):
        if event.detail1:
            self.focus = event.source

    def listen(self, seconds=0.0):
        """Hears what has come, and what comes until then."""
        context = GLib.MainContext.default()
        end = time.monotonic() + seconds
        while context.pending() or time.monotonic() < end:
            if not context.iteration(False):
                time.sleep(0.02)

    def expect(self, part, timeout=TIMEOUT_S):
        """The first announcement with these words; it and what was said before are heard then."""
        end = time.monotonic() + timeout
        while True:
            self.listen(0.05)
            for i, text in enumerate(self.said):
                if part in text:
                    del self.said[:i + 1]
                    return text
            if time.monotonic() > end:
                raise Failed(f'“{part}” was not said within {timeout:.0f} s, but {self.said}')


class Program:
    """The real program in folders of its own."""

    def __init__(self, path, *args):
        self.folder = tempfile.TemporaryDirectory(prefix='leyden-access-')
        env = dict(os.environ, GSK_RENDERER='cairo', GDK_BACKEND='x11', GTK_A11Y='atspi', GSETTINGS_BACKEND='memory', LC_ALL='C.UTF-8',
                   NO_AT_BRIDGE='0')
        env.pop('G_DEBUG', None)
        for name in ('XDG_STATE_HOME', 'XDG_DATA_HOME', 'XDG_CACHE_HOME', 'XDG_CONFIG_HOME', 'XDG_RUNTIME_DIR'):
            env[name] = os.path.join(self.folder.name, name)
            os.mkdir(env[name], 0o700)
        # A display without any client starts anew, and refuses whoever comes at that moment: this one stays.
        self.anchor = subprocess.Popen(['xprop', '-spy', '-root', 'WM_NAME'], stdout=subprocess.DEVNULL, preexec_fn=end_with_us)
        time.sleep(0.5)
        self.process = subprocess.Popen([path, '--new-instance', *args], env=env, preexec_fn=end_with_us)

    def application(self):
        def look():
            if self.process.poll() is not None:
                raise Failed(f'the program ended with {self.process.returncode}')
            desktop = pyatspi.Registry.getDesktop(0)
            for i in range(desktop.childCount):
                app = desktop.getChildAtIndex(i)
                if app is not None and app.get_process_id() == self.process.pid:
                    return app
            return None
        return wait('the program in the accessible desktop', look)

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.anchor.terminate()
        self.anchor.wait()
        self.folder.cleanup()
