"""What every page says, and what it leaves to the library."""

import json
import re

import pytest

from cbe_lib.pages import APPS
from cbe_lib.pages.server import TEMPLATE, TEMPLATES
from cbe_lib.widgets.own_file import MOST_BYTES

NOTEBOOKS = sorted(APPS.glob("*.ipynb"))
FRAME = TEMPLATES / "voila" / "templates" / TEMPLATE


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def page(request):
    return json.loads(request.param.read_text())


def words(page):
    return "\n".join("".join(cell["source"]) for cell in page["cells"] if cell["cell_type"] == "markdown")


def test_code_is_one_short_cell_without_results(page):
    (cell,) = [each for each in page["cells"] if each["cell_type"] == "code"]
    assert len("".join(cell["source"]).splitlines()) <= 4
    assert cell["outputs"] == []


def test_heading_is_the_title(page):
    assert words(page).startswith(f"# {page['metadata']['title']}\n")


def test_page_says_how_to_read_the_picture_and_what_it_cannot_say(page):
    assert re.findall(r"^## (.*)$", words(page), re.MULTILINE) == [
        "How to read the picture",
        "What this page cannot say",
    ]


def test_page_says_where_its_numbers_come_from(page):
    assert re.search(r"Synthetic data|No data|made-up", words(page))


def test_landing_page_tells_what_every_page_answers():
    told = (FRAME / "tree.html").read_text()
    assert [app.stem for app in NOTEBOOKS if f"'{app.stem}':" not in told] == []


def test_page_and_library_take_files_of_the_same_size():
    assert f'data-most-bytes="{MOST_BYTES}"' in (FRAME / "index.html.j2").read_text()
