"""How long does a reader wait: for a page to come up, and for the picture after a slider was moved?

Writes results/page_latency.csv. Needs Chromium (CBE_CHROMIUM names one that is not on the path). The machine
should do nothing else meanwhile: the load average is written beside the figures.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from playwright.sync_api import Browser, Page, sync_playwright

RESULTS = Path(__file__).parent / "results" / "page_latency.csv"
PAGE = "/voila/render/dip_explorer.ipynb"
PICTURE = ".cbe-picture svg[role=img]:visible"
LOADS, MOVES = 8, 60
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
# Milliseconds from the key to the first frame in which the picture is another one.
WATCH = """() => {
  window.waits = [];
  const seen = () => [...document.querySelectorAll('.cbe-picture')].map(each => each.innerHTML).join();
  document.addEventListener('keydown', event => {
    if (!event.key.startsWith('Arrow')) return;
    const before = seen(), start = performance.now();
    const look = () => seen() !== before ? window.waits.push(performance.now() - start) : requestAnimationFrame(look);
    requestAnimationFrame(look);
  }, true);
}"""
SLIDERS = ("Depth (points)", "Other noise (points)", "Try again: draw", "Years before", "Students tested")


def main() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "cbe_lib.cli", "pages", "--port", str(port), "--no-browser"]
    with tempfile.TemporaryDirectory() as folder, (log := Path(folder) / "log.txt").open("w") as out:
        server = subprocess.Popen(command, stdout=out, stderr=out)
        try:
            wait_until(lambda: filled(log) > 0)
            rows = measure(f"http://127.0.0.1:{port}{PAGE}", log)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)
    table = pd.DataFrame(rows)
    RESULTS.parent.mkdir(exist_ok=True)
    table.to_csv(RESULTS, index=False)
    print(table.to_string(index=False))


def filled(log: Path) -> int:
    """Count how often the server has said that its warm kernels are ready."""
    return log.read_text().count("is filled with")


def wait_until(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 120
    while not happened():
        if time.monotonic() > until:
            raise TimeoutError("the server did not get its kernels ready")
        time.sleep(0.2)


def measure(address: str, log: Path) -> list[dict]:
    chromium = os.environ.get("CBE_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        settle(browser.new_page(), address)
        rows = [row("page ready, warm, empty browser cache", "s", [ready(browser, address, log) for _ in range(LOADS)])]
        page = browser.new_page()
        settle(page, address)
        page.evaluate(WATCH)
        rows += [row(f"slider to picture: {name}", "ms", moves(page, name)) for name in SLIDERS]
        browser.close()
    return rows


def settle(page: Page, address: str) -> None:
    """Load the page and leave the kernel the time to go through every choice of years."""
    page.goto(address)
    page.wait_for_selector(PICTURE, timeout=120_000)
    time.sleep(25)


def ready(browser: Browser, address: str, log: Path) -> float:
    """Seconds until picture and sliders are there, in a browser that has never seen the page."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(120_000)
    kernels = filled(log)
    start = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_selector(".noUi-handle")
    page.wait_for_selector(PICTURE)
    waited = time.perf_counter() - start
    context.close()
    wait_until(lambda: filled(log) > kernels)
    # Said when a kernel has started; it then still works through the page.
    time.sleep(8)
    return waited


def moves(page: Page, name: str) -> list[float]:
    """Milliseconds for each of many moves of one slider by the arrow keys, to and fro."""
    page.get_by_role("slider", name=name, exact=True).focus()
    keys = ["ArrowRight", "ArrowLeft"] if name != "Years before" else ["ArrowLeft", "ArrowRight"]
    first = page.evaluate("window.waits.length")
    for count in range(MOVES):
        page.keyboard.press(keys[count % 2])
        page.wait_for_function("many => window.waits.length > many", arg=first + count)
        page.wait_for_timeout(40)
    return page.evaluate("first => window.waits.slice(first)", first)


def row(what: str, unit: str, waits: list[float]) -> dict:
    digits = 2 if unit == "s" else 0
    tail = statistics.quantiles(waits, n=20, method="inclusive")[-1]
    figures = {"median": statistics.median(waits), "p95": tail, "worst": max(waits)}
    rounded = {name: round(value, digits) for name, value in figures.items()}
    return {"what": what, "unit": unit, "n": len(waits), **rounded, "load_average": round(os.getloadavg()[0], 1)}


if __name__ == "__main__":
    main()
