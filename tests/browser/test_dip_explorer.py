"""The page of the dip explorer, in a real browser: what holds of the frame of every page is looked at here, once."""

import contextlib
import json

import psutil
import pytest

from tests.browser.conftest import PICTURE
from tests.browser.looks import as_on_a_phone, hindrances, width


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


def kernel_of(page):
    return json.loads(page.locator("#jupyter-config-data").text_content())["kernelId"]


def runs(server_pid, kernel):
    return any(kernel in command(child) for child in psutil.Process(server_pid).children(recursive=True))


def command(process):
    with contextlib.suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


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
    assert hindrances(page) == []


def test_page_fits_a_phone(explorer):
    page, _ = explorer
    with as_on_a_phone(page, (375, 800)):
        assert width(page) == 375
        assert page.locator(PICTURE).bounding_box()["width"] > 320


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
