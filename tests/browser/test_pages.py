"""The pages without code, in a real browser."""

import contextlib
import json

import psutil
import pytest
from axe_playwright_python.sync_playwright import Axe

from cbe_lib import samples
from cbe_lib.pages import APPS
from cbe_lib.widgets.own_file import MOST_BYTES

OTHERS = sorted(app.stem for app in APPS.glob("*.ipynb") if app.stem != "dip_explorer")
PICTURE = ".cbe-picture svg[role=img]:visible"
PAGES = ("-m", "cbe_lib.cli", "pages", "--port", "{port}", "--no-browser")
BROKEN = "This page could not be prepared"


def described(page):
    return page.locator(PICTURE).get_attribute("aria-label")


def press(page, name, key):
    """Press a key on a control and return the descriptions of the picture before and after."""
    before = described(page)
    page.get_by_role("slider", name=name, exact=True).focus()
    page.keyboard.press(key)
    page.wait_for_function(
        "before => [...document.querySelectorAll('.cbe-picture svg')].every("
        "picture => picture.getAttribute('aria-label') !== before)",
        arg=before,
    )
    return before, described(page)


def choose(page, district):
    page.get_by_label("District", exact=True).select_option(label=district)
    page.locator(PICTURE).wait_for()


def serious(page):
    found = Axe().run(page).response["violations"]
    return [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")]


def kernel_of(page):
    return json.loads(page.locator("#jupyter-config-data").text_content())["kernelId"]


def runs(server_pid, kernel):
    return any(kernel in command(child) for child in psutil.Process(server_pid).children(recursive=True))


def command(process):
    with contextlib.suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


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
    assert (watch.outside, watch.errors, serious(page)) == ([], [], [])


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
    assert serious(page) == []


def test_page_of_any_kind_fits_a_phone(visited):
    page, _ = visited
    wide = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.set_viewport_size(wide)


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


def test_page_has_language_title_main_part_and_one_heading(explorer):
    page, _ = explorer
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.title() == "The dip explorer"
    assert page.locator("main").count() == page.locator("h1").count() == 1


def test_no_code_is_shown(explorer):
    page, _ = explorer
    assert "import" not in page.locator("main").inner_text()


def test_waiting_message_is_gone_once_the_picture_is_there(explorer):
    page, _ = explorer
    assert page.locator("#cbe-status").is_hidden()


@pytest.mark.parametrize("key", ["ArrowRight", "ArrowLeft"])
def test_arrow_keys_change_the_picture_and_its_description(explorer, key):
    page, _ = explorer
    choose(page, "made up, with a known truth")
    before, after = press(page, "Depth (points)", key)
    assert before != after


def test_sentence_beside_the_picture_is_its_description_and_is_announced(explorer):
    page, _ = explorer
    sentence = page.locator(".cbe-sentence:visible .widget-html-content")
    assert described(page) == f"Chart. {sentence.inner_text().strip()}"
    assert sentence.get_attribute("aria-live") == "polite"


@pytest.mark.parametrize(
    "district", ["made up, with a known truth", "real, but nothing changed", "Westminster 50, Colorado"]
)
def test_nothing_seriously_hinders_access(explorer, district):
    page, _ = explorer
    choose(page, district)
    assert serious(page) == []


def test_page_fits_a_phone(explorer):
    page, _ = explorer
    wide = page.viewport_size
    page.set_viewport_size({"width": 375, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 375
    assert page.locator(PICTURE).bounding_box()["width"] > 320
    page.set_viewport_size(wide)


def test_controls_are_not_printed(explorer):
    page, _ = explorer
    page.emulate_media(media="print")
    assert page.locator(".cbe-controls:visible").count() == 0
    assert page.locator(PICTURE).count() == 1
    page.emulate_media(media="screen")


def test_nothing_was_asked_of_another_machine_and_no_error_was_logged(explorer):
    _, watch = explorer
    assert (watch.outside, watch.errors) == ([], [])


def test_kernel_of_a_closed_page_ends_and_that_of_an_open_page_stays(explorer, pages_server, open_tab, wait):
    address, server = pages_server
    kept = kernel_of(explorer[0])
    page, _ = open_tab(f"{address}/voila/render/dip_explorer.ipynb")
    page.locator(PICTURE).wait_for()
    left = kernel_of(page)
    assert runs(server, left)
    page.context.close()
    wait(lambda: not runs(server, left), "the kernel of the closed page has ended")
    assert runs(server, kept)


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
