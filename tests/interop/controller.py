#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A double of Agent Lightning's controller: the poll loop of its local runner, and that of its Kubernetes runner over pretended Jobs.

One line of JSON for each PATCH: {"rollout", "state", "message", "status"}. SIGTERM: one more round, then all that runs is killed and failed.
A pretended Job runs as long as `input.job_ms` says and ends as `input.job`: complete | failed | vanish | invalid.
"""
import argparse
import json
import os
import signal
import subprocess
import sys
import time

from wire import Client

RUN = '''
import asyncio, importlib, inspect, sys, traceback
try:
    name = sys.argv[1]
    module, cls = name.split(":", 1) if ":" in name else name.rsplit(".", 1)
    result = getattr(importlib.import_module(module), cls)().run()
    if inspect.isawaitable(result):
        asyncio.run(result)
except Exception:
    traceback.print_exc()
    sys.exit(1)
'''


class Controller:
    def __init__(self, options):
        # The original tries nothing twice.
        self.client = Client(options.url, options.key, timeout=options.timeout)
        self.options = options
        self.stopped = False
        self.known = {}

    def patch(self, rollout_id, state, message=None, **more):
        status = {'state': state, **more}
        if message is not None:
            status['error_message'] = message
        try:
            answer = self.client.ask('PATCH', f'/api/rollouts/{rollout_id}', {'status': status}).status
        except OSError:
            answer = 0
        print(json.dumps({'rollout': rollout_id, 'state': state, 'message': message, 'status': answer}), flush=True)
        return answer == 200

    def unfinished(self, limit):
        reply = self.client.get(f'/api/rollouts?state_in=queuing&state_in=running&limit={limit}')
        if reply.status != 200:
            raise OSError(f'{reply.status} {reply.text}')
        return reply.body

    def loop(self):
        while not self.stopped:
            try:
                self.round()
            except OSError as error:
                print(json.dumps({'error': str(error)}), flush=True)
            for _ in range(max(1, int(self.options.interval / 0.05))):
                if not self.stopped:
                    time.sleep(0.05)
        self.stop()

    def stop(self):
        pass


class Local(Controller):
    def round(self, start=True):
        rollouts = self.unfinished(50)
        alive = sum(process.poll() is None for process, *_ in self.known.values())
        for one in rollouts:
            rollout_id, state = one['rollout_id'], one['status']['state']
            if rollout_id not in self.known:
                if state == 'running':
                    self.patch(rollout_id, 'failed', 'local subprocess is not running')
                elif start and alive < self.options.pool:
                    alive += self.spawn(one)
            elif self.known[rollout_id][0].poll() is None:
                if state == 'queuing':
                    self.patch(rollout_id, 'running', last_attempt_id='0')
            else:
                self.finish(one, self.known[rollout_id][0].returncode)
        self.kill_late({one['rollout_id']: one for one in rollouts})

    def finish(self, one, code):
        rollout_id = one['rollout_id']
        if one['status']['state'] == 'queuing' and not self.patch(rollout_id, 'running', last_attempt_id='0'):
            return
        if code == 0:
            self.patch(rollout_id, 'succeeded', last_attempt_id='0')
        else:
            self.patch(rollout_id, 'failed', f'subprocess exited with code {code}')

    def kill_late(self, rollouts):
        for rollout_id, (process, started) in self.known.items():
            limit = rollouts.get(rollout_id, {}).get('config', {}).get('timeout_seconds', 0)
            if process.poll() is None and limit and time.monotonic() - started > limit:
                self.kill(process)
                self.patch(rollout_id, 'failed', 'local subprocess timed out')

    def kill(self, process):
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(5)

    def environment(self, one):
        base, rollout_id = self.options.url.rstrip('/'), one['rollout_id']
        mode = 'train' if one['is_train'] else 'val'
        environment = {**os.environ, 'AGL_KEY': self.options.key, 'AGL_EVENT_URL': f'{base}/api/rollouts/{rollout_id}/attempt/0/events',
                       'AGL_OPENAI_BASE_URL': f'{base}/proxy/rollout/{rollout_id}/attempt/0/mode/{mode}/openai/v1'}
        for name, path in one['config']['local']['env_map'].items():
            value = resolve(one['input'], path)
            environment[name] = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        return environment

    def spawn(self, one):
        try:
            if not one['config']['local'] or not one['config']['local']['agent_class']:
                raise ValueError('invalid rollout config: missing config.local.agent_class')
            process = subprocess.Popen([sys.executable, '-c', RUN, one['config']['local']['agent_class']], env=self.environment(one),
                                       stdin=subprocess.DEVNULL, stdout=sys.stderr, start_new_session=True)
        except (ValueError, OSError) as error:
            self.patch(one['rollout_id'], 'failed', f'local subprocess spawn failed: {error}')
            return False
        self.known[one['rollout_id']] = (process, time.monotonic())
        self.patch(one['rollout_id'], 'running', last_attempt_id='0')
        return True

    def stop(self):
        try:
            self.round(start=False)
        except OSError as error:
            print(json.dumps({'error': str(error)}), flush=True)
        for rollout_id, (process, _) in self.known.items():
            if process.poll() is None:
                self.kill(process)
                self.patch(rollout_id, 'failed', 'local controller shutdown')


def resolve(value, path):
    if path == 'input':
        return value
    if not path.startswith('input.'):
        return path
    for part in path.split('.')[1:]:
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            raise ValueError(f'local.env_map path not found: {path}')
    return value


class Kubernetes(Controller):
    """`known` is the cluster: name of a Job to (end, outcome)."""

    def round(self):
        for one in self.unfinished(500):
            rollout_id, status = one['rollout_id'], one['status']
            name = status['k8s_job_name'] or f'agl-rollout-{rollout_id}'
            job = self.known.get(name)
            if job is None and status['state'] == 'queuing':
                self.create(one, name)
            elif job is None or job[1] == 'vanish' and time.monotonic() >= job[0]:
                self.patch(rollout_id, 'failed', 'Job disappeared')
            elif time.monotonic() < job[0]:
                if status['state'] == 'queuing':
                    self.patch(rollout_id, 'running', k8s_job_name=name, last_attempt_id='0')
            elif job[1] == 'complete':
                if status['state'] == 'queuing':
                    self.patch(rollout_id, 'running', k8s_job_name=name, last_attempt_id='0')
                self.complete(rollout_id, name)
            else:
                self.patch(rollout_id, 'failed', 'Job failed: BackoffLimitExceeded — it ended badly')

    def complete(self, rollout_id, name):
        return self.patch(rollout_id, 'succeeded', k8s_job_name=name, last_attempt_id='0', **{'error_message': None})

    def create(self, one, name):
        outcome = one['input'].get('job', 'complete')
        if outcome == 'invalid' or not one['config']['k8s']:
            self.patch(one['rollout_id'], 'failed', 'Invalid Job spec: no template')
            return
        duration = one['input'].get('job_ms', 0) / 1000
        self.known[name] = (time.monotonic() + duration, outcome)
        if duration == 0 and outcome == 'complete':
            # The watch beside the poll loop is faster than the loop: refused with 409 while the rollout is queuing.
            self.complete(one['rollout_id'], name)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--url', required=True)
    parser.add_argument('--key', default='')
    parser.add_argument('--runner', choices=('local', 'k8s'), default='local')
    parser.add_argument('--interval', type=float, default=0.2, help='seconds between two rounds')
    parser.add_argument('--pool', type=int, default=50, help='processes at once')
    parser.add_argument('--timeout', type=float, default=5, help='seconds for an answer')
    options = parser.parse_args()
    controller = (Local if options.runner == 'local' else Kubernetes)(options)

    def stop(*_):
        controller.stopped = True
    signal.signal(signal.SIGTERM, stop)
    controller.loop()


if __name__ == '__main__':
    main()
