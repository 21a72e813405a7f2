"""The pages without code, in a real browser."""

import json

import pytest

from cbe_lib import samples
from cbe_lib.pages import APPS
from cbe_lib.widgets.own_file import MOST_BYTES
from tests.browser.conftest import PAGES, PICTURE
from tests.browser.looks import as_on_a_phone, hindrances, width

OTHERS = sorted(app.stem for app in APPS.glob("*.ipynb") if app.stem != "dip_explorer")
BROKEN = "This page could not be prepared"


@pytest.fixture(scope="module", params=OTHERS)
def visited(request, all_pages, open_tab):
    """Visit a page once: (page, Watch)."""
    page, watch = open_tab(f"{all_pages}/voila/render/{request.param}.ipynb")
    page.locator(PICTURE).wait_for()
    yield page, watch
    page.context.close()


def test_first_address_links_to_every_page_and_says_how_to_rate_together(all_pages, open_tab):
    page, watch = open_tab(all_pages)
    links = {link.get_attribute("href") for link in page.locator("a").all()}
    assert links == {f"/voila/render/{app.name}" for app in APPS.glob("*.ipynb")}
    assert "cbe rate serve" in page.locator("main").inner_text()
    assert (watch.outside, watch.errors, hindrances(page)) == ([], [], [])


def test_arrow_key_on_a_slider_changes_the_picture(visited):
    page, _ = visited
    slider = page.get_by_role("slider").last
    key = "ArrowLeft" if slider.input_value() == slider.get_attribute("max") else "ArrowRight"
    seen = page.locator(".cbe-picture").inner_html()
    slider.press(key)
    page.wait_for_function("before => document.querySelector('.cbe-picture').innerHTML !== before", arg=seen)
    assert slider.get_attribute("aria-valuetext") == page.locator("output").last.inner_text()


def test_every_control_has_a_name_and_takes_the_focus_in_order(visited):
    page, _ = visited
    controls = page.locator(".cbe-controls :is(input, select)")
    page.locator(".cbe-nav a").focus()
    for control in controls.all():
        page.keyboard.press("Tab")
        assert control.evaluate("control => control === document.activeElement && control.labels[0].innerText !== ''")


def test_page_of_any_kind_hinders_access_nowhere_seriously(visited):
    page, _ = visited
    assert hindrances(page) == []


def test_page_of_any_kind_fits_a_phone(visited):
    page, _ = visited
    with as_on_a_phone(page, (390, 844)):
        assert width(page) == 390


def test_printed_page_has_no_controls_but_says_what_was_chosen(visited):
    page, _ = visited
    page.emulate_media(media="print")
    assert page.locator(".cbe-controls:visible").count() == 0
    assert page.locator("output").last.inner_text() in page.locator("#cbe-chosen").inner_text()
    page.emulate_media(media="screen")


def test_page_of_any_kind_asks_nothing_of_another_machine_and_logs_no_error(visited):
    _, watch = visited
    assert (watch.outside, watch.errors) == ([], [])


def test_uploaded_file_is_read_and_its_name_is_only_text(all_pages, open_tab):
    page, watch = open_tab(f"{all_pages}/voila/render/your_own_file.ipynb")
    page.locator(PICTURE).wait_for()
    name = "<img src=x onerror=alert(1)>.xlsx"
    content = (samples.folder() / "messy_state_file.xlsx").read_bytes()
    page.get_by_label("Choose a file").set_input_files({"name": name, "mimeType": "", "buffer": content})
    page.get_by_text(f"{name}: 20").wait_for()
    large = {"name": "large.csv", "mimeType": "text/csv", "buffer": bytes(MOST_BYTES + 1)}
    page.get_by_label("Choose a file").set_input_files(large)
    page.get_by_text("more than 8 million bytes").wait_for()
    assert watch.errors == []


def test_brief_for_a_visit_can_be_kept(all_pages, open_tab):
    page, watch = open_tab(f"{all_pages}/voila/render/rubric_profile.ipynb")
    page.get_by_label("District").select_option(label="Ivrelness (synthetic)")
    page.get_by_role("button", name="Make the brief for a visit").click()
    for name, start in (("PDF, two pages", b"%PDF"), ("web page", b"<!DOCTYPE html>")):
        with page.expect_download() as kept:
            page.get_by_role("link", name=name).click()
        assert kept.value.path().read_bytes().lower().startswith(start.lower())
    assert (watch.outside, watch.errors) == ([], [])


def notebook(folder, name, source):
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": source, "outputs": [], "execution_count": None}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = {"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    (folder / name).write_text(json.dumps(content))


def test_what_cannot_be_shown_is_said_in_words(serve, open_tab, tmp_path):
    notebook(tmp_path, "broken.ipynb", "1 / 0")
    notebook(tmp_path, "strange.ipynb", "import ipywidgets\nipywidgets.ColorPicker()")
    with serve(*PAGES, "--folder", str(tmp_path), "--warm", "0") as (address, _):
        page, _ = open_tab(f"{address}/voila/render/broken.ipynb")
        page.get_by_role("alert").wait_for()
        assert BROKEN in page.get_by_role("alert").inner_text()
        assert page.locator("#cbe-status").is_hidden()
        page.goto(f"{address}/voila/render/strange.ipynb")
        page.get_by_role("alert").wait_for()
        assert "cannot show one of its controls (ColorPickerModel)" in page.get_by_role("alert").inner_text()
    page.get_by_text("The server of this page does not answer any more").wait_for()
