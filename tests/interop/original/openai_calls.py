# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls, streams and tools of the real OpenAI client at AGL_OPENAI_BASE_URL. Prints what it got as one line of JSON."""
import json
import os

import openai

client = openai.OpenAI(base_url=os.environ['AGL_OPENAI_BASE_URL'], api_key=os.environ['AGL_KEY'], max_retries=6)
TOOLS = [{'type': 'function', 'function': {'name': 'calculator', 'parameters': {'type': 'object', 'properties': {'expression': {'type': 'string'}}}}}]


def user(text):
    return [{'role': 'user', 'content': text}]


out = {}
answer = client.chat.completions.create(model='auto', messages=user('plain'))
out['plain'] = [answer.choices[0].message.content, answer.usage.total_tokens, len(answer.choices[0].logprobs.content)]
out['completion'] = client.completions.create(model='auto', prompt='legacy').choices[0].text

with client.chat.completions.create(model='auto', messages=user('a stream of words'), stream=True) as stream:
    chunks = list(stream)
out['stream'] = [''.join(chunk.choices[0].delta.content or '' for chunk in chunks if chunk.choices), len(chunks) > 3]

messages = user('use the tool')
answer = client.chat.completions.create(model='auto', messages=messages, tools=TOOLS)
call = answer.choices[0].message.tool_calls[0]
out['tool'] = [call.function.name, json.loads(call.function.arguments), answer.choices[0].finish_reason]
messages += [answer.choices[0].message.model_dump(exclude_none=True), {'role': 'tool', 'tool_call_id': call.id, 'content': '42'}]
out['tool answer'] = client.chat.completions.create(model='auto', messages=messages, tools=TOOLS).choices[0].message.content

arguments = ''
with client.chat.completions.create(model='auto', messages=user('tool in a stream'), tools=TOOLS, stream=True) as stream:
    for chunk in stream:
        if chunk.choices and chunk.choices[0].delta.tool_calls:
            arguments += chunk.choices[0].delta.tool_calls[0].function.arguments
out['streamed tool'] = json.loads(arguments)

out['retried'] = client.chat.completions.create(model='auto', messages=user('fail 503 1')).choices[0].message.content
try:
    client.chat.completions.create(model='auto', messages=user('status 400'))
except openai.BadRequestError as error:
    out['refused'] = [error.status_code, error.body]
with openai.OpenAI(base_url=os.environ['AGL_OPENAI_BASE_URL'], api_key='wrong', max_retries=0) as other:
    try:
        other.chat.completions.create(model='auto', messages=user('x'))
    except openai.AuthenticationError as error:
        out['wrong key'] = error.body
print(json.dumps(out))
