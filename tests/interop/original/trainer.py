# SPDX-License-Identifier: GPL-3.0-or-later
"""The trainer's side of a session with Agent Lightning's own rollout managers. Runs in the environment that has the package.

Arguments as JSON: {"url", "key", "model", "endpoint", "mode": "sync" | "async", "questions": [...], "n", "groups", "validation"}.
Prints the completed rollouts as one line of JSON, last.
"""
import json
import sys

from agentlightning.hooks import RolloutHooks
from agentlightning.verl.agl_rollout_manager import AglAsyncRolloutManager, AglRolloutManager


class Hooks(RolloutHooks):
    """Rewards what came before: a hook reads events and posts one."""

    def __init__(self):
        self.failed = []

    def on_succeeded(self, rollout, events, store):
        attempt = rollout.status.last_attempt_id
        rewards = [event.data['value'] for event in events[attempt] if event.event_type == 'reward']
        store.add_event(rollout.rollout_id, attempt, 'reward', {'value': rewards[-1] * 10, 'source': 'hook'})

    def on_failed(self, rollout, store):
        self.failed.append(rollout.status.error_message)


def told(completed):
    return {'id': completed.rollout_id, 'group': completed.data_id, 'state': str(completed.rollout_state.value), 'reward': completed.final_reward,
            'message': completed.error_message, 'events': [event['event_type'] for event in completed.events],
            'queued': completed.enqueue_time, 'running': completed.running_at, 'finished': completed.finished_at,
            'triplets': [{'prompt': one.prompt['token_ids'], 'response': one.response['token_ids'], 'log_probs': one.response['log_probs'],
                          'reward': one.reward, 'server': one.metadata['server']} for one in completed.triplets]}


def drain(client):
    """As the trainer does after each asynchronous collection."""
    client.post_with_retry('/proxy/pause', json={'reason': 'rollout_done step=7'}, timeout=300.0)
    while True:
        response = client.get('/proxy/state')
        response.raise_for_status()
        if int(response.json()['inflight']) <= 0:
            return response.json()


def main():
    options = json.loads(sys.argv[1])
    hooks = Hooks()
    kind = AglRolloutManager if options['mode'] == 'sync' else AglAsyncRolloutManager
    manager = kind(agl_base_url=options['url'], agl_key=options['key'], model=options['model'], step=7, train_rollout_n=options.get('n', 2),
                   rollout_timeout_seconds=options.get('timeout', 120), poll_interval_seconds=0.2, hooks=hooks,
                   local_agent_class=options.get('agent', 'openai_agent:Agent'), local_env_map={'QUESTION': 'input.question', 'TASK': 'input'})
    manager.delete_model()
    registered = manager.register_model([options['endpoint']])
    data = {'question': options['questions']}
    out = {'registered': [one.model_dump() for one in registered]}
    if options['mode'] == 'sync':
        completed = manager.enqueue_and_wait_until_completed(data, is_train=not options.get('validation', False))
    else:
        manager.client.post_with_retry('/proxy/resume')
        completed, carried = manager.enqueue_and_wait_until_group_completed(data, [], is_train=True, target_finished_group_num=options['groups'])
        out['paused'] = drain(manager.client)
        # The next step: what was carried over ends.
        manager.client.post_with_retry('/proxy/resume')
        more, rest = manager.enqueue_and_wait_until_group_completed({}, carried, is_train=True, target_finished_group_num=len(data['question']) - options['groups'])
        out['carried'] = [told(one) for one in more]
        assert not rest
        manager.client.post_with_retry('/proxy/pause', json={'reason': 'end'}, timeout=300.0)
    out['completed'] = [told(one) for one in completed]
    out['failed'] = hooks.failed
    print(json.dumps(out))


if __name__ == '__main__':
    main()
