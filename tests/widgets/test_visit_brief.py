import base64
import re

import pytest

from cbe_lib.errors import CbeError
from cbe_lib.widgets import rubric_profile
from cbe_lib.widgets.visit_brief import brief_links


@pytest.fixture(scope="module")
def pressed():
    shown = rubric_profile(brief=True)
    button, links = shown.children[1].children
    button.click()
    return shown.children[0].children[0].children[0], button, links


def test_button_brings_a_pdf_and_a_web_page(pressed):
    _, button, links = pressed
    pdf, page = (base64.b64decode(held) for held in re.findall(r'base64,([^"]+)"', links.value))
    assert pdf.startswith(b"%PDF-")
    assert b"Tarnelmere" in page
    assert not button.disabled


def test_choosing_another_district_takes_the_links_away(pressed):
    district, _, links = pressed
    district.value = "00133"
    assert links.value == ""


def test_unknown_district_is_refused():
    with pytest.raises(CbeError, match="Nowhere"):
        brief_links("Nowhere")
