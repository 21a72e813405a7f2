"""How long does a reader wait: for each page to come up, and for the picture after each slider was moved?

Writes results/page_latency.csv and page_latency.md. Needs Chromium (CBE_CHROMIUM names one that is not on the path).
The machine should do nothing else meanwhile: the load average is written beside the figures, and so is processor time,
which other programs lengthen little: that of the kernel alone, and for each wait that of kernel, server and browser
together. A slider is swept from one end to the other, so that no picture is asked for twice; where a page draws its
pictures beforehand, it has been given the time to. Pages draw ahead what is one or two steps away while a reader looks.
Names of pages after the command restrict the study to these; --loads 3 --moves 20 shortens it, --work leaves out
the browser.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import _page_peer
import ipywidgets
import numpy as np
import pandas as pd
import psutil
from playwright.sync_api import Browser, Error, Page, sync_playwright

from cbe_lib import widgets
from cbe_lib.widgets.pictures import every_value

APPS = Path(__file__).parents[1] / "notebooks" / "apps"
RESULTS = Path(__file__).parent / "results" / "page_latency.csv"
PICTURE = ".cbe-picture svg[role=img]:visible"
SLIDER = "input[type=range]:visible"
REST = 25  # seconds in which a new kernel starts and draws what its page wants drawn beforehand
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
# Milliseconds from the key to the first frame after the picture was exchanged.
WATCH = """() => {
  window.waits = [];
  let start = null;
  document.addEventListener('keydown', event => {
    if (event.key.startsWith('Arrow')) start = performance.now();
  }, true);
  const seen = new MutationObserver(() => {
    if (start === null) return;
    const pressed = start;
    start = null;
    requestAnimationFrame(() => window.waits.push(performance.now() - pressed));
  });
  document.querySelectorAll('.cbe-picture').forEach(each => seen.observe(each, { childList: true, subtree: true }));
}"""


def main() -> None:
    asked = options()
    rows = []
    for page in asked.pages or sorted(app.stem for app in APPS.glob("*.ipynb")):
        rows += work(page, asked.moves)
        rows += [] if asked.work else study(page, asked.loads, asked.moves)
    rows += [] if asked.pages or asked.work else peer(asked.loads, asked.moves)
    moves = [wait for each in rows for wait in each.pop("waits", ())]
    if moves:
        rows.append({"page": "all pages", **row("slider to picture: every move of every slider", "ms", moves)})
    table = pd.DataFrame(rows)
    print(table.to_string(index=False))
    if not asked.pages and not asked.work:
        table.to_csv(RESULTS, index=False)
        RESULTS.with_suffix(".md").write_text(told(table), encoding="utf-8")


def told(table: pd.DataFrame) -> str:
    """Lay out what a reader waits for, with date and versions."""
    names = ("voila", "ipywidgets", "matplotlib", "pandas", "playwright")
    versions = ", ".join([f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in names)])
    waits = table[~table["what"].str.startswith("processor time")]
    rows = [list(waits.columns), ["---"] * waits.shape[1], *waits.astype(str).to_numpy().tolist()]
    lines = "\n".join("| " + " | ".join(map(str, each)) + " |" for each in rows)
    return f"""# What a reader of the pages waits for

{date.today()}; {versions}; {os.cpu_count()} cores.

{lines}

From the key to the first frame with the new picture, each slider swept from its lower end at a step as soon as the last
picture was seen for 40 ms; pages draw ahead what is one or two steps away. Ready: controls and picture are there, in a
browser that has never seen the page. Warm: the next kernel has been ready for 12 seconds. Close behind: it has
had no time at all, and a kernel has to start. The last rows are the usual way to do the same: interact and pyplot on
Voila as it comes. `processor`: time of server, kernel and browser together. `processor time` rows are in the CSV.
"""


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="*")
    parser.add_argument("--loads", type=int, default=5)
    parser.add_argument("--moves", type=int, default=30)
    parser.add_argument("--work", action="store_true")
    return parser.parse_args()


def work(name: str, moves: int) -> list[dict]:
    """Measure the processor time of each move of its sliders where nothing was drawn ahead, without a browser."""
    cells = json.loads((APPS / f"{name}.ipynb").read_text())["cells"]
    (source,) = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    line = source.splitlines()[-1].replace("prepared=True", "prepared=False")  # the page's own line but for this
    shown = eval(line, {"widgets": widgets})
    rows = []
    for slider in every_slider(shown):
        values = every_value(slider)
        slider.value = values[0]
        waits = [processor_time(slider, value) for value in values[1 : moves + 1]]
        rows.append({"page": name, **row(f"processor time of a move: {slider.description}", "ms", waits)})
    return rows


def every_slider(widget: Any) -> list[Any]:
    """List the sliders of the panel that is shown first."""
    if isinstance(widget, ipywidgets.Stack):
        return every_slider(widget.children[0])
    found = [each for child in getattr(widget, "children", ()) for each in every_slider(child)]
    return [widget] if hasattr(widget, "orientation") and hasattr(widget, "readout") else found


def processor_time(slider: Any, value: Any) -> float:
    start = time.thread_time()
    slider.value = value
    return 1000 * (time.thread_time() - start)


def study(name: str, loads: int, moves: int) -> list[dict]:
    """Measure one page, on a server of its own: the kernels of the others would only take time from it."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, (log := Path(folder) / "log.txt").open("w") as out:
        shutil.copy(APPS / f"{name}.ipynb", folder)
        command = [sys.executable, "-m", "cbe_lib.cli", "pages", "--port", str(port), "--no-browser"]
        server = subprocess.Popen([*command, "--folder", folder], stdout=out, stderr=out)
        try:
            wait_for_kernel(log, 0)
            time.sleep(REST)
            rows = measure(f"http://127.0.0.1:{port}/voila/render/{name}.ipynb", log, (loads, moves))
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)
    return [{"page": name, **each} for each in rows]


def peer(loads: int, moves: int) -> list[dict]:
    """Measure the usual way to do the same."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        waits, ready = _page_peer.measured(browser, free_port(), moves, loads)
        browser.close()
    rows = [row("page ready, cold, empty browser cache", "s", ready), row("slider to picture: depth", "ms", waits)]
    return [{"page": "peer: Voila, interact, pyplot", **each} for each in rows]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def chromium() -> str | None:
    return os.environ.get("CBE_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


def filled(log: Path) -> int:
    """Count how often the server has said that its warm kernels are ready."""
    return log.read_text().count("is filled with")


def wait_for_kernel(log: Path, before: int) -> None:
    """Wait until the server has filled its warm kernels more often than `before`."""
    until = time.monotonic() + 120
    while filled(log) <= before:
        if time.monotonic() > until:
            raise TimeoutError("the server did not get its kernels ready")
        time.sleep(0.2)


def measure(address: str, log: Path, counts: tuple[int, int]) -> list[dict]:
    loads, moves = counts
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        warm = []
        page = browser.new_page()
        kernels = filled(log)
        page.goto(address)
        page.wait_for_selector(PICTURE, timeout=120_000)
        page.evaluate(WATCH)
        rows = []
        for place, label in sliders(page):
            waits, used = sweep(page, place, moves)
            found = row(f"slider to picture: {label}", "ms", waits, 1000 * used / max(len(waits), 1))
            rows.append({**found, "waits": waits})
        page.close()
        for _ in range(loads):
            wait_for_kernel(log, kernels)
            time.sleep(REST / 2)
            kernels = filled(log)
            warm.append(ready(browser, address))
        cold = [ready(browser, address)]  # close behind the last one, whose kernel was the only warm one
        browser.close()
    return [ready_row("warm", warm), ready_row("close behind another reader", cold), *rows]


def ready_row(when: str, loads: list[tuple[float, float]]) -> dict:
    waits, used = zip(*loads, strict=True)
    return row(f"page ready, {when}, empty browser cache", "s", list(waits), statistics.median(used))


def everyone() -> dict[int, psutil.Process]:
    """Return the processes that this study has started, by number: server, kernels, browser."""
    return {process.pid: process for process in psutil.Process().children(recursive=True)}


def spent(processes: Iterable[psutil.Process]) -> float:
    """Add up the processor seconds of these processes."""
    total = 0.0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def sliders(page: Page) -> list[tuple[int, str]]:
    """List the sliders that can be seen: place and label."""
    found = page.locator(SLIDER)
    return [
        (place, found.nth(place).evaluate("slider => slider.labels[0].innerText")) for place in range(found.count())
    ]


def ready(browser: Browser, address: str) -> tuple[float, float]:
    """Seconds until picture and sliders are there, in a browser that has never seen the page; processor seconds."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(120_000)
    before = everyone()
    used, start = spent(before.values()), time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_selector(SLIDER)
    page.wait_for_selector(PICTURE)
    waited = time.perf_counter() - start
    # Not the kernel that has begun to start for the next reader.
    mine = [each for pid, each in everyone().items() if pid in before or "chrom" in each.name()]
    used = spent(mine) - used
    context.close()
    return waited, used


def sweep(page: Page, place: int, most: int) -> tuple[list[float], float]:
    """Milliseconds for each move of one slider by the right arrow key, from its lower end on; processor seconds."""
    slider = page.locator(SLIDER).nth(place)
    steps = slider.evaluate("slider => Math.round((slider.max - slider.min) / slider.step)")
    slider.press("Home")
    page.wait_for_timeout(1500)
    slider.evaluate("() => { window.waits = []; }")
    used = spent(everyone().values())
    for _ in range(min(most, steps)):
        before = page.evaluate("window.waits.length")
        page.keyboard.press("ArrowRight")
        with contextlib.suppress(Error):  # a move that changes nothing in the picture
            page.wait_for_function("many => window.waits.length > many", arg=before, timeout=5000)
        page.wait_for_timeout(40)
    return page.evaluate("window.waits"), spent(everyone().values()) - used


def row(what: str, unit: str, waits: list[float], processor: float | None = None) -> dict:
    digits = 2 if unit == "s" else 0
    tail = float(np.quantile(waits, 0.95))
    figures = {"median": statistics.median(waits), "p95": tail, "worst": max(waits)}
    rounded = {name: round(value, digits) for name, value in figures.items()}
    used = {"processor": None if processor is None else round(processor, digits)}
    return {
        "what": what,
        "unit": unit,
        "n": len(waits),
        **rounded,
        **used,
        "load_average": round(os.getloadavg()[0], 1),
    }


if __name__ == "__main__":
    main()
