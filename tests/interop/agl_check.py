# SPDX-License-Identifier: GPL-3.0-or-later
"""How the double of agl-server judges bodies and queries: the lax coercions of Agent Lightning 1.0.0 and its 422 answers."""
import json
import re

from wire import HTTPError

MISSING = object()
# What the original's coercions take for a number of a machine.
SMALL = 2 ** 63
STATES = ('queuing', 'running', 'succeeded', 'failed')
STATE_LIST = "'queuing', 'running', 'succeeded' or 'failed'"
INTEGER = re.compile(r'\s*([+-]?[0-9]+(?:_[0-9]+)*)(?:\.0+)?\s*\Z')
TRUE = {'1', 't', 'y', 'yes', 'on', 'true'}
FALSE = {'0', 'f', 'n', 'no', 'off', 'false'}
MESSAGES = {
    'missing': 'Field required',
    'json_invalid': 'JSON decode error',
    'list_type': 'Input should be a valid list',
    'dict_type': 'Input should be a valid dictionary',
    'model_attributes_type': 'Input should be a valid dictionary or object to extract fields from',
    'string_type': 'Input should be a valid string',
    'int_type': 'Input should be a valid integer',
    'int_parsing': 'Input should be a valid integer, unable to parse string as an integer',
    'int_from_float': 'Input should be a valid integer, got a number with a fractional part',
    'int_parsing_size': 'Unable to parse input string as an integer, exceeded maximum size',
    'bool_type': 'Input should be a valid boolean',
    'bool_parsing': 'Input should be a valid boolean, unable to interpret input',
    'enum': f'Input should be {STATE_LIST}',
    'extra_forbidden': 'Extra inputs are not permitted',
}


class Invalid(HTTPError):
    def __init__(self, items):
        super().__init__(422, items)


class Check:
    """Collects what is wrong; each method gives the value as the original would keep it."""

    def __init__(self):
        self.items = []

    def wrong(self, kind, loc, value, context=None):
        item = {'type': kind, 'loc': list(loc), 'msg': MESSAGES[kind], 'input': value}
        if context:
            item['ctx'] = context
        self.items.append(item)
        return None

    def done(self):
        if self.items:
            raise Invalid(self.items)

    def text(self, value, loc):
        return value if isinstance(value, str) else self.wrong('string_type', loc, value)

    def integer(self, value, loc):
        if isinstance(value, (bool, int)):
            return int(value)
        if isinstance(value, float):
            if not value.is_integer():
                return self.wrong('int_from_float', loc, value)
            return int(value) if abs(value) < SMALL else self.wrong('int_parsing_size', loc, value)
        if isinstance(value, str):
            match = INTEGER.match(value)
            return int(match[1]) if match else self.wrong('int_parsing', loc, value)
        return self.wrong('int_type', loc, value)

    def boolean(self, value, loc):
        if isinstance(value, (bool, int, float)):
            if value in (0, 1):
                return bool(value)
            small = abs(value) < SMALL and value == int(value)
            return self.wrong('bool_parsing' if small else 'bool_type', loc, value)
        if isinstance(value, str):
            if value.lower() in TRUE | FALSE:
                return value.lower() in TRUE
            return self.wrong('bool_parsing', loc, value)
        return self.wrong('bool_type', loc, value)

    def state(self, value, loc):
        return value if value in STATES and isinstance(value, str) else self.wrong('enum', loc, value, {'expected': STATE_LIST})

    def plain(self, value, loc):
        return value if isinstance(value, dict) else self.wrong('dict_type', loc, value)

    def model(self, value, loc):
        return value if isinstance(value, dict) else self.wrong('model_attributes_type', loc, value)

    def optional(self, method, value, loc):
        return None if value is None else method(value, loc)

    def required(self, owner, key, loc):
        if key in owner:
            return owner[key]
        self.wrong('missing', [*loc, key], owner)
        return MISSING

    # ---- Objects ----

    def config(self, value, loc):
        out = {'timeout_seconds': 3600, 'local': None, 'k8s': None}
        if value is None or not isinstance(self.model(value, loc), dict):
            return out
        if 'timeout_seconds' in value:
            out['timeout_seconds'] = self.integer(value['timeout_seconds'], [*loc, 'timeout_seconds'])
        if value.get('local') is not None and isinstance(self.model(value['local'], [*loc, 'local']), dict):
            out['local'] = self.local(value['local'], [*loc, 'local'])
        if value.get('k8s') is not None and isinstance(self.model(value['k8s'], [*loc, 'k8s']), dict):
            out['k8s'] = {'job_template': self.optional(self.text, value['k8s'].get('job_template'), [*loc, 'k8s', 'job_template'])}
        return out

    def local(self, value, loc):
        out = {'agent_class': self.optional(self.text, value.get('agent_class'), [*loc, 'agent_class']), 'env_map': {}}
        if 'env_map' in value and isinstance(self.plain(value['env_map'], [*loc, 'env_map']), dict):
            out['env_map'] = {name: self.text(item, [*loc, 'env_map', name]) for name, item in value['env_map'].items()}
        return out

    def metadata(self, value, loc):
        if value is None:
            value = {}
        if not isinstance(value, dict):
            self.wrong('model_attributes_type', [*loc, 'RolloutMetadata'], value)
            self.wrong('dict_type', [*loc, 'dict[str,any]'], value)
            return None
        known = Check()
        out = {key: known.optional(known.integer, value.get(key), []) for key in ('batch_idx', 'sample_idx_in_batch')}
        if known.items:
            raise TypeError('metadata of the wrong type is a fault of the original')
        out.update((key, item) for key, item in value.items() if key not in out)
        return out

    def rollouts(self, body):
        if not isinstance(body, list):
            self.wrong('list_type', ['body'], body)
            self.done()
        out = []
        for i, item in enumerate(body):
            loc = ['body', i]
            if not isinstance(self.model(item, loc), dict):
                continue
            new = {'input': self.required(item, 'input', loc)}
            new['is_train'] = self.boolean(item['is_train'], [*loc, 'is_train']) if 'is_train' in item else True
            new['config'] = self.config(item.get('config'), [*loc, 'config'])
            metadata = item.get('metadata')
            new['metadata'] = metadata
            if metadata is not None and not isinstance(metadata, dict):
                self.metadata(metadata, [*loc, 'metadata'])
            new['rollout_id'] = self.optional(self.text, item.get('rollout_id'), [*loc, 'rollout_id'])
            out.append(new)
        self.done()
        # The original builds typed metadata only now, when all else was found right.
        for new in out:
            new['metadata'] = self.metadata(new['metadata'], [])
        return out

    def patch(self, body):
        if not isinstance(self.model(body, ['body']), dict):
            self.done()
        status = body.get('status')
        loc = ['body', 'status']
        out = {}
        if status is not None and isinstance(self.model(status, loc), dict):
            for key in ('state', 'k8s_job_name', 'last_attempt_id', 'error_message'):
                if key in status:
                    out[key] = self.optional(self.state if key == 'state' else self.text, status[key], [*loc, key])
            for key in status:
                if key not in ('state', 'k8s_job_name', 'last_attempt_id', 'error_message'):
                    self.wrong('extra_forbidden', [*loc, key], status[key])
        self.done()
        return out

    def event(self, body):
        if not isinstance(self.model(body, ['body']), dict):
            self.done()
        kind = self.required(body, 'event_type', ['body'])
        if kind is not MISSING:
            self.text(kind, ['body', 'event_type'])
        data = self.plain(body['data'], ['body', 'data']) if 'data' in body else {}
        self.done()
        return kind, data

    def models(self, body):
        if not isinstance(body, list):
            self.wrong('list_type', ['body'], body)
            self.done()
        out = []
        for i, item in enumerate(body):
            loc = ['body', i]
            if not isinstance(self.model(item, loc), dict):
                continue
            new = {}
            for key in ('model', 'endpoint'):
                new[key] = self.required(item, key, loc)
                if new[key] is not MISSING:
                    self.text(new[key], [*loc, key])
            new['version'] = self.integer(item['version'], [*loc, 'version']) if 'version' in item else 0
            out.append(new)
        self.done()
        return out

    def pause(self, body):
        if not isinstance(self.model(body, ['body']), dict):
            self.done()
        seconds = self.integer(body['retry_after_seconds'], ['body', 'retry_after_seconds']) if 'retry_after_seconds' in body else 5
        reason = self.optional(self.text, body.get('reason'), ['body', 'reason'])
        self.done()
        return seconds, reason

    # ---- Queries ----

    def query_integer(self, query, key, default):
        values = [value for name, value in query if name == key]
        return self.integer(values[-1], ['query', key]) if values else default

    def query_states(self, query):
        values = [value for name, value in query if name == 'state_in']
        if not values:
            self.wrong('missing', ['query', 'state_in'], None)
        return [self.state(value, ['query', 'state_in', i]) for i, value in enumerate(values)]


def read_body(request):
    """The body as the original sees it: JSON, text when the type says so, or MISSING."""
    if not request.body:
        return MISSING
    kind = request.headers.get('content-type')
    if kind is not None:
        kind = kind.split(';')[0].strip().lower()
        if not re.fullmatch(r'application/(json|[^/]*\+json)', kind):
            return request.body.decode('utf-8', 'replace')
    try:
        text = request.body.decode('utf-8-sig')
    except UnicodeDecodeError:
        raise HTTPError(400, 'There was an error parsing the body') from None
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise Invalid([{'type': 'json_invalid', 'loc': ['body', error.pos], 'msg': MESSAGES['json_invalid'], 'input': {},
                        'ctx': {'error': error.msg}}]) from None


def required_body(value):
    if value is MISSING or value is None:
        raise Invalid([{'type': 'missing', 'loc': ['body'], 'msg': MESSAGES['missing'], 'input': None}])
    return value
