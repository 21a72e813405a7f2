"""A headless Chromium, and the pages served on a free port of this machine."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 120_000
PAGES = ("-m", "cbe_lib.cli", "pages", "--port", "{port}", "--no-browser")
PICTURE = ".cbe-picture svg[role=img]:visible"


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium():
    found = os.environ.get("CBE_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found:
        return found
    advice = "No Chromium found: install it, or name it in CBE_CHROMIUM"
    if os.environ.get("CBE_REQUIRE_BROWSER") == "1":
        pytest.fail(advice)
    pytest.skip(advice)


@pytest.fixture(scope="session")
def browser(chromium):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


class Watch:
    """What a tab asked for outside this machine, and what its console complained of."""

    def __init__(self, page):
        self.outside, self.errors = [], []
        page.on("request", self.note_request)
        page.on("console", self.note_message)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def note_request(self, request):
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.hostname != "127.0.0.1":
            self.outside.append(request.url)

    def note_message(self, message):
        if message.type == "error":
            self.errors.append(message.text)


@pytest.fixture(scope="session")
def open_tab(browser):
    """Open addresses in tabs of their own; the tab comes back with its Watch."""
    contexts = []

    def opened(address, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        watch = Watch(page)
        page.goto(address)
        return page, watch

    yield opened
    for context in contexts:
        context.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def served(log, *command, cwd=ROOT, env=None):
    """Run a server, whose command has {port} in it, and end it by its process."""
    port = free_port()
    words = [word.format(port=port) for word in command]
    with log.open("w") as out:
        server = subprocess.Popen(
            [sys.executable, *words],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until(lambda: answers(port) or server.poll() is not None, "the server answers")
            if server.poll() is not None:
                pytest.fail(log.read_text()[-2000:])
            yield f"http://127.0.0.1:{port}", server.pid
        finally:
            end(server)


def end(server):
    family = psutil.Process(server.pid).children(recursive=True) if server.poll() is None else []
    server.send_signal(signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(5)
    server.terminate()
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def wait_until(happened, what, seconds=120):
    until = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > until:
            pytest.fail(f"Waited {seconds} seconds in vain until {what}")
        time.sleep(0.2)


@pytest.fixture(scope="session")
def wait():
    """Wait until something has happened, and say what did not."""
    return wait_until


@pytest.fixture(scope="session")
def serve(chromium, tmp_path_factory):
    """Run servers that need not outlive a test: `with serve(*command) as (address, process id)`."""
    return lambda *command, **options: served(tmp_path_factory.mktemp("server") / "log.txt", *command, **options)


@pytest.fixture(scope="session")
def pages_server(serve, tmp_path_factory):
    """Serve the dip explorer as `cbe pages` does, but with kernels that count as idle soon: (address, process id)."""
    folder = tmp_path_factory.mktemp("pages")
    shutil.copy(ROOT / "notebooks" / "apps" / "dip_explorer.ipynb", folder)
    with serve(*PAGES, "--folder", str(folder), "--idle", "6") as server:
        yield server


@pytest.fixture(scope="session")
def all_pages(serve):
    """Serve all pages, each with a kernel of its own that starts when it is asked for: the address."""
    with serve(*PAGES, "--warm", "0") as (address, _):
        yield address


@pytest.fixture(scope="session")
def explorer(pages_server, open_tab):
    """Open the dip explorer in a tab and wait for its picture: (page, Watch)."""
    page, watch = open_tab(f"{pages_server[0]}/voila/render/dip_explorer.ipynb")
    page.wait_for_selector(PICTURE)
    return page, watch
