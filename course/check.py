"""All pages of a built site looked at in Chromium: `python -m course.check OUT`, OUT as given to course.build."""

from __future__ import annotations

import argparse
import contextlib
import functools
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
GRAVE = ("serious", "critical")
PHONE = ViewportSize(width=360, height=740)
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass(frozen=True)
class Finding:
    """What one page asked for outside, and what is grave about it."""

    page: str
    outside: list[str]
    violations: list[str]
    errors: list[str]
    too_wide: int

    @property
    def fine(self) -> bool:
        """Whether there is nothing to mend."""
        return not (self.outside or self.violations or self.errors or self.too_wide > 0)


class Quiet(SimpleHTTPRequestHandler):
    """A server that does not talk."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on a free port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def look(browser: Browser, address: str, name: str) -> Finding:
    """Open one page at the width of a phone and put it to axe."""
    page = browser.new_page(viewport=PHONE)
    outside, errors = [], []
    page.on("request", lambda request: outside.append(request.url) if _leaves(request.url) else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(f"{address}/{name}", wait_until="load")
    finding = Finding(name, outside, grave(page), errors, page.evaluate(WIDER))
    page.close()
    return finding


def grave(page: Page) -> list[str]:
    """List serious and critical violations that axe finds."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:150]}" for each in found if each["impact"] in GRAVE]


def _leaves(url: str) -> bool:
    address = urlsplit(url)
    return address.scheme not in ("data", "blob") and address.hostname != "127.0.0.1"


def chromium() -> str | None:
    """Find a Chromium, or the one that CBE_CHROMIUM names."""
    return os.environ.get("CBE_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def check(folder: Path) -> list[Finding]:
    """Look at every page below a folder."""
    names = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.html"))]
    with sync_playwright() as playwright, served(folder) as address:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        found = [look(browser, address, name) for name in names]
        browser.close()
    return found


def main() -> None:
    """Read the command line."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("out", type=Path)
    found = check(reader.parse_args().out / "site")
    for finding in found:
        if not finding.fine:
            print(finding)
    bad = sum(not finding.fine for finding in found)
    outside = sum(len(finding.outside) for finding in found)
    print(f"{len(found)} pages, {bad} to mend, {outside} requests outside")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
