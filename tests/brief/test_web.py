"""The web page: names that print as they are, headings in order, tables that can be read aloud, no network."""

import re
from dataclasses import replace
from itertools import pairwise

import markupsafe
import pytest

from cbe_lib.brief.web import page
from tests.brief.conftest import HOSTILE


@pytest.fixture(scope="module")
def shown(rated_alder):
    return page(rated_alder)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text_and_nothing_else(among_hostile, name):
    shown = page(replace(among_hostile, title=name))
    assert f"<h1>{markupsafe.escape(name)}</h1>" in shown
    assert "<script" not in shown


def test_the_page_names_its_language_and_title_and_has_one_first_heading(shown):
    assert '<html lang="en">' in shown
    assert "<title>Site-visit brief: Alder</title>" in shown
    assert (shown.count("<h1>"), shown.count("<h2>"), shown.count("<h3>")) == (1, 12, 6)


def test_every_filled_row_and_column_is_headed(shown):
    tables = re.findall(r"<table>.*?</table>", shown, re.DOTALL)
    assert tables
    for table in tables:
        assert 'scope="col"' in table
        assert table.count('scope="row"') == table.count("<tr>") - 1


def test_the_figure_is_inline_and_read_aloud_with_its_numbers(shown):
    assert re.search(r'<svg role="img" aria-label="Chart of percent, grade 8 mathematics[^"]*60 tested a year', shown)


def test_nothing_is_fetched_from_elsewhere(shown):
    outside = re.findall(r'(?:src|href|url)\s*[=(]\s*["\']?(?:https?:)?//[^"\')]+', shown)
    assert outside == []


def test_a_notebook_shows_the_brief_without_a_page_around_it(rated_alder):
    shown = rated_alder._repr_html_()
    assert "<h3>Alder</h3>" in shown
    assert "<html" not in shown


def test_a_notebook_keeps_its_own_title_and_the_headings_of_a_brief_lie_one_below_the_other(rated_alder):
    levels = [int(level) for level in re.findall(r"<h([1-6])>", rated_alder._repr_html_())]
    assert levels[:2] == [3, 4]
    assert set(levels) == {3, 4, 5}
    assert all(below - above <= 1 for above, below in pairwise(levels))


def test_plain_text_lists_the_sections(rated_alder):
    assert "12  To read before you go" in repr(rated_alder)
