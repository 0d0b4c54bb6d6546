# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for the fixtures of Agent Lightning's own endpoint tests, so that they ask a running `leydenctl serve` over HTTP.

Those tests replace one function of the original's proxy by an upstream of theirs. Here a real model server on loopback is registered
instead of the one that they name, and calls that function for its answer.
"""
import asyncio
import json
import threading
import traceback

import agentlightning.server.proxy as original_proxy
import httpx
import pytest
from peers import MODEL, Leyden
from wire import Answer, Server

MODEL_NAME = MODEL
AGL_KEY = 'test-secret-key'
NAMED = 'http://model.test/v1'


class Bridge(Server):
    def __init__(self):
        super().__init__()
        self.errors = []

    def handle(self, request):
        url = NAMED + request.url_path.removeprefix('/v1')
        try:
            answer = asyncio.run(original_proxy._send_upstream_with_retries(client=None, url=url, body=json.loads(request.body)))
        except BaseException:
            self.errors.append(traceback.format_exc())
            return Answer(418, {'error': 'the upstream of the test failed'})
        return Answer(answer.status_code, raw=answer.content, content_type=answer.headers['content-type'])


@pytest.fixture
def bridge():
    server = Bridge()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
    assert not server.errors, server.errors[0]


@pytest.fixture
def client(bridge):
    with Leyden('--proxy-model', MODEL, '--val-temperature', '0', key=AGL_KEY) as server:
        class Client(httpx.Client):
            def post(self, url, **arguments):
                if url == '/api/models':
                    arguments['json'] = [{**one, 'endpoint': one['endpoint'].replace(NAMED, f'{bridge.url}/v1')} for one in arguments['json']]
                return super().post(url, **arguments)
        with Client(base_url=server.url, follow_redirects=True, timeout=30) as client:
            yield client


@pytest.fixture
def auth_headers():
    return {'Authorization': f'Bearer {AGL_KEY}'}
