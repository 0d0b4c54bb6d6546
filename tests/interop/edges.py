#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole sessions over every edge between controller, trainer, agents, model server and the server in their middle.

Usage: edges.py double | leyden: what stands in the middle. Everything else is a double.
"""
import hashlib
import json
import signal
import sys
import threading
import time

from peers import HERE, MODEL, Controller, Double, Leyden, Upstream, train, wait_for
from wire import Client, Tap

KEY = 'edges-key'
R = '/api/rollouts'
CHAT = '/proxy/rollout/{}/attempt/0/mode/train/openai/v1/chat/completions'
SAMPLES = HERE.parent.parent / 'data' / 'samples'


def make(target):
    if target == 'double':
        return Double('--key', KEY, '--model', MODEL, '--val-temperature', '0.5', '--retry-scale', '0.2', key=KEY)
    return Leyden('--proxy-model', MODEL, '--train-temperature', '1', '--val-temperature', '0.5')


def local(question, agent='demo_agent:Agent', timeout=60, **more):
    return {'input': {'question': question, **more}, 'config': {'timeout_seconds': timeout, 'local': {
        'agent_class': agent, 'env_map': {'QUESTION': 'input.question'}}}}


def create(client, rollout_id, body):
    reply = client.post(R, [{'rollout_id': rollout_id, **body}])
    assert reply.status == 201, reply.text


def status_of(client, rollout_id):
    reply = client.get(f'{R}/{rollout_id}')
    return reply.body['rollout']['status'] if reply.status == 200 else {'state': reply.status}


def wait_end(client, ids):
    return wait_for(lambda: all(status_of(client, one)['state'] in ('succeeded', 'failed') for one in ids))


def text(ids):
    return bytes(ids).decode()


# ---- Trainer and controller ----

def synchronous(tap, peer, client):
    """Samples × n rollouts run, are read, and are deleted."""
    with Upstream() as upstream, Controller(peer) as controller:
        status, out, errors = train(peer, upstream, [{'question': 'one'}, {'question': 'twice'}, {'question': 'exit 3'}, {'question': 'read'}])
        controller.end()
    if not tap.ok(status == 0 and len(out['rollouts']) == 8, 'a synchronous step ends', errors):
        return
    first, second, third, fourth = (out['rollouts'][i] for i in (0, 2, 4, 6))
    tap.ok(first['state'] == 'succeeded' and first['reward'] == 1.0 and first['events'] == 2, 'one call and a reward', first)
    tap.equal([(text(one[0]), text(one[1]), one[2]) for one in first['pairs']], [('one', '<one>', 5)], 'its tokens and log-probabilities')
    tap.ok(second['state'] == 'succeeded' and len(second['pairs']) == 2 and second['sequences'] == 1, 'two turns are one sequence', second)
    tap.equal(text(second['pairs'][1][0]), 'twice<twice>and then?', 'the second begins with the first')
    tap.ok(third['state'] == 'failed' and third['message'] == 'subprocess exited with code 3' and third['reward'] is None and not third['pairs'],
           'an agent that fails', third)
    tap.ok(fourth['reward'] == 2.0, 'an agent reads its own rollout', fourth)
    tap.equal(controller.patches(first['id']), [('running', None, 200), ('succeeded', None, 200)], 'what the controller said')
    tap.ok(all(client.get(f'{R}/{one["id"]}').status == 404 for one in out['rollouts']), 'the trainer deleted all')
    tap.equal(client.get(f'{R}?state_in=queuing&state_in=running&state_in=succeeded&state_in=failed').body, [], 'no list shows them')
    tap.equal(client.get(f'{R}/terminal').body, {'items': [], 'next_after': 8, 'total_terminal': 8}, 'the log counts them')


def validation(tap, peer, client):
    with Upstream() as upstream, Controller(peer):
        status, out, errors = train(peer, upstream, [{'question': 'v'}], '--validation', '--n', '1', '--agent', 'demo_agent.AsyncAgent', '--hook', '7')
        sent = Client(upstream.url).get('/log').body
    tap.ok(status == 0 and out['rollouts'][0]['state'] == 'succeeded', 'a validation step ends', errors)
    tap.ok(sent and sent[0]['body']['temperature'] == 0.5 and 'logprobs' not in sent[0]['body'], 'its parameters', sent)
    tap.equal(out['rollouts'][0]['reward'], 7.0, 'the reward of the hook counts, being the last')


def asynchronous(tap, peer, client):
    """One group ends the step, the other is carried over while the proxy is paused; the next step ends it."""
    inputs = [{'question': 'slow 100'}, {'question': 'slow 2500'}]
    with Upstream() as upstream, Controller(peer):
        status, out, errors = train(peer, upstream, inputs, '--asynchronous')
        tap.ok(status == 0 and len(out['rollouts']) == 2 and len(out['carried']) == 2, 'an asynchronous step ends', f'{errors} {out}')
        state = client.get('/proxy/state').body
        tap.ok(state['paused'] and state['reason'] == 'rollout_done step=1' and state['inflight'] == 0, 'and pauses the proxy', state)
        reply = client.post(CHAT.format(out['carried'][0]['id']), {'messages': [{'role': 'user', 'content': 'x'}]})
        tap.ok(reply.status == 429 and reply.headers.get('x-agl-paused') == 'true', 'agents are told to come again', reply.text)
        status, out, errors = train(peer, upstream, [], '--asynchronous', '--carried', json.dumps(out['carried']))
        tap.ok(status == 0 and [one['reward'] for one in out['rollouts']] == [1.0, 1.0], 'what was carried over ends', f'{errors} {out}')
        client.post('/proxy/resume')


def local_edges(tap, peer, client):
    cases = {
        'l-crash': (local('crash'), 'failed', 'subprocess exited with code 1'),
        'l-class': (local('x', agent=None), 'failed', 'local subprocess spawn failed: invalid rollout config: missing config.local.agent_class'),
        'l-none': ({'input': {'question': 'x'}}, 'failed', 'local subprocess spawn failed: invalid rollout config: missing config.local.agent_class'),
        'l-path': ({'input': {}, **{'config': local('x')['config']}}, 'failed', 'local subprocess spawn failed: local.env_map path not found: input.question'),
        'l-module': (local('x', agent='no_such_module:Agent'), 'failed', 'subprocess exited with code 1'),
        'l-late': (local('hang', timeout=1), 'failed', 'local subprocess timed out'),
        'l-exit0': (local('exit 0'), 'succeeded', None),
    }
    create(client, 'l-lost', local('x'))
    client.ask('PATCH', f'{R}/l-lost', {'status': {'state': 'running', 'last_attempt_id': '0'}})
    for name, (body, *_) in cases.items():
        create(client, name, body)
    create(client, 'l-gone', local('hang'))
    with Controller(peer, '--interval', '0.1') as controller:
        wait_for(lambda: status_of(client, 'l-gone')['state'] == 'running')
        client.ask('DELETE', f'{R}/l-gone')
        wait_end(client, [*cases, 'l-lost'])
        create(client, 'l-stop', local('hang'))
        wait_for(lambda: status_of(client, 'l-stop')['state'] == 'running')
        controller.end()
    for name, (_, state, message) in cases.items():
        got = status_of(client, name)
        tap.equal((got['state'], got['error_message']), (state, message), f'controller {name}')
    tap.equal(status_of(client, 'l-lost')['error_message'], 'local subprocess is not running', 'controller fails what it does not know')
    tap.equal(status_of(client, 'l-stop')['error_message'], 'local controller shutdown', 'controller fails what it kills at its end')
    tap.equal(controller.patches('l-gone'), [('running', None, 200), ('failed', 'local controller shutdown', 404)], 'a deleted rollout is 404 to it')
    tap.ok(not any('error' in line for line in controller.lines), 'no list failed', controller.lines)


def kubernetes_edges(tap, peer, client):
    jobs = {'k-fast': {'job_ms': 0}, 'k-slow': {'job_ms': 600}, 'k-failed': {'job': 'failed', 'job_ms': 300}, 'k-vanish': {'job': 'vanish', 'job_ms': 300},
            'k-invalid': {'job': 'invalid'}}
    for name, value in jobs.items():
        create(client, name, {'input': value, 'config': {'k8s': {'job_template': 'kind: Job'}}})
    with Controller(peer, '--runner', 'k8s', '--interval', '0.1') as controller:
        wait_end(client, jobs)
        controller.end()
    got = {name: status_of(client, name) for name in jobs}
    tap.equal(controller.patches('k-fast'), [('succeeded', None, 409), ('running', None, 200), ('succeeded', None, 200)],
              'a Job that is faster than the poll loop: 409, then repaired')
    tap.ok(got['k-fast']['state'] == 'succeeded' and got['k-fast']['k8s_job_name'] == 'agl-rollout-k-fast' and got['k-fast']['version'] == 3,
           'and its state', got['k-fast'])
    tap.equal((got['k-slow']['state'], got['k-slow']['error_message'], got['k-slow']['last_attempt_id']), ('succeeded', None, '0'), 'a Job that takes its time')
    tap.equal(got['k-failed']['error_message'], 'Job failed: BackoffLimitExceeded — it ended badly', 'a Job that fails')
    tap.equal(got['k-vanish']['error_message'], 'Job disappeared', 'a Job that disappears')
    tap.equal((got['k-invalid']['state'], got['k-invalid']['version']), ('failed', 2), 'a Job that cannot be made')


def races(tap, peer, client):
    """Of many that say the same at once one is right."""
    create(client, 'race', {'input': 1})
    answers, barrier = [], threading.Barrier(20)

    def claim():
        own = Client(peer.url, peer.key)
        own.get('/proxy/state')
        barrier.wait()
        answers.append(own.ask('PATCH', f'{R}/race', {'status': {'state': 'running'}}).status)
        own.close()
    threads = [threading.Thread(target=claim) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tap.equal(sorted(answers), [200] + [409] * 19, 'twenty claims of one rollout')
    tap.equal(status_of(client, 'race')['version'], 2, 'one change')


def sizes(tap, peer, client):
    """One request for a batch; a list with all its templates; a hundred connections."""
    template = 'apiVersion: batch/v1\n' + '# ' + 'x' * 2048 + '\n'
    batch = [{'input': {'question': str(i)}, 'config': {'k8s': {'job_template': template}}, 'rollout_id': f'big-{i}'} for i in range(4096)]
    reply = client.ask('POST', R, batch)
    tap.ok(reply.status == 201 and len(reply.body) == 4096, 'a batch of 9 MB', reply.text[:200])
    reply = client.get(f'{R}?state_in=queuing&state_in=running&limit=500')
    tap.ok(reply.status == 200 and len(reply.body) == 500, 'a list of 500 with templates')
    reply = client.ask('POST', R, batch, headers={'Expect': '100-continue'})
    tap.ok(reply.status == 201 and reply.body[7]['rollout_id'] == 'big-7', 'the same again, announced')
    clients = [Client(peer.url, peer.key) for _ in range(100)]
    tap.ok(all(one.get('/proxy/state').status == 200 for one in clients for _ in range(2)), 'a hundred kept connections')
    for one in clients:
        one.close()
    for i in range(4096):
        client.ask('DELETE', f'{R}/big-{i}')


# ---- What only ours does ----

def stale_attempt(tap, peer, client):
    create(client, 'stale', {'input': 1})
    client.ask('PATCH', f'{R}/stale', {'status': {'state': 'running', 'last_attempt_id': '1'}})
    for attempt, value in (('1', 1.0), ('0', 0.0)):
        reply = client.post(f'{R}/stale/attempt/{attempt}/events', {'event_type': 'reward', 'data': {'value': value}})
        tap.equal(reply.status, 200, f'an event of attempt {attempt}')
    tap.equal([one['data']['value'] for one in client.get(f'{R}/stale/events?format=triplet').body], [1.0], 'the late one of the old attempt is kept apart')
    tap.equal(client.get(f'{R}/stale').body['attempts'], ['1', '0'], 'and kept')


def killed(tap, peer, client):
    """The server dies amid a session; trainer, agents and controller go on with the next one as if it had been slow."""
    inputs = [{'question': f'slow {200 * i}'} for i in range(1, 6)]
    with Upstream() as upstream, Controller(peer, '--interval', '0.1') as controller:
        ended = train(peer, upstream, inputs, '--n', '3', wait=False)
        wait_for(lambda: any(one['status']['state'] == 'running' for one in client.get(f'{R}?state_in=running').body))
        for _ in range(3):
            time.sleep(0.7)
            peer.end(signal.SIGKILL, keep=True)
            time.sleep(0.2)
            peer.start()
        status, out, errors = ended()
        controller.end()
    good = status == 0 and len(out['rollouts']) == 15 and all(one['state'] == 'succeeded' and one['reward'] == 1.0 for one in out['rollouts'])
    tap.ok(good, 'a session over three kills of the server', f'{status} {errors[-2000:]} {[(one["state"], one["message"], one["reward"]) for one in out.get("rollouts", [])]}')
    # An agent may ask again what it was answered while the server died: once more, never less.
    tap.ok(all(len(one['pairs']) >= 1 for one in out.get('rollouts', [])), 'every call was recorded')


def overload(tap, peer, client):
    """Too much is 429 or 503 with a time to come again: whole sessions get through."""
    inputs = [{'question': f'slow 30{i}'} for i in range(6)]
    with Leyden('--rate-limit', '10/600') as tight:
        own = Client(tight.url, tight.key)
        refused = [one for one in (own.get('/proxy/state') for _ in range(20)) if one.status != 200]
        tap.ok(refused and all(one.status == 429 and int(one.headers['retry-after']) >= 1 for one in refused), 'a limit of requests is 429', refused[:1])
    with Leyden('--proxy-model', MODEL, '--val-temperature', '0.5', '--proxy-calls', '2', '--rate-limit', '25/1') as tight:
        with Upstream() as upstream, Controller(tight) as controller:
            status, out, errors = train(tight, upstream, inputs, '--n', '1')
            controller.end()
    tap.ok(status == 0 and all(one['state'] == 'succeeded' and one['reward'] == 1.0 for one in out['rollouts']), 'a session under limits',
           f'{errors[-2000:]} {out} {controller.lines}')


def pause_survives(tap, peer, client):
    client.post('/api/models', [{'model': MODEL, 'endpoint': 'http://127.0.0.1:9/v1', 'version': 4}])
    create(client, 'keep', {'input': 1})
    client.post(f'{R}/keep/attempt/0/events', {'event_type': 'reward', 'data': {'value': 3}})
    client.post('/proxy/pause', {'retry_after_seconds': 11, 'reason': 'r'})
    peer.end(signal.SIGKILL, keep=True)
    peer.start()
    tap.equal(client.get('/proxy/state').body, {'paused': True, 'retry_after_seconds': 11, 'reason': 'r', 'inflight': 0}, 'a pause outlives a kill')
    tap.equal(client.post(CHAT.format('keep'), {}).status, 429, 'the registered model too')
    tap.equal([one['data'] for one in client.get(f'{R}/keep/events').body], [{'value': 3}], 'and events')
    client.post('/proxy/resume')
    client.ask('DELETE', '/api/models')


def stream(tap, peer, client):
    """What the original refuses: chunk by chunk, recorded as one answer."""
    with Upstream() as upstream:
        client.post('/api/models', [{'model': MODEL, 'endpoint': f'{upstream.url}/v1'}])
        create(client, 'stream', {'input': 1})
        reply = client.post(CHAT.format('stream'), {'stream': True, 'messages': [{'role': 'user', 'content': 'a longer text'}]})
        chunks = [line[6:] for line in reply.text.splitlines() if line.startswith('data: ')]
        told = ''.join(json.loads(chunk)['choices'][0]['delta'].get('content', '') for chunk in chunks[:-1] if json.loads(chunk)['choices'])
        tap.ok(reply.status == 200 and chunks[-1] == '[DONE]' and told == '<a longer text>', 'a stream', reply.text)
        pair = client.get(f'{R}/stream/events?format=triplet').body[0]['data']
        tap.equal((text(pair['prompt_token_ids']), text(pair['response_token_ids']), len(pair['response_log_probs'])),
                  ('a longer text', '<a longer text>', 15), 'its tokens')
        client.ask('DELETE', '/api/models')


def marked(client, name):
    """Whether a controller is at work: it fails what has no agent."""
    create(client, name, {'input': 1})
    return wait_end(client, [name]) and status_of(client, name)['state'] == 'failed'


def beside_runs(tap, peer, client, controller=lambda peer: Controller(peer, '--interval', '0.05')):
    """The poll loop of a controller touches nothing of a run of ours."""
    data = (SAMPLES / 'arithmetic.jsonl').read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    client.ask('PUT', f'/leyden/v1/blobs/{digest}', raw=data, content_type='application/octet-stream')
    flow = json.loads((SAMPLES / 'calculator-agent.leyden').read_text())
    with controller(peer) as loop:
        tap.ok(marked(client, 'before'), 'a controller is at work')
        reply = client.post('/leyden/v1/runs', {'flow': flow, 'dataset': {'sha256': digest, 'name': 'arithmetic.jsonl', 'limit': 12}, 'pace': 'real',
                                                'concurrency': 4, 'seed': 7, 'client_id': 'beside'})
        tap.ok(reply.status in (200, 201, 202), 'a run of ours is started', reply.text[:500])
        run = reply.body['run']
        seen = []

        def over():
            seen.extend(client.get(f'{R}?state_in=queuing&state_in=running').body)
            return client.get(f'/leyden/v1/runs/{run}').body['state'] not in ('running', 'queued', 'queuing')
        wait_for(over)
        tap.ok(marked(client, 'after'), 'it is at work still')
        loop.end()
    state = client.get(f'/leyden/v1/runs/{run}').body
    tap.ok(state['state'] == 'succeeded', 'the run ends as it would', state)
    tap.equal(seen, [], 'no list shows its rollouts')
    ids = [one['rollout'] for one in client.get(f'/leyden/v1/runs/{run}/rollouts').body['rollouts']]
    ended = [status_of(client, one) for one in ids]
    tap.ok(len(ids) == 12 and all(one['state'] == 'succeeded' and one['error_message'] is None and one['k8s_job_name'] is None for one in ended),
           'by their ids they are there, untouched', ended)
    tap.ok({line.get('rollout') for line in loop.lines} <= {'before', 'after'}, 'the controller changes nothing else', loop.lines)


BOTH = [synchronous, validation, asynchronous, local_edges, kubernetes_edges, races, sizes]
OURS = [stale_attempt, stream, overload, pause_survives, killed, beside_runs]


def main(arguments):
    if len(arguments) != 1 or arguments[0] not in ('double', 'leyden'):
        print(__doc__, file=sys.stderr)
        return 2
    tap = Tap()
    for test in BOTH + (OURS if arguments[0] == 'leyden' else []):
        with make(arguments[0]) as peer:
            test(tap, peer, Client(peer.url, peer.key))
    return tap.end()


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
