# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts and ends the programs that the tests of this folder let talk: the doubles, Leyden's backend, and other commands."""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from wire import Client

HERE = pathlib.Path(__file__).resolve().parent
MODEL = 'test-model'
# Only what hangs takes so long.
WAIT_S = 120


class Peer:
    """A program that listens. `with` ends it; `leyden`: it is ours; `real`: it is Agent Lightning's own."""
    leyden = False
    real = False
    process = None
    key = ''
    url = ''

    def __enter__(self):
        if self.process is None:
            self.start()
        return self

    def __exit__(self, *_):
        self.end()

    def end(self, how=signal.SIGTERM):
        """The exit status."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            status = self.process.wait(WAIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                stream.close()
        self.process = None
        return status


class Script(Peer):
    """A script of this folder whose first line says its port."""

    def __init__(self, script, *arguments, key='', port=0):
        self.command = [sys.executable, '-B', str(HERE / script), '--lifeline', '--port', str(port), *arguments]
        self.key = key

    def start(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f'{self.command} did not start')
        self.url = f'http://127.0.0.1:{json.loads(line)["port"]}'
        return self


class Double(Script):
    def __init__(self, *arguments, key='', port=0):
        super().__init__('agl-server.py', *arguments, key=key, port=port)


class Upstream(Script):
    def __init__(self, *arguments, port=0):
        super().__init__('upstream.py', *arguments, port=port)


def leydenctl():
    path = os.environ.get('LEYDENCTL') or str(HERE.parent.parent / 'build' / 'src' / 'leydenctl')
    if not os.access(path, os.X_OK):
        raise RuntimeError(f'{path} is not built')
    return path


class Leyden(Peer):
    """`leydenctl serve` with folders of its own. It may be ended and started again over the same database, at the same port."""
    leyden = True

    def __init__(self, *arguments, key='interop-key-0123456789abcdef0123456789abcdef'):
        self.arguments = list(arguments)
        self.root = tempfile.mkdtemp(prefix='leyden-interop-')
        self.environment = {name: value for name, value in os.environ.items()
                            if name not in ('DBUS_SESSION_BUS_ADDRESS', 'LEYDEN_RENDEZVOUS_FOLDER')}
        for name in ('XDG_DATA_HOME', 'XDG_STATE_HOME', 'XDG_CACHE_HOME', 'XDG_CONFIG_HOME', 'XDG_RUNTIME_DIR', 'HOME', 'TMPDIR'):
            self.environment[name] = os.path.join(self.root, name)
            os.mkdir(self.environment[name], 0o700)
        self.key_file = self.write('key', key + '\n')
        self.database = os.path.join(self.root, 'interop.db')
        self.port = 0

    def write(self, name, text):
        path = os.path.join(self.root, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w', encoding='utf-8') as file:
            file.write(text)
        return path

    def start(self):
        read, write = os.pipe()
        self.process = subprocess.Popen(
            [leydenctl(), 'serve', '--listen', f'127.0.0.1:{self.port}', '--database', self.database, '--key-file', self.key_file,
             '--ready-fd', str(write), *self.arguments], pass_fds=[write], env=self.environment, stdin=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as ready:
            line = ready.readline()
        if not line:
            raise RuntimeError('leydenctl serve did not start')
        ready = json.loads(line)
        self.port, self.key = ready['port'], ready['key']
        self.url = f'http://127.0.0.1:{self.port}'
        return self

    def end(self, how=signal.SIGTERM, keep=False):
        status = super().end(how)
        if not keep:
            shutil.rmtree(self.root, ignore_errors=True)
        return status

    def __exit__(self, *_):
        running = self.process is not None
        status = self.end()
        # A leak or a crash of the backend is no end.
        if running and status != 0:
            raise RuntimeError(f'leydenctl serve ended with {status}')

    def run(self, *arguments, **more):
        """leydenctl itself, in the same folders."""
        return subprocess.run([leydenctl(), *arguments], env=self.environment, capture_output=True, text=True, timeout=WAIT_S * 5, **more)


def wait_for(condition, seconds=WAIT_S):
    """What `condition` gave when it was true, else its last."""
    deadline = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return value


def free_port():
    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        return listener.getsockname()[1]


class Original(Peer):
    """The real agl-server, of the environment whose Python `python` is."""
    real = True

    def __init__(self, python, *settings, key='original-key'):
        self.python = python
        self.key = key
        self.settings = settings
        self.root = tempfile.mkdtemp(prefix='leyden-interop-')

    def start(self):
        port = free_port()
        self.url = f'http://127.0.0.1:{port}'
        self.process = subprocess.Popen(
            [self.python, '-m', 'agentlightning.server', 'host=127.0.0.1', f'port={port}', f'key={self.key}',
             f'default_proxy.model_name={MODEL}', 'default_proxy.train.temperature=1', 'default_proxy.val.temperature=0.5',
             f'hydra.run.dir={self.root}', *self.settings],
            cwd=self.root, stdin=subprocess.DEVNULL, stdout=open(os.path.join(self.root, 'server.log'), 'wb'), stderr=subprocess.STDOUT)
        if not wait_for(self.answers):
            raise RuntimeError(pathlib.Path(self.root, 'server.log').read_text(errors='replace'))
        return self

    def answers(self):
        if self.process.poll() is not None:
            raise RuntimeError(pathlib.Path(self.root, 'server.log').read_text(errors='replace'))
        try:
            return Client(self.url).get('/healthz').status == 200
        except OSError:
            return False

    def end(self, how=signal.SIGTERM):
        status = super().end(how)
        shutil.rmtree(self.root, ignore_errors=True)
        return status


class Controller(Peer):
    """The double of the controller, or another command that behaves like it; `lines` are what it has said, when it has ended."""

    def __init__(self, peer, *arguments, command=None, environment=None):
        self.command = command or [sys.executable, '-B', str(HERE / 'controller.py'), '--url', peer.url, '--key', peer.key, '--timeout', str(WAIT_S),
                                   *arguments]
        self.environment = {**os.environ, 'PYTHONPATH': str(HERE), **(environment or {})}
        self.lines = []

    def start(self):
        self.output = tempfile.TemporaryFile('w+')
        self.process = subprocess.Popen(self.command, env=self.environment, stdin=subprocess.DEVNULL, stdout=self.output,
                                        stderr=None if 'LEYDEN_INTEROP_VERBOSE' in os.environ else subprocess.DEVNULL)
        return self

    def end(self, how=signal.SIGTERM):
        status = super().end(how)
        if status is not None:
            self.output.seek(0)
            self.lines = [json.loads(line) for line in self.output if line.startswith('{')]
            self.output.close()
        return status

    def patches(self, rollout_id):
        return [(line['state'], line['message'], line['status']) for line in self.lines if line.get('rollout') == rollout_id]


def train(peer, upstream, inputs, *arguments, wait=True):
    """One step of the double of the trainer: (status, what it printed, what went wrong); without `wait` a function that waits for it."""
    process = subprocess.Popen(
        [sys.executable, '-B', str(HERE / 'trainer.py'), '--url', peer.url, '--key', peer.key, '--model', MODEL, '--endpoint', f'{upstream.url}/v1', *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdin.write(json.dumps(inputs))
    process.stdin.close()
    process.stdin = None

    def ended():
        output, errors = process.communicate(timeout=WAIT_S * 3)
        return process.returncode, json.loads(output) if output.startswith('{') else {}, errors
    return ended() if wait else ended
