"""What is looked at on every page, whoever serves it."""

import contextlib

from axe_playwright_python.sync_playwright import Axe


def hindrances(page):
    found = Axe().run(page).response["violations"]
    return [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")]


def width(page):
    return page.evaluate("document.documentElement.scrollWidth")


@contextlib.contextmanager
def as_on_a_phone(page, size):
    """Make the page small, and as large as before whatever happens: others look at it too."""
    before = page.viewport_size
    page.set_viewport_size({"width": size[0], "height": size[1]})
    try:
        yield
    finally:
        page.set_viewport_size(before)
