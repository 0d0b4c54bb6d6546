# SPDX-License-Identifier: GPL-3.0-or-later
"""An agent as Agent Lightning's controllers start it, with nothing but the standard library.

QUESTION says what it does: "exit N", "hang", "crash", "twice" (two turns of one conversation), "read" (it looks its own input up), else one
call. The reward is 1 if the model answered with the question in it.
"""
import json
import os
import re
import sys
import time
import urllib.error
import urllib.request

TRIES = 60


def ask(url, body=None):
    """As an OpenAI client does: again on 408, 409, 429 and from 500 on, when the server says so."""
    for last in [False] * (TRIES - 1) + [True]:
        request = urllib.request.Request(url, json.dumps(body).encode() if body is not None else None, {
            'Content-Type': 'application/json', 'Authorization': f'Bearer {os.environ["AGL_KEY"]}'})
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            if last or not (error.code in (408, 409, 429) or error.code >= 500):
                raise
            time.sleep(min(float(error.headers.get('retry-after') or 0.2), 1))
        except OSError:
            if last:
                raise
            time.sleep(0.2)


class Agent:
    def run(self):
        question = os.environ['QUESTION']
        if match := re.match(r'exit (\d+)', question):
            sys.exit(int(match[1]))
        if question == 'hang':
            time.sleep(600)
        if question == 'crash':
            raise RuntimeError('the agent fails')
        url = os.environ['AGL_OPENAI_BASE_URL'] + '/chat/completions'
        messages = [{'role': 'user', 'content': question}]
        text = self.turn(url, messages)
        if question == 'twice':
            messages += [{'role': 'assistant', 'content': text}, {'role': 'user', 'content': 'and then?'}]
            self.turn(url, messages)
        value = float(question in text)
        if question == 'read':
            base = os.environ['AGL_EVENT_URL'].split('/attempt/')[0]
            value = float(ask(base)['rollout']['input']['question'] == question) * 2
        ask(os.environ['AGL_EVENT_URL'], {'event_type': 'reward', 'data': {'value': value, 'source': 'agent'}})

    def turn(self, url, messages):
        return ask(url, {'model': 'auto', 'messages': messages})['choices'][0]['message']['content']


class AsyncAgent(Agent):
    async def run(self):
        super().run()
