#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The training dashboard and the table of rollouts over a plain agl-server, from its API alone: mirrored.py [SERVER'S PYTHON].

A trainer's steps are played on the server; what our backend says of them is compared with what was played."""
import sys
import time

from peers import Double, Leyden, Original, wait_for
from wire import Client, Tap

STEPS = 3
SAMPLES = 4
TRIES = 3


def play_step(client, step):
    """Rewards by sample; the last try of the last sample goes on into the next step."""
    names = [(f's{step}-{sample}-{attempt}', sample, attempt) for sample in range(SAMPLES) for attempt in range(TRIES)]
    client.post('/api/rollouts', [{'rollout_id': name, 'input': {'data_id': f'item {sample}', 'question': 'q'}} for name, sample, _ in names])
    rewards = {}
    for name, sample, attempt in names:
        client.ask('PATCH', f'/api/rollouts/{name}', {'status': {'state': 'running', 'last_attempt_id': '0'}})
        reward = (sample + attempt + step) % 3 / 2
        client.post(f'/api/rollouts/{name}/attempt/0/events', {'event_type': 'model_request', 'data': {
            'model': 'm', 'status': 'ok', 'latency_ms': 4, 'server': {'model': 'm', 'endpoint': 'http://gpu:8000/v1', 'version': 0},
            'usage': {'prompt_tokens': 10 * step, 'completion_tokens': 1}}})
        client.post(f'/api/rollouts/{name}/attempt/0/events', {'event_type': 'reward', 'data': {'value': reward}})
        rewards[name] = reward
        if (sample, attempt) != (SAMPLES - 1, TRIES - 1):
            client.ask('PATCH', f'/api/rollouts/{name}', {'status': {'state': 'succeeded'}})
    return rewards, names[-1][0]


def ask(client, **question):
    return client.post('/leyden/v1/insights/query', {'queries': [question]}).body['results'][0]


def lines(result):
    return [(x, round(y, 6) if y is not None else None) for x, y in zip(result['series'][0]['x'], result['series'][0]['y'])] if result.get('series') else result


def follow(ours):
    ours.post('/leyden/v1/mirrors/plain/poll', {})

    def is_known():
        facts = ours.get('/leyden/v1/info').body['facts']
        return facts['position'] >= facts['last']
    wait_for(is_known, 20)


def run(tap, name, make):
    with make() as peer, Leyden() as backend:
        server, ours = Client(peer.url, peer.key), Client(backend.url, backend.key)
        if peer.key:
            ours.ask('PUT', '/leyden/v1/secrets/connection-plain', {'value': peer.key, 'origins': [peer.url]})
        ours.ask('PUT', '/leyden/v1/mirrors/plain', {'url': peer.url, 'interval_ms': 600000, **({'secret': 'connection-plain'} if peer.key else {})})
        rewards, left = {}, None
        for step in range(1, STEPS + 1):
            time.sleep(0.5)
            rewards[step], last = play_step(server, step)
            follow(ours)
            if left:
                server.ask('PATCH', f'/api/rollouts/{left}', {'status': {'state': 'succeeded'}})
                follow(ours)
            left = last
        check(tap, name, ours, rewards, left)


def check(tap, name, ours, rewards, running):
    ended = {step: [reward for rollout, reward in some.items() if rollout != running] for step, some in rewards.items()}
    mean = lines(ask(ours, metric='reward', aggregation='mean', shape='step'))
    tap.equal(mean, [(step, round(sum(some) / len(some), 6)) for step, some in ended.items()], f'{name}: mean reward by step')
    count = lines(ask(ours, metric='reward', aggregation='count', shape='step'))
    tap.equal(count, [(step, len(some)) for step, some in ended.items()], f'{name}: rollouts by step')
    carried = lines(ask(ours, metric='carry-over', aggregation='count', shape='step'))
    tap.equal([one for one in carried if one[1]], [(step, 1) for step in range(2, STEPS + 1)], f'{name}: carried over into a step')
    tokens = lines(ask(ours, metric='tokens-in', aggregation='sum', shape='step'))
    tap.equal(tokens, [(step, 10 * step * len(some)) for step, some in ended.items()], f'{name}: tokens by step')
    spread = ask(ours, metric='advantage-spread', aggregation='mean', shape='step')
    tap.ok(spread.get('series') and spread['series'][0]['y'][0] > 0, f'{name}: spread within samples', str(spread)[:500])
    table = ours.post('/leyden/v1/rollouts/query', {'sort': [['started', 'desc']], 'limit': 100, 'count': True}).body
    tap.equal((table.get('n'), sorted({row['item'] for row in table.get('rows', [])})),
              (STEPS * SAMPLES * TRIES, [f'item {sample}' for sample in range(SAMPLES)]), f'{name}: table of rollouts')


if __name__ == '__main__':
    TAP = Tap()
    run(TAP, 'server', (lambda: Original(sys.argv[1])) if len(sys.argv) > 1 else Double)
    sys.exit(TAP.end())
