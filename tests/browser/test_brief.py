"""The web page of the brief in a real browser: on a desk, on a phone, for a screen reader, without network."""

import pytest

from cbe_lib import brief
from tests.brief.conftest import two_tables, with_ratings
from tests.browser.looks import hindrances, width


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    tables = with_ratings(two_tables())
    tables["districts"].loc[0, "name"] = "<script>document.title = 'taken'</script>" + "Wx4" * 50
    return brief.write(brief.build("001", tables), tmp_path_factory.mktemp("brief"))[1].as_uri()


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 900}, {"width": 390, "height": 800}])
def test_the_brief_is_readable_by_everybody_and_asks_nobody_outside(address, open_tab, viewport):
    page, watch = open_tab(address, viewport=viewport)
    assert hindrances(page) == []
    assert width(page) <= viewport["width"]
    assert page.title().startswith("Site-visit brief: <script>")
    assert [url for url in watch.outside if not url.startswith("file:")] == []
    assert watch.errors == []
