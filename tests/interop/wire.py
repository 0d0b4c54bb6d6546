# SPDX-License-Identifier: GPL-3.0-or-later
"""What the doubles of Agent Lightning's programs and their tests share: a small HTTP server and client, and the output of a test.

Only the standard library is used, so that the doubles run wherever Python 3 is.
"""
import http.client
import http.server
import json
import re
import sys
import threading
import urllib.parse


class HTTPError(Exception):
    """An answer that ends the handling of a request."""

    def __init__(self, status, detail, headers=()):
        super().__init__(f'{status} {detail}')
        self.status = status
        self.body = {'detail': detail}
        self.headers = dict(headers)


class Answer:
    def __init__(self, status=200, body=None, headers=None, raw=None, content_type='application/json'):
        self.status = status
        self.raw = raw if raw is not None else b'' if status == 204 else dumps(body)
        self.headers = headers or {}
        self.content_type = content_type


def finite(value):
    """The value with null for each number that JSON does not have."""
    if isinstance(value, float) and (value != value or value in (float('inf'), float('-inf'))):
        return None
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [finite(item) for item in value]
    return value


def dumps(value):
    return json.dumps(finite(value), ensure_ascii=False, separators=(',', ':'), allow_nan=False).encode('utf-8')


class Handler(http.server.BaseHTTPRequestHandler):
    """Reads a request whole and hands it to `self.server.handle (request)`, which gives an Answer or raises."""
    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True

    def __getattr__(self, name):
        if name.startswith('do_'):
            return self.answer_request
        raise AttributeError(name)

    def read_body(self):
        if self.headers.get('transfer-encoding', '').lower() == 'chunked':
            parts = []
            while size := int(self.rfile.readline().split(b';')[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return b''.join(parts)
        return self.rfile.read(int(self.headers.get('content-length') or 0))

    def answer_request(self):
        # A request line that urlsplit would take for an authority is a path here.
        target, _, query = self.path.partition('?')
        self.raw_path = target
        self.url_path = urllib.parse.unquote(target)
        self.query = urllib.parse.parse_qsl(query, keep_blank_values=True)
        self.query_text = query
        self.body = self.read_body()
        try:
            answer = self.server.handle(self)
        except HTTPError as error:
            answer = Answer(error.status, error.body, error.headers)
        except (ConnectionError, BrokenPipeError):
            self.close_connection = True
            return
        except Exception as error:  # what the original answers with 500
            print(f'{self.command} {self.path}: {error!r}', file=sys.stderr)
            answer = Answer(500, raw=b'Internal Server Error', content_type='text/plain; charset=utf-8')
        if answer is None:
            self.close_connection = True
        else:
            self.send_answer(answer)

    def send_answer(self, answer):
        try:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.status != 204:
                self.send_header('content-length', str(len(answer.raw)))
                if answer.content_type:
                    self.send_header('content-type', answer.content_type)
            self.end_headers()
            self.wfile.write(answer.raw)
        except OSError:
            self.close_connection = True

    def log_message(self, format, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, port=0, handler=Handler, host='127.0.0.1'):
        super().__init__((host, port), handler)

    @property
    def port(self):
        return self.server_address[1]

    @property
    def url(self):
        return f'http://{self.server_address[0]}:{self.port}'

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def start(self):
        threading.Thread(target=self.serve_forever, kwargs={'poll_interval': 0.05}, daemon=True).start()
        return self


class Reply:
    def __init__(self, status, headers, raw):
        self.status = status
        self.headers = headers
        self.raw = raw
        try:
            self.body = json.loads(raw) if raw else None
        except ValueError:
            self.body = None

    @property
    def text(self):
        return self.raw.decode('utf-8', 'replace')


class Client:
    """One connection that is kept and made again when it was closed; a key goes as Bearer."""

    def __init__(self, url, key='', timeout=60):
        self.url = url.rstrip('/')
        parts = urllib.parse.urlsplit(self.url)
        self.host, self.port, self.base = parts.hostname, parts.port, parts.path
        self.key = key
        self.timeout = timeout
        self.connection = None

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None

    def ask(self, method, path, body=None, raw=None, headers=None, content_type='application/json'):
        """`body` goes as JSON, `raw` as the bytes that it is."""
        data = raw.encode('utf-8', 'surrogatepass') if isinstance(raw, str) else raw
        if data is None and body is not None:
            data = json.dumps(body).encode('utf-8')
        lines = {'Authorization': f'Bearer {self.key}'} if self.key else {}
        if data is not None and content_type:
            lines['Content-Type'] = content_type
        lines.update(headers or {})
        lines = {name: value for name, value in lines.items() if value is not None}
        for last in (False, True):
            fresh = self.connection is None
            try:
                if fresh:
                    self.connection = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)
                self.connection.request(method, self.base + path, data, lines)
                response = self.connection.getresponse()
                reply = Reply(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
                if response.will_close:
                    self.close()
                return reply
            except (http.client.HTTPException, OSError):
                self.close()
                # A kept connection may have been closed meanwhile; a new one that fails says something.
                if fresh or last:
                    raise

    def get(self, path):
        return self.ask('GET', path)

    def post(self, path, body=None):
        return self.ask('POST', path, body)


class Tap:
    """A line for each case in the form that the test runner counts. Any thread."""

    def __init__(self):
        self.lock = threading.RLock()
        self.n = self.failed = 0
        self.reasons = []

    def ok(self, condition, name, detail=''):
        with self.lock:
            self.n += 1
            name = re.sub(r'[#\n\r\0]', '?', name)
            print(f'{"ok" if condition else "not ok"} {self.n} - {name}', flush=True)
            if not condition:
                self.failed += 1
                for line in str(detail).splitlines() or ['']:
                    print(f'# {line[:2000]}', flush=True)
        return condition

    def equal(self, got, expected, name):
        return self.ok(got == expected, name, f'expected {expected!r}\ngot      {got!r}')

    def skip(self, name, reason):
        with self.lock:
            self.n += 1
            self.reasons.append(reason)
            print(f'ok {self.n} - {name} # SKIP {reason}', flush=True)

    def end(self):
        print(f'1..{self.n}', flush=True)
        return 1 if self.failed or not self.n else 0
