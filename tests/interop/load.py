#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of an agl-server's time a mirror takes: load.py [SERVER'S PYTHON].

A client does what a training does (rollouts, states, events, questions about them, removal two seconds after their end) at a steady pace while many more
rollouts run, in slices with and without a mirror of ours that polls the server, in the order without, with, with, without, so that no drift makes one
of the two better. What is compared is the processor time of the server: that is what a server of one thread has, and where it has no more, what its
throughput loses. Prints the median of the pairs; a figure, and no verdict on the clock. The server is the double, or the original where the Python of
its environment is given."""
import os
import statistics
import sys
import time

from peers import Double, Leyden, Original
from wire import Client

SLICE_S = 6
PAIRS = 3
# Rollouts a second, and how long a trainer leaves them after their end.
PACE = 8
KEEP_S = 2
# So many rollouts run all the time, with events that a mirror reads.
RUNNING = 60
TICKS = os.sysconf('SC_CLK_TCK')


def processor_time(peer):
    """Of the server, in seconds."""
    with open(f'/proc/{peer.process.pid}/stat', encoding='ascii') as file:
        fields = file.read().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def run_rollout(client, name, serial):
    client.ask('POST', '/api/rollouts', [{'rollout_id': name, 'input': {'data_id': serial % 50, 'question': 'x' * 500}}])
    client.ask('PATCH', f'/api/rollouts/{name}', {'status': {'state': 'running', 'last_attempt_id': '0'}})
    for turn in range(4):
        client.ask('POST', f'/api/rollouts/{name}/attempt/0/events', {'event_type': 'model_request', 'data': {'turn': turn, 'text': 'y' * 1000}})
        client.ask('GET', f'/api/rollouts/{name}')
    client.ask('POST', f'/api/rollouts/{name}/attempt/0/events', {'event_type': 'reward', 'data': {'value': 1}})
    client.ask('PATCH', f'/api/rollouts/{name}', {'status': {'state': 'succeeded'}})
    client.ask('GET', f'/api/rollouts/{name}/events?format=triplet')


def measure(peer):
    """Processor time of the server in a slice, as a share of it."""
    client = Client(peer.url, peer.key)
    before, began = processor_time(peer), time.monotonic()
    ended, serial = [], 0
    while (now := time.monotonic()) < began + SLICE_S:
        serial += 1
        name = f'load-{time.monotonic_ns()}'
        run_rollout(client, name, serial)
        ended.append((now, name))
        while ended and ended[0][0] < now - KEEP_S:
            client.ask('DELETE', f'/api/rollouts/{ended.pop(0)[1]}')
        time.sleep(max(began + serial / PACE - time.monotonic(), 0))
    share = (processor_time(peer) - before) / (time.monotonic() - began)
    for _, name in ended:
        client.ask('DELETE', f'/api/rollouts/{name}')
    return share


def prepare(peer):
    client = Client(peer.url, peer.key)
    client.ask('POST', '/api/rollouts', [{'rollout_id': f'long-{n}', 'input': {'data_id': n}} for n in range(RUNNING)])
    for n in range(RUNNING):
        client.ask('PATCH', f'/api/rollouts/long-{n}', {'status': {'state': 'running', 'last_attempt_id': '0'}})
        for turn in range(5):
            client.ask('POST', f'/api/rollouts/long-{n}/attempt/0/events', {'event_type': 'model_request', 'data': {'turn': turn, 'text': 'z' * 2000}})


class Mirror:
    """`with`: our backend polls the server as it does in use."""

    def __init__(self, ours, peer):
        self.client, self.peer = Client(ours.url, ours.key), peer

    def __enter__(self):
        if self.peer.key:
            self.client.ask('PUT', '/leyden/v1/secrets/connection-load', {'value': self.peer.key, 'origins': [self.peer.url]})
        settings = {'url': self.peer.url, **({'secret': 'connection-load'} if self.peer.key else {})}
        self.client.ask('PUT', '/leyden/v1/mirrors/load', settings)
        # Its first look at everything is not what polling costs.
        self.client.ask('POST', '/leyden/v1/mirrors/load/poll', {})
        time.sleep(1)
        return self

    def load(self):
        return self.client.get('/leyden/v1/mirrors/load').body['load']

    def __exit__(self, *_):
        self.client.ask('DELETE', '/leyden/v1/mirrors/load')


def compare(make):
    """Percent of the server's time that the mirror takes, of each pair, and what it says of itself."""
    shares, told = [], []
    with make() as peer, Leyden() as ours:
        prepare(peer)
        measure(peer)
        for pair in range(PAIRS):
            cost = {}
            for mirrored in (False, True) if pair % 2 == 0 else (True, False):
                if mirrored:
                    with Mirror(ours, peer) as mirror:
                        cost[True] = measure(peer)
                        told.append(mirror.load() or 0)
                else:
                    cost[False] = measure(peer)
            shares.append(100 * (cost[True] - cost[False]))
            print(f'# busy {100 * cost[False]:.1f} % alone, {100 * cost[True]:.1f} % with a mirror', flush=True)
    return shares, told


def run(tap, name, make):
    shares, told = compare(make)
    tap.ok(len(shares) == PAIRS, f'{name}: a mirror takes {statistics.median(shares):.1f} % of the server\'s time (median of {len(shares)} pairs, '
           f'{min(shares):.1f} to {max(shares):.1f}); it says {100 * statistics.median(told):.1f} %')


if __name__ == '__main__':
    print(*compare((lambda: Original(sys.argv[1])) if len(sys.argv) > 1 else Double))
