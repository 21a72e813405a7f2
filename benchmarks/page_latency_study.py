"""How long does a reader wait: for each page to come up, and for the picture after each slider was moved?

Writes results/page_latency.csv. Needs Chromium (CBE_CHROMIUM names one that is not on the path). The machine
should do nothing else meanwhile: the load average is written beside the figures. A slider is swept from end to end,
so that no picture is shown twice before all have been shown once; where a page draws its pictures beforehand, it
has been given the time to. Names of pages after the command restrict the study to these; --loads 3 --moves 20
shortens it.
"""

from __future__ import annotations

import argparse
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

APPS = Path(__file__).parents[1] / "notebooks" / "apps"
RESULTS = Path(__file__).parent / "results" / "page_latency.csv"
PICTURE = ".cbe-picture svg[role=img]:visible"
SLIDER = "input[type=range]:visible"
REST = 25  # seconds in which a new kernel starts and draws what its page wants drawn beforehand
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


def main() -> None:
    asked = options()
    rows = []
    for page in asked.pages or sorted(app.stem for app in APPS.glob("*.ipynb")):
        rows += study(page, asked.loads, asked.moves)
        print(pd.DataFrame(rows[-9:]).to_string(index=False), flush=True)
    table = pd.DataFrame(rows)
    if not asked.pages:
        table.to_csv(RESULTS, index=False)
    print(table.to_string(index=False))


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="*")
    parser.add_argument("--loads", type=int, default=5)
    parser.add_argument("--moves", type=int, default=60)
    return parser.parse_args()


def study(name: str, loads: int, moves: int) -> list[dict]:
    """Measure one page, on a server of its own: the kernels of the others would only take time from it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder, (log := Path(folder) / "log.txt").open("w") as out:
        shutil.copy(APPS / f"{name}.ipynb", folder)
        command = [sys.executable, "-m", "cbe_lib.cli", "pages", "--port", str(port), "--no-browser"]
        server = subprocess.Popen([*command, "--folder", folder], stdout=out, stderr=out)
        try:
            wait_until(lambda: filled(log) > 0)
            time.sleep(REST)
            rows = measure(f"http://127.0.0.1:{port}/voila/render/{name}.ipynb", log, loads, moves)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)
    return [{"page": name, **each} for each in rows]


def filled(log: Path) -> int:
    """Count how often the server has said that its warm kernels are ready."""
    return log.read_text().count("is filled with")


def wait_until(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 120
    while not happened():
        if time.monotonic() > until:
            raise TimeoutError("the server did not get its kernels ready")
        time.sleep(0.2)


def measure(address: str, log: Path, loads: int, moves: int) -> list[dict]:
    chromium = os.environ.get("CBE_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector(PICTURE, timeout=120_000)
        page.evaluate(WATCH)
        rows = [row(f"slider to picture: {label}", "ms", sweep(page, place, moves)) for place, label in sliders(page)]
        page.close()
        waits = [ready(browser, address, log) for _ in range(loads)]
        browser.close()
    return [row("page ready, warm, empty browser cache", "s", waits), *rows]


def sliders(page: Page) -> list[tuple[int, str]]:
    """List the sliders that can be seen: place and label."""
    found = page.locator(SLIDER)
    return [
        (place, found.nth(place).evaluate("slider => slider.labels[0].innerText")) for place in range(found.count())
    ]


def ready(browser: Browser, address: str, log: Path) -> float:
    """Seconds until picture and sliders are there, in a browser that has never seen the page."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(120_000)
    kernels = filled(log)
    start = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_selector(SLIDER)
    page.wait_for_selector(PICTURE)
    waited = time.perf_counter() - start
    context.close()
    wait_until(lambda: filled(log) > kernels)
    time.sleep(REST / 2)
    return waited


def sweep(page: Page, place: int, most: int) -> list[float]:
    """Milliseconds for each move of one slider by the arrow keys: down to its end, up to the other, and down again."""
    slider = page.locator(SLIDER).nth(place)
    steps = slider.evaluate("slider => Math.round((slider.max - slider.min) / slider.step)")
    slider.press("Home")
    page.wait_for_timeout(1500)
    slider.evaluate("() => { window.waits = []; }")
    for count in range(min(most, 2 * steps)):
        page.keyboard.press("ArrowRight" if count % (2 * steps) < steps else "ArrowLeft")
        page.wait_for_function("many => window.waits.length > many", arg=count)
        page.wait_for_timeout(40)
    return page.evaluate("window.waits")


def row(what: str, unit: str, waits: list[float]) -> dict:
    digits = 2 if unit == "s" else 0
    tail = statistics.quantiles(waits, n=20, method="inclusive")[-1]
    figures = {"median": statistics.median(waits), "p95": tail, "worst": max(waits)}
    rounded = {name: round(value, digits) for name, value in figures.items()}
    return {"what": what, "unit": unit, "n": len(waits), **rounded, "load_average": round(os.getloadavg()[0], 1)}


if __name__ == "__main__":
    main()
