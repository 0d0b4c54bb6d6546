#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A double of a model server as Agent Lightning trains it: OpenAI's wire with token ids and log-probabilities, the same each time.

A token is a byte: the prompt's ids are the bytes of all messages, the answer's those of the answer, so that the next turn of a
conversation begins with exactly what came before. The last message may order a fault:

    fail S N     the first N calls with this text are answered with status S
    status S     always
    html, text, list, broken, empty     an answer that is no JSON object
    slow D       after D ms
    hold         when POST /release has come, which lets all pass from then on
    cut N        the first N calls with this text are cut
    no ids       without token ids and log-probabilities
    tool         a call of the first tool that was offered

GET /log gives each request {"path", "headers", "body", "time"}; DELETE forgets them. `stream` is served when asked for.
"""
import argparse
import json
import os
import re
import signal
import sys
import threading
import time

from wire import Answer, HTTPError, Server

PIECE = 4
HOLD_S = 120


def text_of(message):
    content = message.get('content')
    if isinstance(content, list):
        content = ''.join(part.get('text', '') for part in content if isinstance(part, dict))
    return content or json.dumps(message.get('tool_calls') or '')


def ids_of(text):
    return list(text.encode('utf-8'))


class Upstream(Server):
    def __init__(self, port=0):
        super().__init__(port)
        self.log = []
        self.seen = {}
        self.lock = threading.Lock()
        self.released = threading.Event()

    def handle(self, request):
        if request.url_path == '/log':
            with self.lock:
                if request.command == 'DELETE':
                    self.log, self.seen = [], {}
                return Answer(200, self.log)
        if (request.command, request.url_path) == ('POST', '/release'):
            self.released.set()
            return Answer(204)
        if request.command != 'POST' or not re.fullmatch(r'.*/(chat/)?completions', request.url_path):
            raise HTTPError(404, 'Not Found')
        body = json.loads(request.body)
        messages = body.get('messages') or [{'role': 'user', 'content': str(body.get('prompt', ''))}]
        last = text_of(messages[-1])
        with self.lock:
            self.log.append({'path': request.url_path, 'headers': {name.lower(): value for name, value in request.headers.items()},
                             'body': body, 'time': time.time()})
            self.seen[last] = self.seen.get(last, 0) + 1
            count = self.seen[last]
        fault = self.fault(last, count)
        if fault is not False:
            return fault
        answer = self.answer(body, messages, last, 'chat' in request.url_path)
        if body.get('stream'):
            return self.stream(request, answer)
        return Answer(200, answer)

    def fault(self, last, count):
        """An answer, None to cut, or False for none."""
        if last == 'hold':
            self.released.wait(HOLD_S)
        if match := re.search(r'slow (\d+)', last):
            time.sleep(int(match[1]) / 1000)
        if match := re.search(r'fail (\d+) (\d+)', last):
            if count <= int(match[2]):
                return Answer(int(match[1]), {'error': {'message': 'busy'}})
        if (match := re.search(r'cut (\d+)', last)) and count <= int(match[1]):
            return None
        if match := re.search(r'status (\d+)', last):
            return Answer(int(match[1]), {'error': {'message': last}})
        odd = {'html': (b'<p>no</p>', 'text/html'), 'text': (b'no', 'text/plain'), 'list': (b'[1]', 'application/json'),
               'broken': (b'{"a":', 'application/json'), 'empty': (b'', 'application/json')}
        if last in odd:
            return Answer(200, raw=odd[last][0], content_type=odd[last][1])
        return False

    def answer(self, body, messages, last, chat):
        prompt = ids_of(''.join(map(text_of, messages)))
        reply = f'<{last}>'
        finish = 'stop'
        message = {'role': 'assistant', 'content': reply}
        if body.get('tools') and 'tool' in last:
            name = body['tools'][0]['function']['name']
            message['content'] = None
            message['tool_calls'] = [{'id': 'call-1', 'type': 'function', 'function': {'name': name, 'arguments': '{"expression": "6*7"}'}}]
            reply, finish = text_of(message), 'tool_calls'
        ids = ids_of(reply)
        choice = {'index': 0, 'finish_reason': finish}
        choice.update({'message': message} if chat else {'text': reply})
        out = {'id': 'double-1', 'object': 'chat.completion' if chat else 'text_completion', 'created': 1767225600, 'model': body.get('model'),
               'choices': [choice],
               'usage': {'prompt_tokens': len(prompt), 'completion_tokens': len(ids), 'total_tokens': len(prompt) + len(ids)}}
        if body.get('return_token_ids') and 'no ids' not in last:
            choice['token_ids'] = ids
            (out if chat else choice)['prompt_token_ids'] = prompt
        if body.get('logprobs') and 'no ids' not in last:
            values = [-(one % 16) / 16 for one in ids]
            choice['logprobs'] = {'token_logprobs': values} if not chat else {'content': [
                {'token': chr(one), 'logprob': value, 'bytes': [one], 'top_logprobs': []} for one, value in zip(ids, values)]}
        return out

    def stream(self, request, answer):
        """Chunks of a few tokens, then the usage and the end."""
        choice = answer['choices'][0]
        message = choice['message']
        ids = choice.get('token_ids') or []
        probs = (choice.get('logprobs') or {}).get('content') or []
        base = {'id': answer['id'], 'object': 'chat.completion.chunk', 'created': answer['created'], 'model': answer['model']}
        chunks = [{**base, 'choices': [{'index': 0, 'delta': {'role': 'assistant', 'content': ''}, 'finish_reason': None}],
                   'prompt_token_ids': answer.get('prompt_token_ids')}]
        if message.get('tool_calls'):
            call = message['tool_calls'][0]
            chunks.append({**base, 'choices': [{'index': 0, 'delta': {'tool_calls': [{**call, 'index': 0}]}, 'token_ids': ids, 'finish_reason': None}]})
        else:
            data = message['content'].encode('utf-8')
            for i in range(0, len(data), PIECE):
                part = {'index': 0, 'delta': {'content': data[i:i + PIECE].decode('utf-8', 'replace')}, 'finish_reason': None}
                if ids:
                    part['token_ids'] = ids[i:i + PIECE]
                if probs:
                    part['logprobs'] = {'content': probs[i:i + PIECE]}
                chunks.append({**base, 'choices': [part]})
        chunks.append({**base, 'choices': [{'index': 0, 'delta': {}, 'finish_reason': choice['finish_reason']}]})
        chunks.append({**base, 'choices': [], 'usage': answer['usage']})
        request.send_response(200)
        request.send_header('content-type', 'text/event-stream')
        request.send_header('connection', 'close')
        request.end_headers()
        for chunk in chunks:
            request.wfile.write(b'data: ' + json.dumps(chunk).encode() + b'\n\n')
            request.wfile.flush()
        request.wfile.write(b'data: [DONE]\n\n')
        return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--port', type=int, default=0)
    parser.add_argument('--lifeline', action='store_true', help='end when standard input ends')
    options = parser.parse_args()
    server = Upstream(options.port).start()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    print(json.dumps({'port': server.port, 'pid': os.getpid()}), flush=True)
    if options.lifeline:
        sys.stdin.read()
    else:
        signal.pause()


if __name__ == '__main__':
    main()
