# SPDX-License-Identifier: GPL-3.0-or-later
"""The model proxy of the double of agl-server: choice of a server, forced parameters, tries, pause, and the event of each call."""
import hashlib
import http.client
import json
import random
import threading
import time
import urllib.parse

from wire import Answer, HTTPError

MAX_TRIES = 6
UPSTREAM_CONNECTIONS = 100


class TransportError(Exception):
    pass


class Proxy:
    def __init__(self, store, model, train_temperature, val_temperature, include_log_probs, timeout, retry_scale):
        self.store = store
        self.model = model
        self.temperature = {'train': float(train_temperature), 'val': float(val_temperature)}
        self.include_log_probs = include_log_probs
        self.timeout = timeout
        self.retry_scale = retry_scale
        self.lock = threading.Lock()
        self.connections = threading.Semaphore(UPSTREAM_CONNECTIONS)
        self.paused = False
        self.retry_after = 5
        self.reason = None
        self.inflight = 0

    def state(self):
        return {'paused': self.paused, 'retry_after_seconds': self.retry_after, 'reason': self.reason, 'inflight': self.inflight}

    def pause(self, seconds, reason):
        with self.lock:
            self.paused, self.retry_after, self.reason = True, seconds, reason
            return self.state()

    def resume(self):
        with self.lock:
            self.paused, self.reason = False, None
            return self.state()

    def choose(self, rollout_id):
        servers = self.store.models.get(self.model, {})
        if not servers:
            raise HTTPError(503, f"No servers available for model '{self.model}'")
        index = int.from_bytes(hashlib.sha256(rollout_id.encode('utf-8')).digest()[:8], 'big') % len(servers)
        return servers[sorted(servers)[index]]

    def force(self, body, mode):
        body = {**body, 'model': self.model, 'temperature': self.temperature[mode], 'return_token_ids': True}
        if mode == 'train' and self.include_log_probs:
            body['logprobs'] = True
        return body

    def call(self, rollout_id, attempt, mode, path, raw):
        if mode not in self.temperature:
            raise HTTPError(404, f'Unsupported proxy mode: {mode}')
        if path not in ('chat/completions', 'completions'):
            raise HTTPError(404, f'Unsupported upstream path: {path}')
        self.store.find(rollout_id)
        try:
            body = json.loads(raw) if raw else {}
        except json.JSONDecodeError:
            raise HTTPError(400, 'Invalid JSON in request body') from None
        with self.store.lock:
            server = self.choose(rollout_id)
        body = self.force(body, mode)
        with self.lock:
            if self.paused:
                text = json.dumps({'error': 'gateway paused', 'reason': self.reason})
                return Answer(429, raw=text.encode(), headers={'retry-after': str(self.retry_after), 'x-agl-paused': 'true'})
            self.inflight += 1
        try:
            if body.get('stream', False):
                raise HTTPError(400, 'Streaming responses are not supported')
            return self.forward(rollout_id, attempt, path, body, server)
        finally:
            with self.lock:
                self.inflight -= 1

    def forward(self, rollout_id, attempt, path, body, server):
        started = time.monotonic()
        # An upstream gets JSON or nothing: NaN is a fault here.
        data = json.dumps(body, ensure_ascii=False, separators=(',', ':'), allow_nan=False).encode('utf-8')
        status, kind, text, retries = self.tries(f'{server["endpoint"].rstrip("/")}/{path}', data)
        response = json.loads(text) if kind.startswith('application/json') else {}
        usage, choices = response.get('usage'), response.get('choices')
        first = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
        finish = first.get('finish_reason')
        self.store.add_event(rollout_id, attempt, 'model_request', {
            'model': server['model'], 'model_version': server['version'], 'request': body, 'response': response,
            'server': {key: server[key] for key in ('model', 'endpoint', 'version')},
            'latency_ms': (time.monotonic() - started) * 1000, 'http_status': status, 'status': 'ok' if status < 400 else 'error',
            'retry_count': retries, 'usage': usage if isinstance(usage, dict) else None,
            'finish_reason': finish if isinstance(finish, str) and finish else None})
        return Answer(status, raw=json.dumps(response, ensure_ascii=False, separators=(',', ':'), allow_nan=False).encode('utf-8'))

    def tries(self, url, data):
        for k in range(MAX_TRIES):
            last = k == MAX_TRIES - 1
            try:
                status, kind, text = self.send(url, data)
                if last or not (status in (408, 409, 429) or status >= 500):
                    return status, kind, text, k
            except TimeoutError:
                if last:
                    raise HTTPError(504, 'Upstream model server timed out') from None
            except TransportError:
                if last:
                    raise HTTPError(502, 'Upstream model server request failed') from None
            time.sleep(min(0.5 * 2 ** k, 8) * random.uniform(0.75, 1.25) * self.retry_scale)
        raise AssertionError

    def send(self, url, data):
        parts = urllib.parse.urlsplit(url)
        if parts.scheme != 'http' or not parts.hostname:
            raise TransportError(url)
        with self.connections:
            connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=self.timeout)
            try:
                connection.request('POST', parts.path or '/', data, {
                    'content-type': 'application/json', 'accept': '*/*', 'accept-encoding': 'identity', 'connection': 'keep-alive'})
                response = connection.getresponse()
                return response.status, response.getheader('content-type', ''), response.read()
            except TimeoutError:
                raise
            except (OSError, http.client.HTTPException) as error:
                raise TransportError(error) from error
            finally:
                connection.close()
