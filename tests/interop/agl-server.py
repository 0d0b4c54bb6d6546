#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A double of Agent Lightning 1.0.0's agl-server for tests, written from the description of its wire, faults included.

Prints one line {"port", "pid"} when it listens on loopback. It ends on SIGTERM, or with --lifeline when its standard input ends. For
tests of clients it has a side door without key, which the original has not:

    POST /double/faults [{"path": REGEX, "method": M, "times": N, "status": S, "headers": {}, "delay_ms": D, "cut": true}]
        the next N requests that match wait D, are answered with S, or are cut; replaces what was set, [] ends it
    GET /double/requests     {"method", "path", "query", "status", "time"} of each request so far; DELETE forgets them
    POST /double/restart     forgets all that the original keeps in memory
"""
import argparse
import json
import os
import re
import signal
import sys
import threading
import time

import agl_check
from agl_proxy import Proxy
from agl_store import Store
from wire import Answer, HTTPError, Server

ROUTES = []


def route(methods, pattern):
    def add(function):
        ROUTES.append((methods, re.compile(pattern + r'\Z', re.DOTALL), function))
        return function
    return add


class AglServer(Server):
    def __init__(self, options):
        super().__init__(options.port, host=options.host)
        self.key = options.key
        self.store = Store()
        self.proxy = Proxy(self.store, options.model, options.train_temperature, options.val_temperature, not options.no_log_probs,
                           options.proxy_timeout, options.retry_scale)
        self.faults = []
        self.requests = []
        self.side_lock = threading.Lock()

    def handle(self, request):
        if request.url_path.startswith('/double/'):
            return side_door(self, request)
        answer = self.fault(request)
        if answer is False:
            answer = self.route(request)
        return answer

    def fault(self, request):
        """An Answer, None to cut the connection, or False."""
        with self.side_lock:
            entry = {'method': request.command, 'path': request.url_path, 'query': request.query_text, 'time': time.time()}
            self.requests.append(entry)
            fault = next((one for one in self.faults if one['times'] > 0 and one.get('method', request.command) == request.command
                          and re.search(one.get('path', ''), request.url_path)), None)
            if fault:
                fault['times'] -= 1
        if not fault:
            return False
        time.sleep(fault.get('delay_ms', 0) / 1000)
        if fault.get('cut'):
            return None
        if 'status' not in fault:
            return False
        return Answer(fault['status'], {'detail': 'fault of the test'}, fault.get('headers'))

    def route(self, request):
        allowed = None
        for methods, pattern, function in ROUTES:
            match = pattern.match(request.url_path)
            if match and request.command in methods:
                return function(self, request, *match.groups())
            # The original names the methods of the first route only.
            allowed = allowed or (match and methods)
        if allowed:
            raise HTTPError(405, 'Method Not Allowed', {'allow': ', '.join(allowed)})
        stripped = request.url_path[:-1]
        if request.url_path.endswith('/') and any(pattern.match(stripped) for _, pattern, _ in ROUTES):
            query = f'?{request.query_text}' if request.query_text else ''
            location = f'http://{request.headers.get("host")}{request.raw_path[:-1]}{query}'
            return Answer(307, raw=b'', headers={'location': location}, content_type=None)
        raise HTTPError(404, 'Not Found')

    def authorize(self, request):
        given = request.headers.get('authorization', '')
        if self.key and given != f'Bearer {self.key}' and request.headers.get('x-api-key', '') != self.key:
            raise HTTPError(401, 'Invalid or missing API key')

    def body(self, request):
        """The body is decoded before the key is looked at."""
        value = agl_check.read_body(request)
        self.authorize(request)
        return agl_check.required_body(value)


@route(['GET'], '/healthz')
def healthz(self, request):
    return Answer(200, {'status': 'ok'})


@route(['GET'], '/openapi.json')
def openapi(self, request):
    paths = {}
    for methods, pattern, function in ROUTES:
        names = iter(re.findall(r'\(\?#(\w+)\)', pattern.pattern))
        text = re.sub(r'\(\?#\w+\)\([^)]*\)', lambda _: '{' + next(names) + '}', pattern.pattern[:-2])
        for method in methods:
            paths.setdefault(text, {})[method.lower()] = {'operationId': function.__name__}
    return Answer(200, {'openapi': '3.1.0', 'info': {'title': 'Agent Lightning', 'version': '1.0.0'}, 'paths': paths})


@route(['POST'], '/api/rollouts')
def create_rollouts(self, request):
    new = agl_check.Check().rollouts(self.body(request))
    with self.store.lock:
        return Answer(201, self.store.create(new))


@route(['GET'], '/api/rollouts')
def list_rollouts(self, request):
    self.authorize(request)
    check = agl_check.Check()
    states = check.query_states(request.query)
    limit = check.query_integer(request.query, 'limit', 500)
    check.done()
    with self.store.lock:
        return Answer(200, [one for one in self.store.rollouts.values() if one['status']['state'] in states][:limit])


@route(['GET'], '/api/rollouts/terminal')
def terminal(self, request):
    self.authorize(request)
    check = agl_check.Check()
    after = check.query_integer(request.query, 'after', 0)
    limit = check.query_integer(request.query, 'limit', 1000)
    check.done()
    with self.store.lock:
        return Answer(200, self.store.page(after, limit))


@route(['GET'], '/api/rollouts/(?#rollout_id)([^/]+)')
def get_rollout(self, request, rollout_id):
    self.authorize(request)
    with self.store.lock:
        return Answer(200, {'rollout': self.store.find(rollout_id), 'attempts': self.store.attempts(rollout_id)})


@route(['PATCH'], '/api/rollouts/(?#rollout_id)([^/]+)')
def patch_rollout(self, request, rollout_id):
    changes = agl_check.Check().patch(self.body(request))
    with self.store.lock:
        return Answer(200, self.store.patch(rollout_id, changes))


@route(['DELETE'], '/api/rollouts/(?#rollout_id)([^/]+)')
def delete_rollout(self, request, rollout_id):
    self.authorize(request)
    with self.store.lock:
        self.store.delete(rollout_id)
    return Answer(204)


@route(['POST'], '/api/rollouts/(?#rollout_id)([^/]+)/attempt/(?#attempt_id)([^/]+)/events')
def post_event(self, request, rollout_id, attempt):
    kind, data = agl_check.Check().event(self.body(request))
    return Answer(200, self.store.add_event(rollout_id, attempt, kind, data))


@route(['GET'], '/api/rollouts/(?#rollout_id)([^/]+)/events')
def get_events(self, request, rollout_id):
    self.authorize(request)
    values = dict(request.query)
    with self.store.lock:
        return Answer(200, self.store.query(rollout_id, values.get('event_type'), values.get('format') == 'triplet'))


@route(['POST'], '/api/models')
def register_models(self, request):
    models = agl_check.Check().models(self.body(request))
    with self.store.lock:
        for one in models:
            self.store.models.setdefault(one['model'], {})[one['endpoint']] = one
    return Answer(201, models)


@route(['DELETE'], '/api/models')
def delete_models(self, request):
    self.authorize(request)
    with self.store.lock:
        self.store.models.clear()
    return Answer(200, {'status': 'ok'})


@route(['POST'], '/proxy/rollout/(?#rollout_id)([^/]+)/attempt/(?#attempt_id)([^/]+)/mode/(?#mode)([^/]+)/openai/v1/(?#path)(.*)')
def proxy(self, request, rollout_id, attempt, mode, path):
    self.authorize(request)
    return self.proxy.call(rollout_id, attempt, mode, path, request.body)


@route(['POST'], '/proxy/pause')
def pause(self, request):
    return Answer(200, self.proxy.pause(*agl_check.Check().pause(self.body(request))))


@route(['POST'], '/proxy/resume')
def resume(self, request):
    self.authorize(request)
    return Answer(200, self.proxy.resume())


@route(['GET'], '/proxy/state')
def proxy_state(self, request):
    self.authorize(request)
    return Answer(200, self.proxy.state())


def side_door(self, request):
    call = (request.command, request.url_path)
    with self.side_lock:
        if call == ('POST', '/double/faults'):
            self.faults = [{'times': 1, **fault} for fault in json.loads(request.body)]
            return Answer(200, self.faults)
        if call == ('GET', '/double/requests'):
            return Answer(200, self.requests)
        if call == ('DELETE', '/double/requests'):
            self.requests = []
            return Answer(204)
        if call == ('POST', '/double/restart'):
            with self.store.lock:
                self.store.clear()
            self.proxy.resume()
            return Answer(204)
    raise HTTPError(404, 'Not Found')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--port', type=int, default=0)
    parser.add_argument('--host', default='127.0.0.1')
    parser.add_argument('--key', default='', help='empty: no authentication, as in the original')
    parser.add_argument('--model', default='Qwen/Qwen2.5-7B-Instruct')
    parser.add_argument('--train-temperature', default='1')
    parser.add_argument('--val-temperature', default='0.7')
    parser.add_argument('--no-log-probs', action='store_true')
    parser.add_argument('--proxy-timeout', type=float, default=300, help='seconds a try of an upstream call')
    parser.add_argument('--retry-scale', type=float, default=1, help='factor on the pauses between tries')
    parser.add_argument('--lifeline', action='store_true', help='end when standard input ends')
    server = AglServer(parser.parse_args())
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    server.start()
    print(json.dumps({'port': server.port, 'pid': os.getpid()}), flush=True)
    if '--lifeline' in sys.argv:
        sys.stdin.read()
    else:
        signal.pause()


if __name__ == '__main__':
    main()
