# An agent without any package. What it does stands in its task: see test-worker.c, test-flows.c and test-deaths.c.
import json
import os
import subprocess
import sys
import time
import urllib.request


def post(event_type, data):
    body = json.dumps({'event_type': event_type, 'data': data}).encode()
    for _ in range(300):
        try:
            request = urllib.request.Request(os.environ['AGL_EVENT_URL'], body, {
                'Authorization': 'Bearer ' + os.environ['AGL_KEY'], 'Content-Type': 'application/json'})
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.read()
        except OSError:
            time.sleep(0.1)
    sys.exit(9)


def chat(text):
    body = json.dumps({'model': 'auto', 'messages': [{'role': 'user', 'content': text}]}).encode()
    request = urllib.request.Request(os.environ['OPENAI_BASE_URL'] + '/chat/completions', body, {
        'Authorization': 'Bearer ' + os.environ['OPENAI_API_KEY'], 'Content-Type': 'application/json'})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)['choices'][0]['message']['content']


def write(name, text):
    with open(os.path.join(os.environ['FOLDER'], name + '.new'), 'w') as out:
        out.write(text)
    os.rename(os.path.join(os.environ['FOLDER'], name + '.new'), os.path.join(os.environ['FOLDER'], name))


class Agent:
    def run(self):
        action = os.environ['ACTION']
        if action == 'fail':
            sys.exit(3)
        if action == 'raise':
            raise RuntimeError('it went wrong')
        if action == 'env':
            write('env', '\n'.join(sorted('%s=%s' % each for each in os.environ.items())))
        if action == 'chat':
            post('agent_output', {'text': chat('hello')})
        if action == 'sleep':
            child = subprocess.Popen(['sleep', '600'])
            other = subprocess.Popen(['setsid', 'sleep', '600'])
            write('pids', '%d %d %d' % (os.getpid(), child.pid, other.pid))
            time.sleep(600)
        if action == 'leave':
            child = subprocess.Popen(['sleep', '600'])
            other = subprocess.Popen(['setsid', 'sleep', '600'])
            write('pids', '%d %d' % (child.pid, other.pid))
        if action == 'wait':
            write('started', str(os.getpid()))
            while not os.path.exists(os.path.join(os.environ['FOLDER'], 'go')):
                time.sleep(0.05)
        post('reward', {'value': 0.5})


class Waiting:
    async def run(self):
        Agent().run()


if __name__ == '__main__':
    Agent().run()
