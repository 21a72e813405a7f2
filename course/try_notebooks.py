"""Each notebook run in JupyterLab as a reader would: `python -m course.try_notebooks SHOTS [STEM...]`.

Two controls are moved, the pictures must follow, and a screenshot of the whole notebook is left in SHOTS.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from course.check import FLAGS, chromium
from course.lessons import NOTEBOOKS, Lesson, lessons

VIEW = ViewportSize(width=1300, height=30_000)  # JupyterLab only draws what is in view
PATIENCE = 180
READY = """() => {
    const kernel = window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel;
    return kernel?.connectionStatus === 'connected' && kernel.status === 'idle';
}"""
RUN_ALL = "async () => await window.jupyterapp.commands.execute('notebook:run-all-cells')"
ERRORS = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
    .flatMap(cell => cell.type === 'code' ? cell.sharedModel.getOutputs() : [])
    .filter(output => output.output_type === 'error' || output.name === 'stderr')
    .map(output => output.evalue || output.text)"""
DESCRIBED = "[...document.querySelectorAll('.cbe-picture, .cbe-sentence')].map(each => each.innerHTML).join()"
NEXT = "(each, step) => (each.selectedIndex + step + each.options.length) % each.options.length"
HANDLES = ".cbe-controls .noUi-handle:visible, .cbe-controls select:visible"


@contextlib.contextmanager
def lab(folder: Path) -> Iterator[str]:
    """Serve copies of the notebooks in JupyterLab, whose settings and workspaces stay in the same folder."""
    shutil.copytree(NOTEBOOKS, folder / "notebooks")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = f"""--no-browser --port={port} --ServerApp.ip=127.0.0.1 --ServerApp.port_retries=0
        --ServerApp.allow_root=True --IdentityProvider.token= --LabApp.news_url=None --LabApp.expose_app_in_browser=True
        --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate""".split()
    own = {name: str(folder / name) for name in ("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")}
    with (folder / "log.txt").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *words],
            cwd=folder / "notebooks",
            env={**os.environ, **own},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/api")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(address: str) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(address).close()
            return
        time.sleep(0.5)
    sys.exit("JupyterLab did not answer")


def tried(browser: Browser, address: str, lesson: Lesson, shots: Path) -> str:
    """Run one notebook and move two of its controls; say how it went."""
    page = browser.new_page(viewport=VIEW)
    page.set_default_timeout(PATIENCE * 1000)
    page.goto(f"{address}/lab/tree/{lesson.path.name}?reset")
    page.wait_for_function(READY)
    began = time.monotonic()
    page.evaluate(RUN_ALL)
    ran = time.monotonic() - began
    errors = page.evaluate(ERRORS)
    page.wait_for_timeout(1500)
    moved = sum(_move(page, place) for place in range(min(2, page.locator(HANDLES).count())))
    page.screenshot(path=shots / f"{lesson.stem}.png")
    page.close()
    return f"{lesson.stem}: {ran:.0f} s, {moved} controls moved, errors: {errors or 'none'}"


def _move(page: Page, place: int) -> bool:
    """Press a key on a slider, or choose from a list, and see whether a picture or a sentence follows."""
    before = page.evaluate(DESCRIBED)
    control = page.locator(HANDLES).nth(place)
    for step in (1, -1):
        if control.evaluate("each => each.tagName") == "SELECT":
            control.select_option(index=control.evaluate(NEXT, step))
        else:
            control.focus()
            page.keyboard.press("ArrowRight" if step == 1 else "ArrowLeft")
        with contextlib.suppress(PlaywrightTimeout):
            page.wait_for_function(f"before => {DESCRIBED} !== before", arg=before, timeout=12_000)
            return True
    return False


def main() -> None:
    """Read the command line."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("shots", type=Path)
    reader.add_argument("stems", nargs="*")
    asked = reader.parse_args()
    asked.shots.mkdir(parents=True, exist_ok=True)
    wanted = [lesson for lesson in lessons() if not asked.stems or lesson.stem in asked.stems]
    with TemporaryDirectory() as folder, lab(Path(folder)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for lesson in wanted:
            print(tried(browser, address, lesson, asked.shots), flush=True)
        browser.close()


if __name__ == "__main__":
    main()
