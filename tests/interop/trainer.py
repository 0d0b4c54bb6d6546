#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A double of the trainer's side of Agent Lightning: the calls of its rollout managers, in their order, with their retries.

Reads inputs as a JSON list from standard input, one step. Prints one line {"rollouts": [...], "carried": [...]}; a rollout is {"id", "group",
"state", "reward", "message", "pairs": [[prompt, response, n of log-probabilities]], "sequences": merged}. Any answer that would end the
real trainer ends this one with status 1.
"""
import argparse
import json
import sys
import time
import uuid

from wire import Client


class Trainer:
    def __init__(self, options):
        self.client = Client(options.url, options.key, timeout=120)
        self.options = options
        self.config = {'timeout_seconds': options.timeout, 'local': {'agent_class': options.agent, 'env_map': {'QUESTION': 'input.question'}}}
        if options.job:
            self.config['k8s'] = {'job_template': 'kind: Job'}

    def get(self, path):
        """Ten tries on overload and broken connections; another error is the end."""
        for last in [False] * 10 + [True]:
            try:
                reply = self.client.get(path)
            except OSError:
                reply = None
            if reply and reply.status == 200:
                return reply.body
            if last or reply and reply.status not in (429, 502, 503, 504):
                sys.exit(f'GET {path}: {reply and reply.status} {reply and reply.text}')
            time.sleep(float(reply and reply.headers.get('retry-after') or 0.3))
        raise AssertionError

    def post(self, path, body=None):
        for last in [False] * 10 + [True]:
            try:
                reply = self.client.post(path, body)
                if 200 <= reply.status < 300:
                    return reply.body
                why = f'{reply.status} {reply.text}'
            except OSError as error:
                why = error
            if last:
                sys.exit(f'POST {path}: {why}')
            time.sleep(0.5)
        raise AssertionError

    def delete(self, path):
        try:
            self.client.ask('DELETE', path)
        except OSError:
            pass

    def begin(self):
        if self.options.asynchronous:
            self.post('/proxy/resume')
        self.delete('/api/models')
        models = self.post('/api/models', [{'model': self.options.model, 'endpoint': url, 'version': 0} for url in self.options.endpoint])
        assert len(models) == len(self.options.endpoint)

    def create(self, inputs):
        new, out = [], []
        for value in inputs:
            group = str(uuid.uuid4())
            for _ in range(self.options.n):
                rollout_id = uuid.uuid4().hex
                new.append({'input': value, 'is_train': not self.options.validation, 'config': self.config, 'metadata': {}, 'rollout_id': rollout_id})
                out.append({'id': rollout_id, 'group': group})
        made = self.post('/api/rollouts', new)
        assert [one['rollout_id'] for one in made] == [one['id'] for one in out]
        return out

    def poll(self, one):
        rollout = self.get(f'/api/rollouts/{one["id"]}')['rollout']
        status = rollout['status']
        assert rollout['metadata'] == {'batch_idx': None, 'sample_idx_in_batch': None} and status['updated_at'] >= status['created_at']
        one['state'], one['message'], one['attempt'] = status['state'], status['error_message'], status['last_attempt_id']
        return status['state'] in ('succeeded', 'failed')

    def read(self, one):
        path = f'/api/rollouts/{one["id"]}'
        if self.options.hook and one['state'] == 'succeeded':
            self.get(f'{path}/events')
            self.post(f'{path}/attempt/{one["attempt"]}/events', {'event_type': 'reward', 'data': {'value': self.options.hook}})
        one['events'] = len(self.get(f'{path}/events'))
        triplets = self.get(f'{path}/events?format=triplet')
        one['pairs'], one['reward'] = [], None
        for event in triplets:
            data = event['data']
            if event['event_type'] == 'reward':
                value = data.get('value')
                one['reward'] = float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
            elif event['event_type'] == 'model_request' and data.get('status') != 'error' and not (data.get('http_status') or 0) >= 400:
                if data.get('response_token_ids'):
                    probs = data.get('response_log_probs')
                    one['pairs'].append([data['prompt_token_ids'], data['response_token_ids'], len(probs) if probs is not None else None])
        one['sequences'] = merge(one['pairs'])

    def synchronous(self, inputs):
        rollouts = pending = self.create(inputs)
        while pending:
            done = [one for one in pending if self.poll(one)]
            for one in done:
                self.read(one)
            pending = [one for one in pending if one not in done]
            time.sleep(self.options.interval)
            for one in done:
                self.delete(f'/api/rollouts/{one["id"]}')
        return rollouts, []

    def by_groups(self, inputs, carried):
        rollouts = carried + self.create(inputs)
        groups = {}
        for one in rollouts:
            groups.setdefault(one['group'], []).append(one)
        finished = []
        while len(finished) < self.options.groups:
            for name, group in groups.items():
                if name in finished or len(finished) == self.options.groups:
                    continue
                if all([one.get('state') in ('succeeded', 'failed') or self.poll(one) for one in group]):
                    finished.append(name)
                    for one in group:
                        self.read(one)
                        self.delete(f'/api/rollouts/{one["id"]}')
            time.sleep(self.options.interval)
        self.post('/proxy/pause', {'reason': 'rollout_done step=1'})
        while self.get('/proxy/state')['inflight']:
            time.sleep(0.25)
        return [one for one in rollouts if one['group'] in finished], [one for one in rollouts if one['group'] not in finished]


def merge(pairs):
    """How many sequences are left when one that begins with all of the one before goes on with it."""
    n, before = 0, None
    for prompt, response, _ in pairs:
        n += before is None or prompt[:len(before)] != before
        before = prompt + response
    return n


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--url', required=True)
    parser.add_argument('--key', default='')
    parser.add_argument('--model', required=True)
    parser.add_argument('--endpoint', action='append', required=True)
    parser.add_argument('--agent', default='demo_agent:Agent')
    parser.add_argument('--job', action='store_true', help='with a template for Kubernetes')
    parser.add_argument('--n', type=int, default=2, help='rollouts a sample')
    parser.add_argument('--timeout', type=int, default=1800)
    parser.add_argument('--interval', type=float, default=0.2)
    parser.add_argument('--validation', action='store_true')
    parser.add_argument('--hook', type=float, help='a reward that a hook posts')
    parser.add_argument('--asynchronous', action='store_true')
    parser.add_argument('--groups', type=int, default=1, help='groups that end an asynchronous step')
    parser.add_argument('--carried', default='[]')
    options = parser.parse_args()
    trainer = Trainer(options)
    inputs = json.load(sys.stdin)
    trainer.begin()
    if options.asynchronous:
        rollouts, carried = trainer.by_groups(inputs, json.loads(options.carried))
    else:
        rollouts, carried = trainer.synchronous(inputs)
    print(json.dumps({'rollouts': rollouts, 'carried': carried}))


if __name__ == '__main__':
    main()
