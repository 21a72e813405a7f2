"""A team rates together in real browsers: on a phone, by keyboard, without JavaScript, without network."""

import pytest

from tests.browser.looks import hindrances, width

RATE = ("-m", "cbe_lib.cli", "rate", "serve", "--port", "{port}", "--no-browser", "--store")
PHONE = {"viewport": {"width": 375, "height": 800}}


@pytest.fixture(scope="module")
def address(serve, tmp_path_factory):
    with serve(*RATE, str(tmp_path_factory.mktemp("rate") / "visits.db")) as (address, _):
        yield address


@pytest.fixture
def lead(address, open_tab):
    """Open a session for a team of three: the lead's page."""
    page, watch = open_tab(f"{address}/open")
    for field, text in (("District to be rated", "Alder (made up)"), ("Your name", "Lee"), ("Number of raters", "3")):
        page.get_by_label(field).fill(text)
    page.get_by_role("button", name="Open the session").click()
    page.locator(".code").wait_for()
    return page, watch


@pytest.fixture
def join(address, open_tab, lead):
    """Join the session: a rater's page and its Watch."""
    code = lead[0].locator(".code").inner_text()

    def seated(name, **options):
        page, watch = open_tab(f"{address}/join/{code}", **options)
        page.get_by_label("Your name").fill(name)
        page.get_by_role("button", name="Join and start rating").click()
        page.locator("progress").wait_for()
        return page, watch

    return seated


def rate(page, level, reason=""):
    page.get_by_role("link", name="Start with D1.1").click()
    page.get_by_role("radio", name=level).check()
    page.get_by_label("3. Why this level?").fill(reason)
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_text("D1.1 saved at").wait_for()


def hand_in(page):
    page.get_by_role("link", name="All criteria").click()
    page.get_by_role("button", name="I have finished: hand in").click()
    page.locator(".saved").first.wait_for()


def test_a_team_rates_alone_and_then_sees_all(lead, join):
    team = [join("Ana"), join("Ben", **PHONE), join("Cleo", java_script_enabled=False)]
    for (page, _), level in zip(team, ("Exploring", "Emerging", "Breakthrough"), strict=True):
        rate(page, level, f"secret of {level}")
    for page, _ in team[:2]:
        hand_in(page)
    lead[0].get_by_role("link", name="Look again").click()
    lead[0].get_by_text("2 of 3 who joined have handed in").wait_for()
    assert "secret" not in lead[0].content()
    hand_in(team[2][0])
    team[0][0].get_by_role("link", name="Look again").click()
    team[0][0].get_by_role("link", name="See all ratings side by side").click()
    team[0][0].get_by_text("3 levels apart: from Exploring to Breakthrough").first.wait_for()
    for _, watch in (lead, *team):
        assert (watch.outside, watch.errors) == ([], [])


def test_nothing_seriously_hinders_access_and_every_page_fits_a_phone(address, lead, join, open_tab):
    page, _ = join("Ana", **PHONE)
    home, _ = open_tab(address, **PHONE)
    leading, _ = lead
    leading.set_viewport_size(PHONE["viewport"])
    seen = {"home": home, "lead": leading, "overview": page}
    for name, shown in seen.items():
        assert (name, hindrances(shown), width(shown)) == (name, [], 375)
    page.get_by_role("link", name="Start with D1.1").click()
    assert (hindrances(page), width(page)) == ([], 375)
    leading.get_by_label("Show the ratings all the same").check()
    leading.get_by_role("button", name="Show all ratings to the team").click()
    leading.get_by_text("Criterion by criterion").wait_for()
    assert (hindrances(leading), width(leading)) == ([], 375)


def test_a_level_is_chosen_and_saved_by_keyboard_alone(join):
    page, _ = join("Ana")
    page.get_by_role("link", name="Start with D1.1").click()
    page.get_by_role("radio", name="Exploring").focus()
    for key in ("ArrowDown", "Tab", "Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    page.get_by_text("D1.1 saved at").wait_for()
    assert page.get_by_text("Emerging.").first.is_visible()


def test_what_is_typed_survives_a_closed_tab(join):
    page, _ = join("Ana")
    page.get_by_role("link", name="Start with D1.1").click()
    page.get_by_label("3. Why this level?").fill("half a thought")
    page.get_by_text("Draft kept at").wait_for()
    again = page.context.new_page()
    again.goto(page.url)
    page.close()
    assert again.get_by_label("3. Why this level?").input_value() == "half a thought"
    assert again.get_by_text("It is not saved as a vote yet").is_visible()


def test_without_network_the_page_says_so_and_keeps_what_was_typed(join):
    page, _ = join("Ana")
    page.get_by_role("link", name="Start with D1.1").click()
    page.context.set_offline(True)
    page.get_by_role("radio", name="Emerging").check()
    page.get_by_text("No connection. What you typed is still on this page").wait_for()
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_text("No connection, so nothing was saved").wait_for()
    page.context.set_offline(False)
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_text("D1.1 saved at").wait_for()


def test_forms_are_not_printed(join):
    page, _ = join("Ana")
    page.emulate_media(media="print")
    assert page.get_by_role("button").filter(visible=True).count() == 0
    assert page.get_by_text("D1 Purpose in use").is_visible()
