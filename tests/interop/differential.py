#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks two servers the same random things and compares what they say: our backend, and the double of agl-server or the original.

Usage: differential.py double | original PYTHON, then optionally the number of exchanges and a seed. The sequence is the same each time.
What differs on purpose is not asked, or is forgotten by `common`; each such place says which difference of help/agent-lightning-api.md it is.
"""
import json
import random
import re
import sys
import urllib.parse

from conformance import KEY
from peers import MODEL, Double, Leyden, Original
from wire import Client, Tap

R = '/api/rollouts'
N = 1500
SEEDS = (1, 2)
IDS = ['a', 'b', 'c', 'd e', 'ü', '1', '%', 'x.y']
STATES = ['queuing', 'running', 'succeeded', 'failed']
SCALARS = [None, True, False, 0, 1, 2, -1, 7.0, 1.5, -0.0, 1e22, 123456789012345678901234567890, '', '0', '1', ' 12 ', '+1_0', '1__0', '1.0', '1.5', 'true', 'NO',
           'off', 'maybe', 'text', 'ä"\\\n', '😀', 'running', 'Running']
HELPERS = [[], {}, [1], {'a': 1}, [[]], {'b': {'c': [None]}}, {'data_id': 'D'}, {'data_id': 0, 'instance_id': 9}]


class Sequence:
    """A stream of requests: (method, path, body as text or None)."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def chance(self, p):
        return self.random.random() < p

    def any(self):
        return self.random.choice(SCALARS + HELPERS)

    def id(self):
        return self.random.choice(IDS)

    def mostly(self, value):
        return value if self.chance(0.85) else self.any()

    def some(self, fields, p=0.5):
        """An object with some of the fields; each is a function."""
        return {name: make() for name, make in fields.items() if self.chance(p)}

    def request(self):
        kind = self.random.choice(['create'] * 3 + ['list', 'terminal', 'one', 'patch', 'patch', 'patch', 'patch', 'delete', 'event', 'event', 'event',
                                                    'events', 'events', 'models', 'pause', 'broken'])
        return getattr(self, kind)()

    def path_id(self):
        return f'{R}/{urllib.parse.quote(self.id(), safe="")}'

    def config(self):
        local = self.some({'agent_class': lambda: self.mostly('m:C'), 'env_map': lambda: self.mostly({'Q': 'input', 'R': self.mostly('x')})})
        return self.mostly(self.some({'timeout_seconds': lambda: self.mostly(5), 'local': lambda: self.mostly(local),
                                      'k8s': lambda: self.mostly(self.some({'job_template': lambda: self.mostly('t')})), 'more': self.any}))

    def metadata(self):
        # A number of the wrong type is a 500 of the original.
        return self.mostly(self.some({'z': self.any, 'batch_idx': lambda: self.random.choice([None, 3, '4', 5.0, True]),
                                      'sample_idx_in_batch': lambda: 1, 'a': self.any}))

    def rollout(self):
        fields = {'is_train': lambda: self.mostly(self.chance(0.5)), 'config': self.config, 'metadata': self.metadata, 'more': self.any}
        out = {**self.some(fields, 0.3), **self.some({'input': self.any}, 0.97)}
        # One that the servers name themselves cannot be compared by its id.
        out['rollout_id'] = self.id() if self.chance(0.97) else self.random.choice([7, [], {}, True])
        return self.mostly(out) if self.chance(0.1) else out

    def create(self):
        return 'POST', R, [self.rollout() for _ in range(self.random.randrange(4))] if self.chance(0.97) else self.any()

    def list(self):
        parts = [f'state_in={self.random.choice(STATES + (["", "x"] if self.chance(0.1) else []))}' for _ in range(self.random.randrange(4))]
        if self.chance(0.5):
            # A negative limit is 0 here.
            parts.append('limit=' + self.random.choice(['0', '1', '2', '500', '%202', '2.0', '1_0', '', 'x', '1.5']))
        self.random.shuffle(parts)
        return 'GET', f'{R}?{"&".join(parts)}', None

    def terminal(self):
        parts = [f'{name}={self.random.choice(["0", "1", "3", "-1", "99", "2.0", "x", ""])}' for name in ('after', 'limit') if self.chance(0.6)]
        return 'GET', f'{R}/terminal?{"&".join(parts)}', None

    def one(self):
        return 'GET', self.path_id(), None

    def patch(self):
        status = self.some({'state': lambda: self.mostly(self.random.choice(STATES)), 'k8s_job_name': lambda: self.mostly('job'),
                            'last_attempt_id': lambda: self.random.choice(['0', '1', None, '']), 'error_message': lambda: self.mostly('e')}, 0.4)
        if self.chance(0.05):
            status['bogus'] = self.any()
        return 'PATCH', self.path_id(), {'status': self.mostly(status), **self.some({'more': self.any}, 0.1)} if self.chance(0.95) else self.any()

    def delete(self):
        return ('DELETE', self.path_id(), None) if self.chance(0.5) else self.one()

    def choice(self):
        probs = self.random.choice([None, {}, {'content': [{'logprob': self.random.choice([-0.5, '-1', None, 'x', True, 1])}, {'logprob': -2}]},
                                    {'token_logprobs': [-1, -2.5]}, {'content': [1]}, {'content': []}, 5])
        return self.some({'token_ids': lambda: self.random.choice([[1, 2], [], None, [3], 'ids']), 'logprobs': lambda: probs,
                          'prompt_token_ids': lambda: [9], 'message': lambda: {'content': 'x'}}, 0.6)

    def call(self):
        # What is malformed otherwise is a 500 of the original.
        answer = self.some({'prompt_token_ids': lambda: self.random.choice([[1, 2], [1, 2], [3], [], None, [1.0, 2], [True, 2]]),
                            'choices': lambda: [self.choice() for _ in range(self.random.randrange(3))],
                            'error': lambda: self.random.choice([None, {'message': 'm'}])}, 0.7)
        chunks = [self.some({'prompt_token_ids': lambda: [5], 'choices': lambda: [self.some({'token_ids': lambda: [4, 5]})]}) for _ in range(3)]
        return self.some({'response': lambda: self.random.choice([answer, answer, answer, chunks, 'text', None]),
                          'server': lambda: self.random.choice([{'model': 'm', 'version': 3, 'endpoint': 'e'}, {}]),
                          'http_status': lambda: self.random.choice([200, 400, None]), 'status': lambda: self.random.choice(['ok', 'error'])}, 0.7)

    def event(self):
        kind = self.random.choice(['reward', 'model_request', 'model_request', 'note', ''])
        data = {'reward': lambda: self.some({'value': self.any, 'source': self.any, 'reason': self.any, 'x': self.any}),
                'model_request': self.call}.get(kind, lambda: {'x': self.any()})()
        body = {'event_type': kind, 'data': data if self.chance(0.95) or kind == 'model_request' else self.any()}
        # A call whose parts are of the wrong kind spoils the original's view of the whole rollout.
        if kind != 'model_request' and self.chance(0.1):
            body = self.some({'event_type': self.any, 'data': self.any})
            if body.get('event_type') == 'model_request':
                body = {}
        attempt = self.random.choice(['0', '0', '1', 'x'])
        return 'POST', f'{self.path_id()}/attempt/{attempt}/events', body if self.chance(0.97) else self.random.choice([[], 1, 'x'])

    def events(self):
        parts = [f'event_type={self.random.choice(["reward", "model_request", "", "none"])}'] if self.chance(0.3) else []
        parts += [f'format={self.random.choice(["triplet"] * 5 + ["x", ""])}'] if self.chance(0.7) else []
        return 'GET', f'{self.path_id()}/events?{"&".join(parts)}', None

    def models(self):
        if self.chance(0.3):
            return 'DELETE', '/api/models', None
        model = {'model': self.mostly('m'), 'endpoint': 'http://127.0.0.1:9/v1'}
        if self.chance(0.2):
            model['endpoint'] = self.random.choice([1, None, [], {}])
        if self.chance(0.4):
            model['version'] = self.mostly(2)
        if self.chance(0.1):
            del model[self.random.choice(['model', 'endpoint'])]
        return 'POST', '/api/models', [self.mostly(model) if self.chance(0.1) else model for _ in range(self.random.randrange(3))]

    def pause(self):
        if self.chance(0.4):
            return 'POST', '/proxy/resume', None
        if self.chance(0.4):
            return 'GET', '/proxy/state', None
        # More than a day is a day here.
        return 'POST', '/proxy/pause', self.some({'retry_after_seconds': lambda: self.random.choice([1, '7', 2.0, 'x', None, 1.5, True]),
                                                  'reason': lambda: self.mostly('r'), 'more': self.any})

    def broken(self):
        method, path, body = self.random.choice([self.create, self.patch, self.event])()
        # No escapes: half of a pair is refused here.
        text = json.dumps(body, ensure_ascii=False)
        cut = self.random.randrange(len(text) + 1)
        # `null` is a body of the wrong kind or none, by the version of the original's web framework.
        return method, path, text[:cut] + self.random.choice(['', '', '}', ']', ',', 'x', ' ', '"', '\\', '\t']) + text[cut + self.random.randrange(2):]


def common(reply, path):
    """(status, body) without what may differ."""
    text = re.sub(r'"(created_at|updated_at|timestamp)":[0-9.e+-]+', r'"\1":0', reply.text)
    # What a server names itself.
    text = re.sub(r'"[0-9a-f]{32}"', '"made"', text)
    if '"json_invalid"' in text:
        # Texts and places of parsers vary with the runtime.
        return reply.status, 'json_invalid'
    if path.startswith(f'{R}/terminal') and reply.status == 200:
        # Entries of one that was deleted and made again: its present state there, nothing here.
        return reply.status, {key: value for key, value in reply.body.items() if key != 'items'}
    return reply.status, text


def compare(tap, theirs, ours, n, seed):
    """`n` requests of both; prints what differs, the first few."""
    sequence = Sequence(seed)
    differences, statuses = [], {}
    for i in range(n):
        method, path, body = sequence.request()
        raw = body if isinstance(body, str) and method != 'GET' else json.dumps(body) if body is not None else None
        replies = [client.ask(method, path, raw=raw) for client in (theirs, ours)]
        statuses[replies[0].status] = statuses.get(replies[0].status, 0) + 1
        got = [common(reply, path) for reply in replies]
        if got[0] != got[1]:
            differences.append(f'{i}: {method} {path} {raw}\n  theirs {replies[0].status} {replies[0].text[:1500]}\n  ours   {replies[1].status} {replies[1].text[:1500]}')
    tap.ok(not differences, f'{n} random exchanges, seed {seed}, are answered alike', f'{len(differences)} differ\n' + '\n'.join(differences[:8]))
    tap.ok({200, 201, 204, 404, 409, 422} <= set(statuses) and 500 not in statuses, f'seed {seed}: every kind of answer was among them', statuses)


def run(tap, make, n, seeds):
    for seed in seeds:
        with make() as theirs, Leyden('--proxy-model', MODEL) as ours:
            compare(tap, Client(theirs.url, theirs.key), Client(ours.url, ours.key), n, seed)


def main(arguments):
    makers = {'double': lambda: Double('--key', KEY, '--model', MODEL, key=KEY), 'original': lambda: Original(arguments[0])}
    if not arguments or arguments[0] not in makers:
        print(__doc__, file=sys.stderr)
        return 2
    make = makers[arguments.pop(0)]
    if make is makers['original']:
        python = arguments.pop(0)
        make = lambda: Original(python)  # noqa: E731
    n = int(arguments[0]) if arguments else N
    tap = Tap()
    run(tap, make, n, [int(arguments[1])] if len(arguments) > 1 else SEEDS)
    return tap.end()


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
