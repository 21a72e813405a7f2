"""The PDF: two tagged pages that any reader can open, and names that print as they are."""

import io
import re
from dataclasses import replace

import pikepdf
import pytest

from cbe_lib import brief, samples
from cbe_lib.brief import sheets
from cbe_lib.brief.letters import printable
from tests.brief.conftest import HOSTILE
from tests.brief.pdf_text import words

FULL, NEVER = "00263", "00023"


@pytest.fixture(scope="module")
def state():
    return samples.state()


@pytest.fixture(scope="module")
def opened(alder):
    return pikepdf.open(io.BytesIO(sheets.pdf(alder)))


@pytest.mark.parametrize("district", [FULL, NEVER])
def test_a_sample_district_fills_exactly_two_letter_pages(state, district):
    made = pikepdf.open(io.BytesIO(sheets.pdf(brief.build(district, state))))
    assert [[float(side) for side in page.MediaBox] for page in made.pages] == [[0, 0, 612, 792]] * 2


def test_two_tables_alone_fill_exactly_two_pages(opened):
    assert len(opened.pages) == 2


def test_the_file_says_that_it_is_pdf_ua_1(opened):
    with opened.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"


def test_the_file_is_tagged_and_names_its_language_and_title(opened):
    root = opened.Root
    assert bool(root.MarkInfo.Marked)
    assert str(root.Lang) == "en-US"
    assert bool(root.ViewerPreferences.DisplayDocTitle)
    with opened.open_metadata() as metadata:
        assert metadata["dc:title"] == "Site-visit brief: Alder"


def kinds(node):
    """Yield the kind of every element of the structure tree, and the figures among them."""
    if not isinstance(node, pikepdf.Dictionary):
        return
    if "/S" in node:
        yield str(node.S), node
    children = node.get("/K", [])
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        yield from kinds(child)


def test_headings_lists_tables_and_the_figure_are_tagged(opened):
    found = [kind for kind, _ in kinds(opened.Root.StructTreeRoot)]
    assert {"/H1", "/H2", "/H3", "/L", "/LI", "/Table", "/TH", "/TD", "/Figure"} <= set(found)
    assert (found.count("/H1"), found.count("/H2"), found.count("/H3")) == (1, 12, 6)


def test_the_figure_has_a_text_alternative_that_tells_the_numbers(opened):
    figure = next(node for kind, node in kinds(opened.Root.StructTreeRoot) if kind == "/Figure")
    assert re.search(r"50\.0% in 2019, lowest 50\.0% in 20\d\d; 60 tested a year", str(figure.Alt))


def test_every_font_is_embedded(opened):
    fonts = [font for page in opened.pages for font in page.Resources.Font.values()]
    described = [font.DescendantFonts[0].FontDescriptor for font in fonts]
    assert described
    assert all({"/FontFile", "/FontFile2", "/FontFile3"} & set(each.keys()) for each in described)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_prints_as_it_is(among_hostile, name):
    made = pikepdf.open(io.BytesIO(sheets.pdf(replace(among_hostile, title=name))))
    assert len(made.pages) == 2
    assert re.sub(r"\s", "", name) in words(made.pages[0])
    with made.open_metadata() as metadata:
        assert metadata["dc:title"] == f"Site-visit brief: {name}"


def test_hostile_names_of_neighbors_print_as_they_are(among_hostile):
    made = pikepdf.open(io.BytesIO(sheets.pdf(among_hostile)))
    shown = words(made.pages[0])
    assert "#setpage(width:1pt)" in shown
    assert '";DROPTABLEdistricts' in shown


def test_letters_that_no_font_has_are_marked_and_control_codes_are_dropped():
    assert printable("Жуков 日本 \u202ea\x00b\n") == "Жуков \ufffd\ufffd ab "


def test_a_name_in_letters_that_no_font_has_still_makes_a_file(alder):
    made = pikepdf.open(io.BytesIO(sheets.pdf(replace(alder, title="日本"))))
    assert "Lettersthatnofontofthisfilehas" in words(made.pages[1])
