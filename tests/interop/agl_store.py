# SPDX-License-Identifier: GPL-3.0-or-later
"""Rollouts, events and models of the double of agl-server, all in memory as in the original, and the trainer's view of events."""
import math
import threading
import time
import uuid

from wire import HTTPError

TRANSITIONS = {'queuing': ('running', 'failed'), 'running': ('succeeded', 'failed'), 'succeeded': (), 'failed': ()}
TERMINAL = ('succeeded', 'failed')


class Store:
    def __init__(self):
        self.lock = threading.RLock()
        self.clear()

    def clear(self):
        """What a restart of the original does."""
        self.rollouts, self.events, self.models, self.terminal = {}, {}, {}, []

    def find(self, rollout_id):
        with self.lock:
            if rollout_id not in self.rollouts:
                raise HTTPError(404, f'Rollout not found: {rollout_id}')
            return self.rollouts[rollout_id]

    def create(self, new):
        out = []
        for item in new:
            rollout_id = item['rollout_id'] or uuid.uuid4().hex
            if rollout_id not in self.rollouts:
                now = time.time()
                self.rollouts[rollout_id] = {
                    'rollout_id': rollout_id, 'input': item['input'], 'is_train': item['is_train'], 'config': item['config'],
                    'metadata': item['metadata'],
                    'status': {'state': 'queuing', 'k8s_job_name': None, 'last_attempt_id': None, 'error_message': None, 'version': 1,
                               'created_at': now, 'updated_at': now}}
                self.events[rollout_id] = {}
            out.append(self.rollouts[rollout_id])
        return out

    def patch(self, rollout_id, changes):
        rollout = self.find(rollout_id)
        if not changes:
            return rollout
        status = rollout['status']
        if 'state' in changes and changes['state'] not in TRANSITIONS[status['state']]:
            raise HTTPError(409, f'Rollout {rollout_id}: cannot transition {status["state"]} -> {changes["state"]}')
        rollout['status'] = {**status, **changes, 'version': status['version'] + 1, 'updated_at': time.time()}
        if changes.get('state') in TERMINAL:
            self.terminal.append(rollout_id)
        return rollout

    def delete(self, rollout_id):
        self.rollouts.pop(rollout_id, None)
        self.events.pop(rollout_id, None)

    def attempts(self, rollout_id):
        attempts = self.events.get(rollout_id, {})
        return sorted(attempts, key=lambda attempt: attempts[attempt][0]['timestamp'])

    def page(self, after, limit):
        after, limit = max(after, 0), max(limit, 1)
        ids = self.terminal[after:after + limit]
        items = [{'rollout_id': one, 'state': self.rollouts[one]['status']['state'], 'data_id': data_id(self.rollouts[one]['input']),
                  'is_train': self.rollouts[one]['is_train']} for one in ids if one in self.rollouts]
        return {'items': items, 'next_after': after + len(ids), 'total_terminal': len(self.terminal)}

    def add_event(self, rollout_id, attempt, kind, data):
        with self.lock:
            self.find(rollout_id)
            event = {'event_type': kind, 'rollout_id': rollout_id, 'attempt_id': attempt, 'timestamp': time.time(), 'data': data}
            self.events[rollout_id].setdefault(attempt, []).append(event)
            return event

    def query(self, rollout_id, kind, triplets):
        attempt = self.find(rollout_id)['status']['last_attempt_id'] or '0'
        events = [event for event in self.events[rollout_id].get(attempt, []) if kind is None or event['event_type'] == kind]
        return dedupe([triplet(event) for event in events]) if triplets else events


def data_id(value):
    return str(value.get('data_id') or value.get('instance_id') or '') if isinstance(value, dict) else ''


# ---- What a trainer reads ----

def log_probs(choice):
    given = choice.get('logprobs')
    if not isinstance(given, dict):
        return None
    if isinstance(given.get('content'), list):
        values = [item['logprob'] if isinstance(item, dict) and 'logprob' in item else None for item in given['content']]
    elif isinstance(given.get('token_logprobs'), list):
        values = given['token_logprobs']
    else:
        return None
    try:
        values = [float(value) for value in values]
    except (TypeError, ValueError):
        return None
    return values if all(map(math.isfinite, values)) else None


def model_request(data):
    response = data.get('response')
    prompt, ids, probs = [], [], None
    if isinstance(response, dict):
        prompt = response.get('prompt_token_ids', [])
        choices = response.get('choices', [])
        if choices:
            prompt = prompt or choices[0].get('prompt_token_ids', [])
            ids = choices[0].get('token_ids', [])
            probs = log_probs(choices[0])
    elif isinstance(response, list):
        for chunk in response:
            prompt = prompt or chunk.get('prompt_token_ids') or []
            choices = chunk.get('choices', [])
            ids = ids + ((choices[0].get('token_ids') or []) if choices else [])
    server = data.get('server', {})
    out = {'prompt_token_ids': prompt, 'response_token_ids': ids, 'response_log_probs': probs,
           'server': {'model': server.get('model'), 'version': server.get('version')}}
    out.update((key, data[key]) for key in ('http_status', 'status') if key in data)
    if isinstance(response, dict) and 'error' in response:
        out['error'] = response['error']
    return out


def triplet(event):
    if event['event_type'] == 'reward':
        data = {'value': event['data'].get('value')}
        data.update((key, event['data'][key]) for key in ('source', 'reason') if key in event['data'])
    elif event['event_type'] == 'model_request':
        data = model_request(event['data'])
    else:
        return event
    return {**event, 'data': data}


def dedupe(events):
    """Of calls with equal prompt ids the last stays; all that have none share one key."""
    last = {}
    for i, event in enumerate(events):
        if event['event_type'] == 'model_request':
            ids = event['data']['prompt_token_ids']
            last[tuple(ids) if isinstance(ids, list) else ()] = i
    kept = set(last.values())
    return [event for i, event in enumerate(events) if event['event_type'] != 'model_request' or i in kept]
