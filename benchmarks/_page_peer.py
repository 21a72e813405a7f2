"""The usual way to put a slider before a picture on a page: interact, pyplot and Voila as it comes, kernels not warmed.

Same fit and same picture as on the page of the dip explorer.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.error import URLError

import nbformat
from playwright.sync_api import Browser

CELL = """
import ipywidgets
import matplotlib.pyplot as plt

from cbe_lib import dip, simulate


def show(depth):
    planted = {"shape": "v", "base": 60.0, "trend": 0.3, "noise_sd": 1.0, "n_tested": 750, "seed": 1}
    outcomes, _ = simulate.outcomes(years=range(2009, 2021), rollout=2015, depth=depth, **planted)
    figure, ax = plt.subplots(figsize=(4.8, 3.7))
    dip.fit(outcomes, 2015, n_tested="n_tested").plot(ax=ax)
    plt.show()


ipywidgets.interact(show, depth=ipywidgets.IntSlider(6, min=0, max=15))
"""
PICTURE, HANDLE = ".jp-OutputArea img", ".noUi-handle"
# Milliseconds from the key to the first frame in which another picture stands.
WATCH = """() => {
  window.waits = [];
  let start = null, last = document.querySelector('.jp-OutputArea img').src;
  document.addEventListener('keydown', event => {
    if (event.key.startsWith('Arrow')) start = performance.now();
  }, true);
  new MutationObserver(() => {
    const picture = document.querySelector('.jp-OutputArea img');
    if (start === null || !picture || picture.src === last) return;
    const pressed = start;
    start = null;
    last = picture.src;
    requestAnimationFrame(() => window.waits.push(performance.now() - pressed));
  }).observe(document.body, { childList: true, subtree: true, attributes: true });
}"""


def measured(browser: Browser, port: int, moves: int, loads: int) -> tuple[list[float], list[float]]:
    """Milliseconds from the slider to the picture, and seconds until the page is ready."""
    with tempfile.TemporaryDirectory() as folder:
        notebook = Path(folder) / "peer.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)]), notebook)
        command = [sys.executable, "-m", "voila", str(notebook), f"--port={port}", "--no-browser"]
        server = subprocess.Popen(
            [*command, "--Voila.ip=127.0.0.1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            address = f"http://127.0.0.1:{port}/"
            _wait(lambda: _answers(f"{address}static/none"))
            _loaded(browser, address)  # what is loaded from the disk for the first time
            ready = [_loaded(browser, address) for _ in range(loads)]
            return _swept(browser, address, moves), ready
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)


def _wait(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not happened() and time.monotonic() < until:
        time.sleep(0.2)


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=5)
    except URLError as problem:
        return hasattr(problem, "code")
    return True


def _loaded(browser: Browser, address: str) -> float:
    context = browser.new_context()
    page = context.new_page()
    start = time.perf_counter()
    page.goto(address, wait_until="commit", timeout=120_000)
    page.wait_for_selector(HANDLE, timeout=120_000)
    page.wait_for_selector(PICTURE, timeout=120_000)
    waited = time.perf_counter() - start
    context.close()
    return waited


def _swept(browser: Browser, address: str, moves: int) -> list[float]:
    page = browser.new_page()
    page.goto(address, timeout=120_000)
    page.wait_for_selector(PICTURE, timeout=120_000)
    page.wait_for_timeout(3000)
    page.evaluate(WATCH)
    shown = page.locator(PICTURE).first.get_attribute("src")
    page.locator(HANDLE).press("Home")
    page.wait_for_function(f"shown => document.querySelector('{PICTURE}')?.src !== shown", arg=shown)
    page.wait_for_timeout(1500)
    page.evaluate("() => { window.waits = []; }")
    for _ in range(min(moves, 15)):
        before = page.evaluate("window.waits.length")
        page.keyboard.press("ArrowRight")
        page.wait_for_function("many => window.waits.length > many", arg=before, timeout=10_000)
        page.wait_for_timeout(40)
    waits = page.evaluate("window.waits")
    page.close()
    return waits
