# SPDX-License-Identifier: GPL-3.0-or-later
"""Other people's programs that Leyden takes figures from: the OpenTelemetry SDK sends it spans, MLflow's and Prometheus' servers are asked by it.

Each is installed into the throw-away folder (from the Python index; Prometheus from Debian's) and left out where that is not reachable."""
import concurrent.futures
import os
import pathlib
import subprocess
import time

from peers import HERE, Leyden, Peer, free_port, wait_for
from wire import Client

INSTALL_S = 480


def install(root, base, name, requirements):
    """The Python of an environment of its own, or None and why not."""
    folder = pathlib.Path(root, name)
    subprocess.run([base, '-m', 'venv', str(folder)], check=True, capture_output=True)
    python = str(folder / 'bin' / 'python3')
    try:
        done = subprocess.run([python, '-m', 'pip', '--disable-pip-version-check', '--retries', '1', '--timeout', '20', 'install', '--quiet', *requirements],
                              capture_output=True, text=True, timeout=INSTALL_S, check=False)
    except subprocess.TimeoutExpired:
        return None, f'pip did not end within {INSTALL_S} s'
    if done.returncode:
        return None, (done.stderr.strip().splitlines() or ['no reason'])[-1][:300]
    return python, ''


def ask(client, question):
    return client.post('/leyden/v1/insights/query', {'queries': [question]}).body['results'][0]


# --- OpenTelemetry: a program with the SDK, and nothing of ours in it ---

def opentelemetry(tap, root, base):
    python, reason = install(root, base, 'opentelemetry', ['opentelemetry-sdk>=1.30', 'opentelemetry-exporter-otlp-proto-http>=1.30'])
    if not python:
        tap.skip('OpenTelemetry SDK', reason)
        return
    with Leyden() as ours:
        client = Client(ours.url, ours.key)
        environment = {**os.environ, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT': f'{ours.url}/v1/traces', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS': f'x-api-key={ours.key}'}
        for argument in ('', '--gzip', '--late'):
            ended = subprocess.run([python, '-B', str(HERE / 'otlp_agent.py'), *([argument] if argument else [])], env=environment, capture_output=True,
                                   text=True, timeout=60, check=False)
            check_trace(tap, client, f'OpenTelemetry SDK {argument}', ended)


def check_trace(tap, client, name, ended):
    rollout = f'/leyden/v1/rollouts/otlp-{ended.stdout.strip()}'
    row = client.get(rollout).body.get('rollout', {})
    tap.equal((row.get('state'), row.get('tokens_in'), row.get('tokens_out'), row.get('reward'), round(row.get('cost', 0), 6)),
              ('succeeded', 1010, 205, 0.75, 0.004575), f'{name}: a rollout with tokens, cost and reward {ended.stderr[:300]}')
    spans = client.get(f'{rollout}/timeline').body.get('spans', [])
    nodes = [(span['path'], spans[span['parent']]['path'] if span['parent'] is not None else None, span['state']) for span in spans if span['kind'] == 'node']
    tap.equal(nodes, [('invoke_agent Planner', None, 'succeeded'), ('plan ∕ think (1)', 'invoke_agent Planner', 'succeeded'),
                      ('chat gpt-4o', 'plan ∕ think (1)', 'succeeded'), ('execute_tool calculator', 'plan ∕ think (1)', 'failed'),
                      ('chat gpt-4o[2]', 'invoke_agent Planner', 'succeeded')], f'{name}: what lies in what')
    call = client.get(f'{rollout}/state').body['nodes']['chat gpt-4o']['calls'][0]
    tap.equal((call['request']['body']['messages'], call['answer']['message']['content'], call['answer']['model']),
              ([{'role': 'user', 'content': '2+2?'}], '4', 'gpt-4o-2024-08-06'), f'{name}: the call as it was')
    fact = {'sql': f"SELECT model_calls, tool_calls, tokens_in FROM rollouts WHERE rollout = 'otlp-{ended.stdout.strip()}'"}
    rows = wait_for(lambda: ask(client, fact).get('rows'), 10)
    tap.equal(rows, [[2, 1, 1010]], f'{name}: facts')


# --- MLflow ---

class Program(Peer):
    def __init__(self, command, folder, path, url):
        self.command, self.folder, self.path, self.url = command, folder, path, url

    def start(self):
        self.log = open(os.path.join(self.folder, 'log'), 'wb')
        self.process = subprocess.Popen(self.command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)
        if not wait_for(self.answers, 90):
            raise RuntimeError(pathlib.Path(self.folder, 'log').read_text(errors='replace')[-2000:])
        return self

    def answers(self):
        if self.process.poll() is not None:
            raise RuntimeError(pathlib.Path(self.folder, 'log').read_text(errors='replace')[-2000:])
        try:
            return Client(self.url).get(self.path).status == 200
        except OSError:
            return False

    def end(self, *arguments):
        status = super().end(*arguments)
        self.log.close()
        return status


WRITE_RUNS = '''
import mlflow, math
mlflow.set_experiment("interop")
for run in range(3):
    with mlflow.start_run(run_name=f"run-{run}"):
        mlflow.log_param("lr", 0.1 * run)
        for step in range(30):
            mlflow.log_metric("loss", run + 1 / (step + 1), step=step)
        mlflow.log_metric("odd", math.nan, step=0)
'''


def mlflow(tap, root, base):
    python, reason = install(root, base, 'mlflow', ['mlflow>=2.10,<4'])
    if not python:
        tap.skip('MLflow', reason)
        return
    folder = pathlib.Path(root, 'mlflow-server')
    folder.mkdir()
    port = free_port()
    command = [python, '-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', str(port), '--workers', '1', '--backend-store-uri', f'sqlite:///{folder}/store.db',
               '--artifacts-destination', str(folder / 'artifacts')]
    with Program(command, folder, '/health', f'http://127.0.0.1:{port}') as server, Leyden() as ours:
        written = subprocess.run([python, '-c', WRITE_RUNS], env={**os.environ, 'MLFLOW_TRACKING_URI': server.url, 'MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR': 'false'},
                                 cwd=folder, capture_output=True, text=True, timeout=120, check=False)
        tap.ok(written.returncode == 0, 'MLflow: runs are written by its own client', written.stderr)
        check_mlflow(tap, Client(ours.url, ours.key), server.url)


def check_mlflow(tap, client, url):
    tap.equal(client.ask('PUT', '/leyden/v1/sources/ml', {'kind': 'mlflow', 'uri': url}).status, 200, 'MLflow: a source')
    tap.ok(client.post('/leyden/v1/sources/ml/test', {}).body.get('version', '')[:1].isdigit(), 'MLflow: it tells its version')
    tap.ok('interop' in client.get('/leyden/v1/sources/ml/values?what=experiments').body['values'], 'MLflow: experiments')
    tap.equal(sorted(client.get('/leyden/v1/sources/ml/values?what=metrics&experiment=interop').body['values']), ['loss', 'odd'], 'MLflow: metrics')
    lines = ask(client, {'source': 'ml', 'mlflow': {'experiment': 'interop', 'metric': 'loss'}})
    got = {one['name']: (one['x'], one['y']) for one in lines.get('series', [])}
    tap.equal(got, {f'run-{run}': (list(range(30)), [run + 1 / (step + 1) for step in range(30)]) for run in range(3)}, 'MLflow: a metric over steps')
    odd = ask(client, {'source': 'ml', 'mlflow': {'experiment': 'interop', 'metric': 'odd'}})
    tap.equal((odd.get('invalid'), [one['y'] for one in odd.get('series', [])]), (3, [[None]] * 3), 'MLflow: what is no number is counted')
    bars = ask(client, {'source': 'ml', 'shape': 'groups', 'mlflow': {'experiment': 'interop', 'metric': 'loss', 'filter': "params.lr = '0.1'"}})
    tap.equal(bars['series'][0]['x'], ['run-1'], 'MLflow: its own filter')
    table = ask(client, {'source': 'ml', 'mlflow': {'experiment': 'interop', 'table': True}})
    tap.equal((len(table['rows']), table['columns'][-1]['name']), (3, 'lr'), 'MLflow: a table of runs')
    tap.ok('error' in ask(client, {'source': 'ml', 'mlflow': {'experiment': 'interop', 'metric': 'loss', 'filter': 'nonsense'}}), 'MLflow: its errors are told')


# --- Prometheus, which asks our /metrics meanwhile ---

def fetch_prometheus(root):
    """The program out of Debian's package, without installing it."""
    folder = pathlib.Path(root, 'prometheus')
    folder.mkdir()
    try:
        got = subprocess.run(['apt-get', 'download', '-q', 'prometheus'], cwd=folder, capture_output=True, text=True, timeout=INSTALL_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return None, str(error)
    packages = list(folder.glob('*.deb'))
    if not packages:
        return None, (got.stderr.strip().splitlines() or ['no such package'])[-1][:300]
    subprocess.run(['dpkg-deb', '-x', str(packages[0]), str(folder)], check=True)
    return str(folder / 'usr' / 'bin' / 'prometheus'), ''


def prometheus(tap, root, base):
    program, reason = fetch_prometheus(root)
    if not program:
        tap.skip('Prometheus', reason)
        return
    folder = pathlib.Path(root, 'prometheus-server')
    folder.mkdir()
    port = free_port()
    with Leyden() as ours:
        (folder / 'prometheus.yml').write_text(
            'global: {scrape_interval: 1s}\nscrape_configs:\n  - job_name: leyden\n'
            f'    authorization: {{credentials_file: {ours.key_file}}}\n    static_configs: [{{targets: ["127.0.0.1:{ours.port}"]}}]\n', encoding='utf-8')
        command = [program, f'--config.file={folder}/prometheus.yml', f'--storage.tsdb.path={folder}/data', f'--web.listen-address=127.0.0.1:{port}']
        with Program(command, folder, '/-/ready', f'http://127.0.0.1:{port}') as server:
            check_prometheus(tap, Client(ours.url, ours.key), server.url)


def check_prometheus(tap, client, url):
    tap.equal(client.ask('PUT', '/leyden/v1/sources/prom', {'kind': 'prometheus', 'uri': url}).status, 200, 'Prometheus: a source')
    tap.ok(client.post('/leyden/v1/sources/prom/test', {}).body.get('version', '')[:1].isdigit(), 'Prometheus: it tells its version')

    def is_scraped():
        value = ask(client, {'source': 'prom', 'promql': 'up{job="leyden"}', 'shape': 'value'})
        return value if value.get('series') and value['series'][0]['y'] == [1] else None
    tap.ok(wait_for(is_scraped, 30), 'Prometheus: it reads our figures, and we its')
    names = client.get('/leyden/v1/sources/prom/values?what=metrics').body['values']
    tap.ok('leyden_http_requests_total' in names and 'leyden_ready' in names, 'Prometheus: names of metrics')
    now = time.time_ns()
    line = ask(client, {'source': 'prom', 'promql': 'leyden_ready', 'from': now - 60 * 10**9, 'to': now + 10**9, 'interval': 1})
    tap.ok(line.get('series') and line['series'][0]['y'][-1] == 1 and line['interval_s'] == 1, 'Prometheus: a line', str(line)[:500])
    groups = ask(client, {'source': 'prom', 'promql': 'sum by (group) (leyden_http_request_duration_seconds_count)', 'shape': 'groups'})
    tap.ok('group=leyden' in groups['series'][0]['x'], 'Prometheus: bars', str(groups)[:500])
    wrong = ask(client, {'source': 'prom', 'promql': 'sum('})
    tap.ok('parse error' in wrong.get('error', ''), 'Prometheus: its errors are told', str(wrong))
    year = ask(client, {'source': 'prom', 'promql': 'up', 'from': now - 365 * 86400 * 10**9, 'to': now, 'buckets': 10999})
    tap.ok('series' in year, 'Prometheus: never more points than it gives', str(year)[:500])


def run(tap, root, base):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for part in [pool.submit(check, tap, root, base) for check in (opentelemetry, mlflow, prometheus)]:
            part.result()
