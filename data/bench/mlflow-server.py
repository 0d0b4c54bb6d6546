# SPDX-License-Identifier: GPL-3.0-or-later
"""MLflow's tracking server with what a benchmark's backend holds: `python3 mlflow-server.py FACTS.db FOLDER`.

Every rollout becomes a run with its metrics, its flow and its model, every series of points a run with one long metric; the rows are written by MLflow's own
classes. Prints one line of JSON, {"port", "pid", "version", "runs", "points", "series"}, or {"skipped": reason}; the server ends with standard input."""
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request

CHUNK = 20000
READY_S = 180
METRICS = ('reward', 'latency_ms', 'cost', 'tokens_out')


def chunks(rows):
    while some := rows.fetchmany(CHUNK):
        yield some


class Writer:
    def __init__(self, facts, uri, folder):
        from mlflow.entities import LifecycleStage, RunStatus
        from mlflow.store.tracking.dbmodels import models
        from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
        from sqlalchemy import insert

        self.facts, self.models, self.insert, self.status, self.stage = facts, models, insert, RunStatus, LifecycleStage.ACTIVE
        store = SqlAlchemyStore(uri, folder)
        self.rollouts = int(store.create_experiment('rollouts'))
        self.series = int(store.create_experiment('series'))
        self.make_session = store.ManagedSessionMaker

    def run(self, name, experiment, state, start_ms, end_ms):
        return {'run_uuid': name, 'name': name, 'experiment_id': experiment, 'status': self.status.to_string(state), 'lifecycle_stage': self.stage,
                'start_time': start_ms, 'end_time': end_ms, 'user_id': 'bench', 'artifact_uri': ''}

    def put(self, **tables):
        with self.make_session() as session:
            for table, rows in tables.items():
                if rows:
                    session.execute(self.insert(getattr(self.models, table)), rows)

    def put_rollouts(self):
        states = {'succeeded': self.status.FINISHED, 'failed': self.status.FAILED}
        rows = self.facts.execute('SELECT r.rollout, r.state, r.started_ns / 1000000, r.finished_ns / 1000000, f.name, m.name, '
                                  + ', '.join(f'r.{metric}' for metric in METRICS)
                                  + ' FROM rollout_facts r JOIN names f ON f.id = r.flow JOIN names m ON m.id = r.model')
        n = 0
        for some in chunks(rows):
            runs, metrics, params = [], [], []
            for rollout, state, start, end, flow, model, *values in some:
                name = f'{rollout:032x}'
                runs.append(self.run(name, self.rollouts, states[state], start, end))
                metrics += [{'run_uuid': name, 'key': key, 'value': value, 'timestamp': end, 'step': 0, 'is_nan': False} for key, value in zip(METRICS, values)]
                params += [{'run_uuid': name, 'key': key, 'value': value} for key, value in (('flow', flow), ('model', model))]
            self.put(SqlRun=runs, SqlMetric=metrics, SqlLatestMetric=metrics, SqlParam=params)
            n += len(some)
        return n

    def put_points(self):
        names, n = [], 0
        for (series,) in self.facts.execute('SELECT id FROM series WHERE metric = ? ORDER BY id', ('bench',)).fetchall():
            name = f'{series:x}'.rjust(32, 'f')
            names.append(name)
            last = None
            self.put(SqlRun=[self.run(name, self.series, self.status.FINISHED, 0, 0)])
            step = 0
            for some in chunks(self.facts.execute('SELECT time_ns / 1000000, value FROM points WHERE series = ? ORDER BY time_ns, n', (series,))):
                points = [{'run_uuid': name, 'key': 'bench', 'value': value, 'timestamp': at, 'step': step + i, 'is_nan': False}
                          for i, (at, value) in enumerate(some)]
                self.put(SqlMetric=points)
                last, step = points[-1], step + len(points)
            self.put(SqlLatestMetric=[last] if last else [])
            n += step
        return names, n


def wait_until_ready(process, port):
    end = time.monotonic() + READY_S
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError('MLflow\'s server ended')
        try:
            with urllib.request.urlopen(f'http://127.0.0.1:{port}/health', timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f'MLflow\'s server was not ready in {READY_S} s')


def find_worker(pid):
    """The process that answers: the last of a line of children."""
    children = []
    for task in os.listdir(f'/proc/{pid}/task'):
        with open(f'/proc/{pid}/task/{task}/children', encoding='ascii') as listed:
            children += listed.read().split()
    sized = []
    for child in children:
        with open(f'/proc/{child}/statm', encoding='ascii') as sizes:
            sized.append((int(sizes.read().split()[1]), int(child)))
    return find_worker(max(sized)[1]) if sized else pid


def serve(facts, folder):
    import mlflow

    uri = f'sqlite:///{os.path.abspath(folder)}/mlflow.db'
    with sqlite3.connect(f'file:{facts}?mode=ro', uri=True) as db:
        writer = Writer(db, uri, folder)
        runs = writer.put_rollouts()
        series, points = writer.put_points()
    with socket.socket() as listening:
        listening.bind(('127.0.0.1', 0))
        port = listening.getsockname()[1]
    command = [sys.executable, '-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', str(port), '--workers', '1', '--backend-store-uri', uri,
               '--artifacts-destination', os.path.join(folder, 'artifacts')]
    process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
                               env={**os.environ, 'MLFLOW_DISABLE_TELEMETRY': 'true', 'DO_NOT_TRACK': 'true'})
    try:
        wait_until_ready(process, port)
        print(json.dumps({'port': port, 'pid': find_worker(process.pid), 'version': mlflow.__version__, 'runs': runs, 'points': points, 'series': series,
                          'experiment': str(writer.rollouts)}), flush=True)
        sys.stdin.read()
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def main(facts, folder):
    os.environ.update(MLFLOW_DISABLE_TELEMETRY='true', DO_NOT_TRACK='true')
    try:
        import mlflow.store.tracking.sqlalchemy_store  # noqa: F401
    except ImportError as error:
        print(json.dumps({'skipped': str(error)}), flush=True)
        return
    serve(facts, folder)


if __name__ == '__main__':
    main(*sys.argv[1:])
