# SPDX-License-Identifier: GPL-3.0-or-later
"""An agent with the real OpenAI client, as Agent Lightning's examples write it. QUESTION as in demo_agent.py."""
import json
import os
import sys

import httpx
from openai import OpenAI


class Agent:
    def run(self):
        question = os.environ['QUESTION']
        assert json.loads(os.environ['TASK']) == {'question': question}
        if question.startswith('exit '):
            sys.exit(int(question.split()[1]))
        client = OpenAI(base_url=os.environ['AGL_OPENAI_BASE_URL'], api_key=os.environ['AGL_KEY'], max_retries=6)
        messages = [{'role': 'user', 'content': question}]
        answer = client.chat.completions.create(model='auto', messages=messages)
        text = answer.choices[0].message.content
        if question == 'twice':
            messages += [{'role': 'assistant', 'content': text}, {'role': 'user', 'content': 'and then?'}]
            client.chat.completions.create(model='auto', messages=messages)
        response = httpx.post(os.environ['AGL_EVENT_URL'], json={'event_type': 'reward', 'data': {'value': float(question in text)}},
                              headers={'Authorization': f'Bearer {os.environ["AGL_KEY"]}'}, timeout=15)
        response.raise_for_status()
