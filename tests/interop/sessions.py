# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions of Leyden with Agent Lightning's own programs. `python` is that of an environment with the packages agentlightning and openai."""
import json
import os
import subprocess
import time

import edges
from peers import HERE, MODEL, Controller, Leyden, Original, Upstream, leydenctl, wait_for
from wire import Client

CALLS_S = 120


def leyden():
    return Leyden('--proxy-model', MODEL, '--train-temperature', '1', '--val-temperature', '0.5')


def controller(python, peer):
    """The real one, local, in a folder of the server's."""
    folder = os.path.join(peer.root, 'controller')
    os.makedirs(folder, exist_ok=True)
    return Controller(peer, command=[
        python, '-B', '-m', 'agentlightning.controller', 'runner_type=local', f'agl_server.url={peer.url}', f'agl_server.key={peer.key}',
        'local_runner.poll_interval=0.2', f'hydra.run.dir={folder}'],
        environment={'PYTHONPATH': os.pathsep.join([str(HERE), str(HERE / 'original')]), 'PYTHONDONTWRITEBYTECODE': '1'})


def train(python, peer, upstream, **options):
    """(what the real rollout managers made, what went wrong)"""
    options = {'url': peer.url, 'key': peer.key, 'model': MODEL, 'endpoint': f'{upstream.url}/v1', **options}
    run = subprocess.run([python, '-B', str(HERE / 'original' / 'trainer.py'), json.dumps(options)], capture_output=True, text=True, timeout=CALLS_S,
                         check=False)
    line = (run.stdout.strip().splitlines() or [''])[-1]
    return json.loads(line) if run.returncode == 0 else None, run.stdout + run.stderr


def text(ids):
    return bytes(ids).decode()


def synchronous(tap, python):
    with leyden() as peer, Upstream() as upstream, controller(python, peer):
        out, errors = train(python, peer, upstream, mode='sync', questions=['one', 'twice', 'exit 3'])
        if not tap.ok(out is not None, 'a synchronous session of the real controller and manager', errors):
            return
        by = {}
        for one in out['completed']:
            by.setdefault(one['group'], []).append(one)
        tap.equal(sorted(len(group) for group in by.values()), [2, 2, 2], 'two rollouts a sample')
        good = [one for one in out['completed'] if one['state'] == 'succeeded']
        bad = [one for one in out['completed'] if one['state'] == 'failed']
        tap.ok(len(good) == 4 and all(one['reward'] == 10.0 for one in good), 'rewards, by the hook that read the agent\'s', good)
        tap.ok(len(bad) == 2 and out['failed'] == ['subprocess exited with code 3'] * 2 and not bad[0]['triplets'], 'failures', bad)
        first = next(one for one in good if len(one['triplets']) == 1)
        tap.equal([(text(one['prompt']), text(one['response']), len(one['log_probs']), one['reward'], one['server']) for one in first['triplets']],
                  [('one', '<one>', 5, 10.0, {'model': MODEL, 'version': 0})], 'triplets')
        tap.equal(first['events'], ['model_request', 'reward', 'reward'], 'events')
        tap.ok(first['queued'] <= first['running'] + 1 and first['running'] <= first['finished'], 'times', first)
        second = next(one for one in good if len(one['triplets']) == 2)
        before = second['triplets'][0]
        tap.ok(second['triplets'][1]['prompt'][:len(before['prompt'] + before['response'])] == before['prompt'] + before['response'],
               'the second turn begins with the first', second)
        client = Client(peer.url, peer.key)
        tap.equal(client.get('/api/rollouts?state_in=queuing&state_in=running&state_in=succeeded&state_in=failed').body, [], 'the manager deleted all')
        out, errors = train(python, peer, upstream, mode='sync', questions=['v'], validation=True)
        sent = [one['body'] for one in Client(upstream.url).get('/log').body if one['body']['messages'][0]['content'] == 'v']
        tap.ok(out is not None and len(out['completed']) == 1 and sent[0]['temperature'] == 0.5 and 'logprobs' not in sent[0], 'a validation', errors)


def asynchronous(tap, python):
    with leyden() as peer, Upstream() as upstream, controller(python, peer):
        out, errors = train(python, peer, upstream, mode='async', questions=['slow 50', 'slow 3000'], groups=1)
        if not tap.ok(out is not None, 'an asynchronous session of the real controller and manager', errors):
            return
        tap.equal(out['paused'], {'paused': True, 'retry_after_seconds': 5, 'reason': 'rollout_done step=7', 'inflight': 0}, 'paused and drained')
        tap.ok([one['reward'] for one in out['completed']] == [10.0, 10.0] and [one['reward'] for one in out['carried']] == [10.0, 10.0],
               'one group, then the one that was carried over', out)


def own_runs(tap, python):
    """The real controller beside runs of ours."""
    with leyden() as peer:
        edges.beside_runs(tap, peer, Client(peer.url, peer.key), lambda peer: controller(python, peer))


def openai_client(tap, python):
    with leyden() as peer, Upstream() as upstream:
        client = Client(peer.url, peer.key)
        client.post('/api/models', [{'model': MODEL, 'endpoint': f'{upstream.url}/v1'}])
        client.post('/api/rollouts', [{'rollout_id': 'o', 'input': 1}])
        run = subprocess.run([python, '-B', str(HERE / 'original' / 'openai_calls.py')], capture_output=True, text=True, timeout=CALLS_S, check=False,
                             env={**os.environ, 'AGL_OPENAI_BASE_URL': f'{peer.url}/proxy/rollout/o/attempt/0/mode/train/openai/v1', 'AGL_KEY': peer.key})
        if not tap.ok(run.returncode == 0, 'calls of the OpenAI client', run.stderr):
            return
        out = json.loads(run.stdout)
        expected = {'plain': ['<plain>', 12, 7], 'completion': '<legacy>', 'stream': ['<a stream of words>', True],
                    'tool': ['calculator', {'expression': '6*7'}, 'tool_calls'], 'tool answer': '<42>', 'streamed tool': {'expression': '6*7'},
                    'retried': '<fail 503 1>', 'refused': [400, {'message': 'status 400'}], 'wrong key': {'detail': 'Invalid or missing API key'}}
        for name, value in expected.items():
            tap.equal(out.get(name), value, f'OpenAI client: {name}')
        events = client.get('/api/rollouts/o/events?event_type=model_request').body
        streamed = [one['data']['response']['choices'][0] for one in events if one['data']['request'].get('stream')]
        tap.ok(len(streamed) == 2 and streamed[0]['message']['content'] == '<a stream of words>'
               and text(streamed[0]['token_ids']) == '<a stream of words>' and streamed[1]['message']['tool_calls'][0]['function']['name'] == 'calculator',
               'OpenAI client: streams are recorded as one answer', streamed)


def pause(tap, python):
    """An agent with the OpenAI client rides a pause out."""
    with leyden() as peer, Upstream() as upstream, controller(python, peer):
        client = Client(peer.url, peer.key)
        client.post('/api/models', [{'model': MODEL, 'endpoint': f'{upstream.url}/v1'}])
        client.post('/proxy/pause', {'retry_after_seconds': 1, 'reason': 'weights'})
        client.post('/api/rollouts', [{'rollout_id': 'ride', 'input': {'question': 'q'}, 'config': {'local': {
            'agent_class': 'openai_agent.Agent', 'env_map': {'QUESTION': 'input.question', 'TASK': 'input'}}}}])
        wait_for(lambda: client.get('/api/rollouts/ride').body['rollout']['status']['state'] == 'running')
        time.sleep(2.5)
        client.post('/proxy/resume')
        wait_for(lambda: client.get('/api/rollouts/ride').body['rollout']['status']['state'] in ('succeeded', 'failed'))
        status = client.get('/api/rollouts/ride').body['rollout']['status']
        events = [one['event_type'] for one in client.get('/api/rollouts/ride/events').body]
        tap.ok(status['state'] == 'succeeded' and events == ['model_request', 'reward'], 'an agent rides a pause out', f'{status} {events}')


# ---- The other direction: our clients and the real server ----

def mirror(tap, python):
    """A session that runs on the real server is seen in ours, and its proxy is paused from ours."""
    with Original(python) as original, leyden() as peer, Upstream() as upstream:
        theirs, ours = Client(original.url, original.key), Client(peer.url, peer.key)
        ours.ask('PUT', '/leyden/v1/secrets/connection-real', {'value': original.key, 'origins': [original.url]})
        body = {'name': 'Real', 'url': original.url, 'secret': 'connection-real', 'interval_ms': 200}
        reply = ours.ask('PUT', '/leyden/v1/mirrors/real', body)
        tap.ok(reply.status == 201, 'a mirror of the real server', reply.text)
        theirs.post('/api/models', [{'model': MODEL, 'endpoint': f'{upstream.url}/v1', 'version': 5}])
        config = {'local': {'agent_class': 'demo_agent:Agent', 'env_map': {'QUESTION': 'input.question'}}}
        theirs.post('/api/rollouts', [{'rollout_id': f'm{i}', 'input': {'question': question}, 'config': config}
                                      for i, question in enumerate(['one', 'twice', 'exit 3'])])
        with Controller(original, '--interval', '0.1'):
            edges.wait_end(theirs, ['m0', 'm1', 'm2'])

        def rows():
            state = ours.get('/leyden/v1/mirrors/real').body
            listed = ours.get(f'/leyden/v1/runs/{state["run"]}/rollouts?limit=100').body
            return {one['item']: one for one in listed['rollouts']}
        ended = {'m0': ('succeeded', 1.0), 'm1': ('succeeded', 1.0), 'm2': ('failed', None)}
        wait_for(lambda: {name: (one['state'], one['reward']) for name, one in rows().items()} == ended, 20)
        tap.equal({name: (one['state'], one['reward']) for name, one in rows().items()}, ended, 'mirror: states and rewards')
        records = ours.get(f'/leyden/v1/rollouts/{rows()["m1"]["rollout"]}/events').body['records']
        kinds = [one['payload']['event_type'] for one in records if one['type'] == 'agl.event']
        tap.equal(kinds, ['model_request', 'model_request', 'reward'], 'mirror: events')
        state = ours.get('/leyden/v1/mirrors/real').body
        tap.ok(state['state'] == 'connected' and state['missed']['rollouts'] == 0 and state['models'][0]['version'] == 5, 'mirror: models, nothing missed', state)
        reply = ours.post('/leyden/v1/mirrors/real/pause', {'reason': 'from here', 'retry_after_seconds': 3})
        paused = theirs.get('/proxy/state').body
        tap.ok(reply.status == 200 and paused == {'paused': True, 'retry_after_seconds': 3, 'reason': 'from here', 'inflight': 0}, 'mirror: pause',
               f'{reply.text} {paused}')
        ours.post('/leyden/v1/mirrors/real/resume', {})
        tap.equal(theirs.get('/proxy/state').body['paused'], False, 'mirror: resume')


def worker(python, peer, ours, *arguments):
    """`leydenctl worker` for `peer`, with the folders and the key file of a backend of ours, which need not run."""
    path = ours.write('worker-key', peer.key + '\n')
    return Controller(peer, command=[leydenctl(), 'worker', '--gateway', peer.url, '--key-file', path, '--poll', '100', '--python', python, '--json',
                                     *arguments],
                      environment={**ours.environment, 'PYTHONPATH': os.pathsep.join([str(HERE), str(HERE / 'original')])})


def worker_session(tap, python, peer, ours, name):
    """The real manager's session, with our worker as its controller."""
    with Upstream() as upstream, worker(python, peer, ours, '--agent-class', 'openai_agent:Agent') as work:
        out, errors = train(python, peer, upstream, mode='sync', questions=['one', 'twice', 'exit 3'])
        if tap.ok(out is not None, f'{name}: a session of the real manager', errors):
            good = [one for one in out['completed'] if one['state'] == 'succeeded']
            tap.ok(len(good) == 4 and all(one['reward'] == 10.0 for one in good) and sorted(len(one['triplets']) for one in good) == [1, 1, 2, 2],
                   f'{name}: rewards and triplets', out['completed'])
            tap.ok(len(out['failed']) == 2 and '3' in out['failed'][0], f'{name}: failures', out['failed'])
        out, errors = train(python, peer, upstream, mode='sync', questions=['x'], agent='os:Agent', n=1)
        tap.ok(out is not None and [one['state'] for one in out['completed']] == ['failed'], f'{name}: a class that is not on its list', f'{out} {errors}')
        tap.equal(work.end(), 0, f'{name}: it ends cleanly')


def worker_flow(tap, python):
    """A flow of ours runs for the real server."""
    with Original(python) as original, leyden() as ours:
        client = Client(original.url, original.key)
        client.post('/api/rollouts', [{'rollout_id': f'f{i}', 'input': {'question': f'{i} + {i}', 'answer': str(2 * i)}} for i in range(4)])
        with worker(python, original, ours, '--flow', str(edges.SAMPLES / 'calculator-agent.leyden')) as work:
            edges.wait_end(client, [f'f{i}' for i in range(4)])
            tap.equal(work.end(), 0, 'a flow: the worker ends cleanly')
        states = [edges.status_of(client, f'f{i}') for i in range(4)]
        tap.equal([one['state'] for one in states], ['succeeded'] * 4, 'a flow runs for the real server')
        rewards = [[one['data'].get('value') for one in client.get(f'/api/rollouts/f{i}/events?event_type=reward').body] for i in range(4)]
        tap.ok(all(len(one) == 1 and one[0] in (0, 1) for one in rewards), 'a flow: its rewards', rewards)


def workers(tap, python):
    with Original(python) as original, leyden() as ours:
        worker_session(tap, python, original, ours, 'our worker and the real server')
    with leyden() as ours:
        worker_session(tap, python, ours, ours, 'our worker and ours')
    worker_flow(tap, python)


def run(tap, python):
    for test in (synchronous, asynchronous, own_runs, openai_client, pause, mirror, workers):
        test(tap, python)
