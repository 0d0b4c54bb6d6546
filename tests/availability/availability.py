#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How available the backend is to its clients while it is killed again and again under a supervisor.

    tests/availability/availability.py --leydenctl build/src/leydenctl                    one hour, a kill every five minutes
    tests/availability/availability.py --leydenctl build/src/leydenctl --seconds 60 --kill-every 10

A supervisor starts `leydenctl serve` over one database and starts it again at once when it ended; every so often it is killed with
SIGKILL. Clients go on as agents and trainers do: they make rollouts, post events and rewards, set states, read back what they wrote;
a request that fails is tried again, with the same pauses that a 503 with Retry-After asks for. Everything is measured at the
clients. At the end the database is read: what was acknowledged must be there, once, unless its request had to be tried again.

The last line of standard output is one JSON object. Status 1: something that was acknowledged is lost, or is there twice, or a
request was never answered.
"""
import argparse
import collections
import http.client
import json
import os
import platform
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

TIMEOUT_S = 10
GIVE_UP_S = 60


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Supervisor(threading.Thread):
    """Keeps one server running; kills it when it is told to."""

    def __init__(self, command, log, environment):
        super().__init__(daemon=True)
        self.command = command
        self.log = log
        self.environment = environment
        self.process = None
        self.ended = threading.Event()
        self.starts = 0

    def run(self):
        while not self.ended.is_set():
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.log,
                                            env=self.environment)
            self.starts += 1
            self.process.wait()
            # As systemd does with RestartSec=100ms.
            self.ended.wait(0.1)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)

    def stop(self):
        self.ended.set()
        self.process.terminate()
        return self.process.wait(timeout=60)


class Tally:
    """What the clients saw. One lock: a few hundred requests a second at most."""

    def __init__(self):
        self.lock = threading.Lock()
        self.tries = collections.Counter()      # outcome of single tries
        self.operations = 0
        self.first_try = 0
        self.gave_up = 0
        self.latencies = []                     # seconds, of operations, all tries together
        self.answered = []                      # monotonic times of good answers
        self.failed = []                        # of tries that failed

    def add_try(self, outcome, good):
        now = time.monotonic()
        with self.lock:
            self.tries[outcome] += 1
            (self.answered if good else self.failed).append(now)

    def add_operation(self, seconds, n_tries, good):
        with self.lock:
            self.operations += 1
            self.first_try += good and n_tries == 1
            self.gave_up += not good
            self.latencies.append(seconds)


class Client(threading.Thread):
    """One agent with the rollouts it makes. Paced: the figure is availability, not speed."""

    def __init__(self, number, arguments, port, key, tally, until):
        super().__init__(daemon=True)
        self.number = number
        self.pause = arguments.clients / arguments.rate
        self.events_per_rollout = arguments.events
        self.port = port
        self.key = key
        self.tally = tally
        self.until = until
        self.connection = None
        self.random = random.Random(number)
        self.rollouts = []                      # (id, {event number: tries}, state)
        self.wrong = []

    def send(self, method, path, body):
        """One try: (status, headers, body). Raises OSError or http.client.HTTPException."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)
        payload = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": "Bearer " + self.key}
        if payload is not None:
            headers["Content-Type"] = "application/json"
        try:
            self.connection.request(method, path, payload, headers)
            answer = self.connection.getresponse()
            content = answer.read()
        except Exception:
            self.connection.close()
            self.connection = None
            raise
        if answer.getheader("Connection", "").lower() == "close":
            self.connection.close()
            self.connection = None
        return answer.status, answer.headers, content

    def ask(self, method, path, body, expected):
        """Until it is answered as it should be: (body, number of tries), or (None, tries)."""
        began = time.monotonic()
        n_tries = 0
        while time.monotonic() - began < GIVE_UP_S:
            n_tries += 1
            wait = min(2.0, 0.05 * 2 ** n_tries) * (0.5 + self.random.random() / 2)
            try:
                status, headers, content = self.send(method, path, body)
            except (OSError, http.client.HTTPException) as error:
                self.tally.add_try(type(error).__name__, False)
                time.sleep(wait)
                continue
            good = status in expected
            self.tally.add_try(str(status), good)
            if good:
                self.tally.add_operation(time.monotonic() - began, n_tries, True)
                return content, n_tries
            if status not in (429, 503):
                self.wrong.append("%s %s: %d %s" % (method, path, status, content[:200]))
            time.sleep(float(headers.get("Retry-After", wait)))
        self.tally.add_operation(time.monotonic() - began, n_tries, False)
        return None, n_tries

    def read_back(self, rollout, events):
        """All that was acknowledged so far, while it is written."""
        content, _ = self.ask("GET", "/api/rollouts/%s/events" % rollout, None, (200,))
        if content is None:
            return
        listed = json.loads(content)
        seen = collections.Counter(event["data"].get("n") for event in listed if event["event_type"] == "step")
        for number, n_tries in events.items():
            if seen[number] == 0 or (seen[number] > 1 and n_tries == 1):
                self.wrong.append("event %s of %s is there %d times after %d tries" % (number, rollout, seen[number], n_tries))

    def one_rollout(self, number):
        rollout = "c%d-%d" % (self.number, number)
        # Made again after a try that was not answered, it may be there already.
        content, _ = self.ask("POST", "/api/rollouts", [{"rollout_id": rollout, "input": {"n": number}}], (201, 409))
        if content is None:
            return
        events = {}
        state = "queuing"
        self.rollouts.append((rollout, events, lambda: state))
        for step, name in ((0, "running"), (self.events_per_rollout, "succeeded")):
            if name == "succeeded":
                for n in range(step):
                    self.rest()
                    body = {"event_type": "step", "data": {"n": n, "text": "x" * 200}}
                    content, n_tries = self.ask("POST", "/api/rollouts/%s/attempt/0/events" % rollout, body, (200,))
                    if content is not None:
                        events[n] = n_tries
                    if time.monotonic() > self.until:
                        break
                self.read_back(rollout, events)
            # A transition that was made by a try without an answer is refused the second time (409): it is made.
            content, _ = self.ask("PATCH", "/api/rollouts/%s" % rollout, {"status": {"state": name}}, (200, 409, 422))
            if content is not None:
                state = name

    def rest(self):
        time.sleep(self.pause * (0.5 + self.random.random()))

    def run(self):
        number = 0
        while time.monotonic() < self.until:
            self.one_rollout(number)
            number += 1
            self.rest()


def check_all(clients, reader):
    """What was acknowledged, after the last start: how many events, and what is wrong."""
    n_events = n_twice = 0
    wrong = []
    for client in clients:
        wrong += client.wrong
        for rollout, events, state in client.rollouts:
            content, _ = reader.ask("GET", "/api/rollouts/%s/events" % rollout, None, (200,))
            listed = json.loads(content) if content is not None else []
            seen = collections.Counter(event["data"].get("n") for event in listed if event["event_type"] == "step")
            n_events += len(events)
            for number, n_tries in events.items():
                if seen[number] == 0:
                    wrong.append("event %s of %s was acknowledged and is lost" % (number, rollout))
                elif seen[number] > 1 and n_tries == 1:
                    wrong.append("event %s of %s is there %d times" % (number, rollout, seen[number]))
                n_twice += seen[number] > 1
            content, _ = reader.ask("GET", "/api/rollouts/%s" % rollout, None, (200,))
            kept = json.loads(content)["rollout"]["status"]["state"] if content is not None else None
            if kept != state():
                wrong.append("%s is %s, and %s was acknowledged" % (rollout, kept, state()))
    return n_events, n_twice, wrong


def outages(tally, kills, end):
    """For each kill: seconds from it to the first good answer after it."""
    answered = sorted(tally.answered)
    gaps = []
    for kill in kills:
        after = next((t for t in answered if t > kill + 0.001), end)
        gaps.append(after - kill)
    return gaps


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def machine():
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), model)
    except OSError:
        pass
    return "%s, %d processors, Linux %s" % (model, os.cpu_count() or 1, platform.release())


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--leydenctl", required=True, help="the program")
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--kill-every", type=float, default=300, metavar="SECONDS")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--rate", type=float, default=100, help="requests a second, of all clients together")
    parser.add_argument("--events", type=int, default=20, help="events of a rollout")
    parser.add_argument("--tap", action="store_true", help="say it as a test does")
    parser.add_argument("--folder", help="where the database is (a temporary folder)")
    return parser.parse_args()


def hour(arguments, supervisor, port, key):
    """Clients at work, kills among them, and what is there in the end."""
    tally = Tally()
    reader = Client(-1, arguments, port, key, Tally(), 0)
    reader.ask("GET", "/healthz", None, (200,))
    began = time.monotonic()
    until = began + arguments.seconds
    clients = [Client(i, arguments, port, key, tally, until) for i in range(arguments.clients)]
    for client in clients:
        client.start()
    kills = []
    next_kill = began + arguments.kill_every
    while next_kill < until - 1:
        time.sleep(max(0, next_kill - time.monotonic()))
        kills.append(time.monotonic())
        supervisor.kill()
        next_kill += arguments.kill_every
    for client in clients:
        client.join(timeout=arguments.seconds + 2 * GIVE_UP_S)
    end = time.monotonic()
    return tally, clients, kills, began, end, check_all(clients, reader)


def main():
    arguments = parse()
    folder = arguments.folder or tempfile.mkdtemp(prefix="leyden-availability-")
    os.makedirs(folder, exist_ok=True)
    key = "availability-" + os.urandom(16).hex()
    key_file = os.path.join(folder, "key")
    with open(os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write(key + "\n")
    port = free_port()
    environment = dict(os.environ, XDG_RUNTIME_DIR=folder, XDG_DATA_HOME=folder, XDG_STATE_HOME=folder)
    environment.pop("DBUS_SESSION_BUS_ADDRESS", None)
    log_path = os.path.join(folder, "log")
    with open(log_path, "w", encoding="utf-8") as log:
        supervisor = Supervisor([arguments.leydenctl, "serve", "--listen", "127.0.0.1:%d" % port, "--database", os.path.join(folder, "a.db"),
                                 "--key-file", key_file], log, environment)
        supervisor.start()
        try:
            tally, clients, kills, began, end, checked = hour(arguments, supervisor, port, key)
        finally:
            status = supervisor.stop()
    n_events, n_twice, wrong = checked
    if status != 0:
        wrong.append("the server ended with %d" % status)

    gaps = outages(tally, kills, end)
    n_tries = sum(tally.tries.values())
    n_failed = len(tally.failed)
    result = {
        "machine": machine(),
        "seconds": round(end - began, 1),
        "kills": len(kills),
        "clients": arguments.clients,
        "requests": n_tries,
        "failed": n_failed,
        "availability_percent": round(100 * (n_tries - n_failed) / max(n_tries, 1), 4),
        "operations": tally.operations,
        "first_try_percent": round(100 * tally.first_try / max(tally.operations, 1), 4),
        "never_answered": tally.gave_up,
        "outage_s": {"median": round(percentile(gaps, 0.5), 3), "max": round(max(gaps, default=0), 3), "total": round(sum(gaps), 3)},
        "time_available_percent": round(100 * (1 - sum(gaps) / (end - began)), 4),
        "operation_ms": {"p50": round(1000 * percentile(tally.latencies, 0.5), 2), "p99": round(1000 * percentile(tally.latencies, 0.99), 2),
                         "max": round(1000 * max(tally.latencies, default=0), 2)},
        "outcomes": dict(sorted(tally.tries.items())),
        "acknowledged_events": n_events,
        "twice_after_a_retry": n_twice,
        "wrong": wrong[:20],
    }
    failed = bool(wrong or tally.gave_up)
    if arguments.tap:
        print("1..1\n%s 1 - %d kills\n# %s" % ("not ok" if failed else "ok", len(kills), json.dumps(result)))
    else:
        print(json.dumps(result))
    if failed:
        print("see " + log_path, file=sys.stderr)
        return 1
    if not arguments.folder:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
