"""What is looked at on every page, whoever serves it."""

from axe_playwright_python.sync_playwright import Axe


def hindrances(page):
    found = Axe().run(page).response["violations"]
    return [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")]


def width(page):
    return page.evaluate("document.documentElement.scrollWidth")
