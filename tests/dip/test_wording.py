"""Nothing false, nothing ugly and nothing uncertain left out of the sentences."""

import itertools
import re

import numpy as np
import pandas as pd
import pytest

from cbe_lib import dip, simulate
from cbe_lib.dip import wording

pytestmark = pytest.mark.usefixtures("small_tables")

NEVER = [
    *[r"\bcaused?\b", "because of the", "due to", "prove", "significan"],
    *["  ", r"\.\.", r" \.", r"\(\)", "nan", r"\binf\b", r"-0\.0\b", "None", r"\d\.\d{5,}", r"e[-+]\d"],
    *[
        r"\([^)]*\(",
        r"\(s\)",
        r"(?<![.,\d])1 (points|results|years|times|districts) ",
        r"\b1\.0 year\b",
        r"\b0 points deep",
    ],
]
MEANING = "intervals made this way hold the true depth 95 times in 100"


def check(result):
    """Look for what must never, and for what must always, stand in the words of a result."""
    words = [result.text, *result.notes, *result.table["note"]]
    for unwanted, text in itertools.product(NEVER, words):
        assert not re.search(unwanted, text), (unwanted, text)
    assert result.text.endswith(".")
    assert result.text[0].isupper()
    said = result.text.startswith("Cannot tell whether there was a dip: ")
    p_value = result.existence.p_value
    assert said == (not p_value < 0.05)
    if not np.isnan(p_value):
        assert "95% interval" in result.text
        assert MEANING in result.text
        assert "a district that never changed would look this much like a dip" in result.text.replace(
            "A dist", "a dist"
        )
    if not said:
        assert "what lies behind the fall, these numbers alone do not say" in result.text


def fitted(shape, **changes):
    asked = {"years": range(2004, 2018), "rollout": 2010, "shape": shape, "n_tested": 400, **changes}
    return simulate.outcomes(**asked)[0]


@pytest.mark.parametrize("students", [25, 250, 5000])
@pytest.mark.parametrize("shape", simulate.SHAPES)
def test_every_shape_at_every_size_is_put_into_true_words(shape, students):
    seen = set()
    for depth, seed in itertools.product((None, 20), (1, 2)):
        if shape == "none" and depth:
            continue
        frame = fitted(shape, n_tested=students, depth=depth, seed=seed)
        for counts in ("n_tested", None):
            result = dip.fit(frame, 2010, n_tested=counts)
            check(result)
            seen.add(result.text[:11])
    assert seen


def test_both_verdicts_come_up():
    deep, none = (
        dip.fit(fitted(shape, noise_sd=1, depth=depth, n_tested=5000), 2010)
        for shape, depth in (("v", 15), ("none", None))
    )
    assert deep.text.startswith("Results fell about ")
    assert none.text.startswith("Cannot tell")


@pytest.mark.parametrize("scale", [1, None])
def test_shares_and_scores_are_put_into_true_words(scale):
    for shape in ("v", "step", "none"):
        frame = fitted(shape, n_tested=3000)
        frame["value"] *= 0.01 if scale == 1 else 25
        check(dip.fit(frame, 2010, scale=scale))


def test_an_uncertain_rollout_is_put_into_true_words():
    check(dip.fit(fitted("v", n_tested=3000), 2010, rollout_uncertain=True))


BARE = {
    "no year": [],
    "one year": [2009],
    "one before": [2009, 2010],
    "two before": range(2008, 2018),
    "three after": range(2004, 2013),
    "none before": range(2010, 2018),
    "none after": range(2004, 2010),
}


@pytest.mark.parametrize("case", BARE)
@pytest.mark.parametrize("value", [0.0, 50.0, None])
def test_what_cannot_be_told_is_put_into_true_words(case, value):
    frame = fitted("v").query("year in @BARE[@case]")
    frame = frame if len(frame) else pd.DataFrame({"year": [2009], "value": [np.nan], "n_tested": [40]})
    frame = frame if value is None else frame.assign(value=frame["value"].where(frame["value"].isna(), value))
    for counts in ("n_tested", None):
        check(dip.fit(frame, 2010, n_tested=counts))


@pytest.mark.parametrize(
    ("p_value", "level", "dip_claimed"),
    [(0.049, 0.95, True), (0.051, 0.95, False), (0.2, 0.5, False), (0.02, 0.99, False), (0.004, 0.99, True)],
)
def test_a_dip_is_claimed_below_5_in_100_and_below_what_a_stricter_level_leaves(p_value, level, dip_claimed):
    table = terms_table(depth=(6.1, 2.0, 9.8))
    text = wording.fitted_text(table, p_value, 2017, level, "")
    assert text.startswith("Results fell about 6.1 points below") == dip_claimed
    assert f"intervals made this way hold the true depth {level * 100:g} times in 100" in text


def terms_table(depth, recovery=(4.0, 2.0, np.inf), unit="points"):
    rows = [("depth", *depth, unit), ("trough_year", 2011, 2010, 2013, "year"), ("recovery_years", *recovery, "years")]
    return pd.DataFrame(rows, columns=["term", "estimate", "conf_low", "conf_high", "unit"])


def test_a_found_dip_is_told_in_full():
    assert wording.fitted_text(terms_table((6.12, 2.04, 9.8)), 0.021, 2017, 0.95, "") == (
        "Results fell about 6.1 points below where the years before were heading, lowest around 2011 (95% interval of "
        "the depth: 2.0 to 9.8 points; intervals made this way hold the true depth 95 times in 100). Regaining that "
        "path took at least 2.0 years, and by 2017 it may not have happened yet. A district that never changed would "
        "look this much like a dip about 2 times in 100; what lies behind the fall, these numbers alone do not say."
    )


def test_a_found_dip_whose_depth_may_be_next_to_nothing_is_told_with_more_care():
    text = wording.fitted_text(terms_table((11.2, 0.0, 32.2)), 0.011, 2017, 0.95, "")
    assert text.startswith(
        "Results fell below where the years before were heading, lowest around 2011; how far is unclear, perhaps about "
        "11.2 points (95% interval of the depth: 0.0 to 32.2 points;"
    )


def test_shares_are_named_once_and_brackets_never_nest():
    text = wording.fitted_text(terms_table((0.05, 0.01, 0.09), unit="share"), 0.01, 2017, 0.95, "")
    assert "Results fell about 0.05 (share) below" in text
    assert "interval of the depth: 0.01 to 0.09; intervals" in text


def test_what_is_not_found_is_told_in_full():
    assert wording.fitted_text(terms_table((2, 0, 7.3)), 0.31, 2017, 0.95, " More years would help.") == (
        "Cannot tell whether there was a dip: a district that never changed would look this much like a dip about 31 "
        "times in 100. If there was one, its depth is likely 0.0 to 7.3 points (95% interval; intervals made this way "
        "hold the true depth 95 times in 100). More years would help."
    )


@pytest.mark.parametrize(
    ("recovery", "sentence"),
    [
        ((np.inf, np.inf, np.inf), "By 2017 they had not regained that path."),
        ((5.0, 0.0, np.inf), "Whether and when they regained that path, these numbers cannot tell."),
        (
            (np.inf, 3.14, np.inf),
            "Regaining that path took at least 3.1 years, and by 2017 it may not have happened yet.",
        ),
        ((4.0, 2.5, 6.0), "They had regained that path after about 4.0 years (likely 2.5 to 6.0)."),
        ((1.0, 0.0, 2.5), "They had regained that path within 2.5 years."),
    ],
)
def test_recovery_is_told_as_far_as_it_is_known(recovery, sentence):
    row = dict(zip(("estimate", "conf_low", "conf_high"), recovery, strict=True))
    assert wording.recovery_sentence(row, 2017) == sentence


@pytest.mark.parametrize(
    ("p_value", "words"),
    [
        (0.00001, "less than once in 1,000"),
        (0.001, "about 1 time in 1,000"),
        (0.004, "about 4 times in 1,000"),
        (0.01, "about 1 time in 100"),
        (0.31, "about 31 times in 100"),
        (0.994, "about 99 times in 100"),
        (0.999, "nearly every time"),
    ],
)
def test_chances_are_told_in_whole_numbers(p_value, words):
    assert wording.times_in(p_value) == words


@pytest.mark.parametrize(
    ("number", "unit", "words"),
    [
        (6.14, "points", "6.1 points"),
        (0.0, "points", "0.0 points"),
        (-1e-9, "points", "0.0 points"),
        (0.047, "points", "0.05 points"),
        (0.0469, "share", "0.0469 (share)"),
        (1234.5, "units", "1,234 units"),
        (4.7, "units", "4.7 units"),
    ],
)
def test_amounts_are_told_in_their_unit(number, unit, words):
    assert wording.amount(number, unit) == words


@pytest.mark.parametrize(
    ("lowest", "move"), [(56.9, "6.1 points lower"), (63.0, "no change"), (64.0, "1.0 points higher")]
)
def test_bare_numbers_are_told_with_their_years(lowest, move):
    years, values = np.array([2008, 2009, 2010, 2011]), np.array([61.0, 63.0, 70.0, lowest])
    assert wording.cannot_tell_text("only 2 results before", years, values, 2010, "points", "") == (
        "Cannot tell whether there was a dip: only 2 results before. The bare numbers: 63 in 2009, and "
        f"{lowest:g} in 2011, the lowest from the rollout on ({move})."
    )


def test_numbers_of_two_tests_are_not_set_side_by_side():
    years, values = np.array([2009, 2010]), np.array([63.0, 56.9])
    text = wording.cannot_tell_text("the test changed", years, values, 2010, "points", "", comparable=False)
    assert text == "Cannot tell whether there was a dip: the test changed."


def test_other_results_are_put_into_true_words(outcomes):
    results = [
        dip.interrupted(outcomes, 2010),
        dip.interrupted(outcomes.assign(value=50.0), 2010),
        dip.detectable(6, 8, n_tested=240),
        dip.detectable(6, 8, n_tested=1),
        dip.detectable(1, 1, n_tested=None, noise_sd=3),
        dip.naive(outcomes.assign(district_id="A")),
    ]
    for result, unwanted in itertools.product(results, NEVER):
        assert not re.search(unwanted, result.text), (unwanted, result.text)
