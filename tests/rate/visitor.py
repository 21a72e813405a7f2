"""Visitors that speak plain HTTP, and servers for them: as processes, to be killed, or in a thread."""

import asyncio
import contextlib
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from urllib.parse import urlencode, urlsplit

from tornado.testing import bind_unused_port

from cbe_lib.rate.server import PATIENCE, application, listener

LEVELS = ("Exploring", "Emerging", "Proficient", "Breakthrough", "NR")


class Answer:
    """What came back."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        self.text = body.decode("utf-8", "replace")

    @property
    def place(self):
        return self.headers.get("Location", "")

    def field(self, name):
        return re.search(rf'name="{name}" value="([^"]*)"', self.text)[1]


class Visitor:
    """A browser without JavaScript: keeps cookies, sends forms."""

    def __init__(self, address, keep=False):
        self.host, self.keep = urlsplit(address).netloc, keep
        self.cookies, self.link = {}, None

    def ask(self, method, path, body=None, headers=None):
        sent = {"Host": self.host, **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.link = self.link or http.client.HTTPConnection(self.host, timeout=30)
        try:
            self.link.request(method, path, body, sent)
            answer = self.link.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self.leave()
            raise
        if not self.keep:
            self.leave()
        for cookie in answer.headers.get_all("Set-Cookie", ()):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return Answer(answer.status, answer.headers, content)

    def get(self, path, **headers):
        return self.ask("GET", path, headers=headers)

    def post(self, path, **fields):
        if "cbe_xsrf" not in self.cookies:
            self.get("/")
        form = urlencode({"_xsrf": self.cookies.get("cbe_xsrf", ""), **fields})
        return self.ask("POST", path, form, {"Content-Type": "application/x-www-form-urlencoded"})

    def leave(self):
        if self.link:
            self.link.close()
        self.link = None

    def join(self, code, name):
        """Take a seat; return the start of this session's addresses."""
        return self.post(f"/join/{code}", name=name, role="").place.removesuffix("/rate")


def open_session(address, **fields):
    """Open a session by the form; return the lead, the start of its addresses, and the code."""
    lead = Visitor(address)
    here = lead.post("/open", **{"district": "Alder (made up)", "lead": "Lee", "wave": "", "team_size": "", **fields})
    start = here.place.removesuffix("/lead")
    return lead, start, re.search(r'class="code">([^<]+)', lead.get(here.place).text)[1]


@contextlib.contextmanager
def in_thread(db, patience=PATIENCE, **options):
    """Serve a store from a thread of this process; give the address."""
    ready, stop, address = threading.Event(), None, ""

    async def run():
        nonlocal stop, address
        stop = asyncio.Event()
        pages = application(db, **options)
        server = listener(pages, patience)
        listening, port = bind_unused_port()
        server.add_socket(listening)
        address = f"http://127.0.0.1:{port}"
        loop.append(asyncio.get_running_loop())
        ready.set()
        await stop.wait()
        server.stop()
        await server.close_all_connections()
        pages.settings["pool"].shutdown()

    loop = []
    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    ready.wait(30)
    try:
        yield address
    finally:
        loop[0].call_soon_threadsafe(stop.set)
        thread.join(30)


class Process:
    """A server as users start it, that can be killed and started again on the same port."""

    def __init__(self, place):
        self.place = place
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self):
        command = [sys.executable, "-m", "cbe_lib.cli", "rate", "serve", "--store", str(self.place)]
        command += ["--port", str(self.port), "--no-browser"]
        self.running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ})
        if not self.running.stdout.readline():
            raise RuntimeError("the server did not start")

    def kill(self):
        self.running.kill()
        self.running.wait()
        self.running.stdout.close()

    def stop(self):
        self.running.terminate()
        self.running.wait(20)
        self.running.stdout.close()


class Voter(threading.Thread):
    """A rater who saves vote after vote, and after a cut connection sends the same form again, as people do."""

    def __init__(self, address, code, number, criteria, rounds=1, pause=0.0):
        super().__init__(daemon=True)
        self.visitor, self.number, self.criteria, self.rounds, self.pause = (
            Visitor(address),
            number,
            criteria,
            rounds,
            pause,
        )
        self.name_typed = f"Rater {number}"
        self.start_of = self.visitor.join(code, self.name_typed)
        self.acknowledged, self.seconds, self.sent_again, self.problems = [], [], 0, []
        self.ended = False

    def run(self):
        for number in range(self.rounds):
            for place, criterion in enumerate(self.criteria):
                if self.ended:
                    self.visitor.leave()
                    return
                level = LEVELS[(self.number + place + number) % len(LEVELS)]
                key = f"{self.number}-{number}-{criterion}"
                answer = self.persist(criterion, level, key)
                if answer.status == 303:
                    self.acknowledged.append((self.name_typed, criterion, level, key))
                else:
                    self.problems.append((answer.status, answer.text))
                time.sleep(self.pause)
        self.visitor.leave()

    def persist(self, criterion, level, key):
        until = time.monotonic() + 60
        while True:
            begun = time.perf_counter()
            try:
                answer = self.visitor.post(
                    f"{self.start_of}/rate/{criterion}", key=key, level=level, reason=f"why {key}", do="save"
                )
            except (OSError, http.client.HTTPException):
                if time.monotonic() > until:
                    raise
                self.sent_again += 1
                time.sleep(0.05)
                continue
            self.seconds.append(time.perf_counter() - begun)
            return answer


def kept(answer):
    return json.loads(answer.text)["kept"]
