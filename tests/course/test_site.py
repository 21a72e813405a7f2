"""The site hangs together, asks nothing outside, and can be used by everybody."""

import re
from functools import lru_cache
from html.parser import HTMLParser

import pytest

from course.check import look, served

LOOKED_AT = (
    "index.html",
    "notebooks/00_first.html",
    "notebooks/01_second.html",
    "guide/index.html",
    "guide/ten_weeks.html",
    "guide/protocol_07.html",
    "reference/exercises.html",
    "glossary.html",
    "search.html",
    "explainers.html",
)


class Links(HTMLParser):
    """What a page points to, and what can be pointed to in it."""

    def __init__(self, page):
        super().__init__()
        self.targets, self.anchors = [], set()
        self.feed(re.sub(r"data:[^\"]+", "data:", page.read_text(encoding="utf8")))

    def handle_starttag(self, _, attributes):
        named = dict(attributes)
        self.anchors |= {named[key] for key in ("id", "name") if named.get(key)}
        self.targets += [named[key] for key in ("href", "src") if named.get(key)]


links_of = lru_cache(Links)


def first(small):
    return (small.out / "site" / "notebooks" / "00_first.html").read_text(encoding="utf8")


def broken(page):
    for target in links_of(page).targets:
        place, _, anchor = target.partition("#")
        if re.match(r"(https?|data):", target):
            continue
        file = (page.parent / place).resolve() if place else page
        if not file.exists() or (anchor and file.suffix == ".html" and anchor not in links_of(file).anchors):
            yield f"{page.name}: {target}"


def test_every_lesson_has_a_page_of_its_name(small):
    assert {page.stem for page in small.pages} >= {lesson.stem for lesson in small.lessons}


def test_no_link_leads_nowhere(small):
    assert [link for page in small.pages for link in broken(page)] == []


def test_pages_load_nothing_from_elsewhere(small):
    loaded = re.compile(r'<(?:script|link|img|source|iframe)[^>]+(?:src|href)="(?:https?:)?//')
    assert [page.name for page in small.pages if loaded.search(page.read_text(encoding="utf8"))] == []


def test_picture_says_its_title_and_axes(small):
    assert 'alt="Chart. Three dots in a row. place across, height up."' in first(small)


def test_panel_stands_as_it_was(small):
    assert "<dt>Level</dt><dd>2</dd>" in first(small)
    assert "<p>The level is two.</p>" in first(small)


def test_solution_is_there_but_closed(small):
    assert re.search(r'<details class="solution"><summary>Solution</summary>.*dots', first(small), re.DOTALL)


def test_what_follows_a_prediction_is_there_but_closed(small):
    page = (small.out / "site" / "notebooks" / "01_second.html").read_text(encoding="utf8")
    assert re.search(r'<details class="answer"><summary>What the cell gives</summary><pre class="output">no', page)


def test_links_between_notebooks_lead_from_page_to_page(small):
    assert '<a href="01_second.html">the other one</a>' in first(small)


def test_reference_says_question_parameters_and_example(small):
    text = (small.out / "site" / "reference" / "exercises.html").read_text(encoding="utf8")
    for part in ("what is wrong with it?", "<h3>Parameters</h3>", "<h3>Raises</h3>", "<h3>Example</h3>"):
        assert part in text


@pytest.mark.parametrize("name", LOOKED_AT)
def test_page_has_no_grave_violation_asks_nothing_outside_and_fits_a_phone(small, browser, name):
    with served(small.out / "site") as address:
        finding = look(browser, address, name)
    assert finding.outside == []
    assert finding.violations == []
    assert finding.errors == []
    assert finding.too_wide <= 0


def test_no_file_of_the_index_is_cut_off(small):
    files = [each for each in (small.out / "site" / "pagefind").rglob("*") if each.is_file()]
    assert len(files) > 10
    assert [each.name for each in files if each.stat().st_size == 0] == []


def test_search_finds_a_word(small, browser):
    with served(small.out / "site") as address:
        page = browser.new_page()
        page.goto(f"{address}/search.html")
        page.locator(".pagefind-ui__search-input").fill("dots")
        page.wait_for_selector(".pagefind-ui__result-link")
        assert "dots" in page.locator(".pagefind-ui__result-link").first.inner_text()
        page.close()
