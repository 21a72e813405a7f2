"""Intraclass correlations: published limits, unbalanced truth, and what cannot be told."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import f

from cbe_lib import CbeError, rubric
from tests.rubric.conftest import case, long_table, rows

SIX = case("shroutfleiss1979_six")["ratings"]


def icc(frame, **options):
    return rubric.icc(frame, unit="unit", rater="rater", rating="rating", **options)


def simulated(seed, units=3000, raters=4, missing=0.0):
    """Variances 1 between units, 0.5 between raters (as given), 0.5 left."""
    rng = np.random.default_rng(seed)
    shift = np.sqrt(0.5) * np.array([-1.2, -0.4, 0.4, 1.2]) / np.std([-1.2, -0.4, 0.4, 1.2], ddof=1)
    value = rng.normal(size=(units, 1)) + shift + np.sqrt(0.5) * rng.normal(size=(units, raters))
    return long_table(np.where(rng.random((units, raters)) < missing, np.nan, value))


def test_limits_of_shrout_and_fleiss_as_psych_gives_them():
    limits = rows(icc(long_table(SIX)))[["conf_low", "conf_high"]].round(2)
    assert limits.loc["icc1"].tolist() == [-0.13, 0.72]
    assert limits.loc["icc2"].tolist() == [0.02, 0.76]
    assert limits.loc["icc3"].tolist() == [0.34, 0.95]
    assert limits.loc["icc3k"].tolist() == [0.68, 0.99]


def test_limits_of_icc2k_follow_mcgraw_and_wongs_own_formula():
    wide = np.array(SIX)
    n, k = wide.shape
    left = wide - wide.mean(axis=1, keepdims=True) - wide.mean(axis=0) + wide.mean()
    msr, msc = k * wide.mean(axis=1).var(ddof=1), n * wide.mean(axis=0).var(ddof=1)
    mse = (left**2).sum() / (n - 1) / (k - 1)
    whole = (msr - mse) / (msr + (msc - mse) / n)
    c, d = whole / (n * (1 - whole)), 1 + whole * (n - 1) / (n * (1 - whole))
    df = (c * msc + d * mse) ** 2 / ((c * msc) ** 2 / (k - 1) + (d * mse) ** 2 / ((n - 1) * (k - 1)))
    down, up = f.ppf(0.975, n - 1, df), f.ppf(0.975, df, n - 1)
    low = n * (msr - down * mse) / (down * (msc - mse) + n * msr)
    high = n * (up * msr - mse) / (msc - mse + n * up * msr)
    assert rows(icc(long_table(SIX))).loc["icc2k", ["conf_low", "conf_high"]].tolist() == pytest.approx([low, high])


@pytest.mark.parametrize("missing", [0.0, 0.4])
def test_the_truth_of_a_simulation_is_found_with_and_without_gaps(missing):
    found = rows(icc(simulated(1, missing=missing)))["estimate"]
    assert found["icc2"] == pytest.approx(1 / 2, abs=0.03)
    assert found["icc3"] == pytest.approx(2 / 3, abs=0.03)


def test_intervals_of_icc3_hold_the_truth_with_gaps_about_as_often_as_they_say():
    limits = [rows(icc(simulated(seed, units=30, missing=0.3))).loc["icc3"] for seed in range(200)]
    held = np.mean([row["conf_low"] <= 2 / 3 <= row["conf_high"] for row in limits])
    assert 0.91 <= held <= 0.99


def test_one_missing_rating_changes_little():
    frame = simulated(2, units=60)
    gap = frame.assign(rating=frame["rating"].where(frame.index != 7))
    assert rows(icc(gap))["estimate"].tolist() == pytest.approx(rows(icc(frame))["estimate"].tolist(), abs=0.01)


def test_gaps_are_noted():
    notes = icc(simulated(3, units=20, missing=0.3)).notes
    assert any("Not every rater rated every unit" in note for note in notes)


def test_coded_levels_count_as_whole_steps():
    frame = long_table([[1, 2], [2, 2], [3, 4], [4, 4], [1, 1]])
    named = frame.assign(rating=frame["rating"].map(dict(enumerate("abcd", start=1))))
    coded = rubric.Ratings(named, unit="unit", rater="rater", rating="rating", levels=list("abcd"))
    pd.testing.assert_frame_equal(rubric.icc(coded).table, icc(frame).table)


def test_a_shift_and_a_stretch_of_the_scale_change_nothing():
    frame = long_table(SIX)
    moved = frame.assign(rating=100 + 3 * frame["rating"])
    pd.testing.assert_frame_equal(icc(frame).table, icc(moved).table)


def test_raters_without_a_shared_unit_leave_only_icc1():
    apart = pd.DataFrame({"unit": [1, 1, 2, 2, 3, 3, 4, 4], "rater": [*"abab", *"cdcd"], "rating": range(8)})
    found = rows(icc(apart))
    assert found["estimate"].notna()[["icc1", "icc1k"]].all()
    assert found.loc[["icc2", "icc3", "icc2k", "icc3k"], "reason"].str.contains("share no unit").all()


@pytest.mark.parametrize(
    ("matrix", "reason"),
    [([[1, 2, 3]], "1 unit"), ([[1], [2]], "1 rater"), ([[2, 2], [2, 2]], "the same")],
    ids=["one unit", "one rater", "constant"],
)
def test_what_cannot_be_told_has_its_reason(matrix, reason):
    result = icc(long_table(matrix))
    assert result.table["reason"].str.contains(reason).all()
    assert result.text.startswith("Cannot tell")


def test_a_higher_level_gives_wider_limits():
    usual, wide = (rows(icc(long_table(SIX), level=level)) for level in (0.9, 0.99))
    assert (wide["conf_low"] < usual["conf_low"]).all()
    assert (wide["conf_high"] > usual["conf_high"]).all()


def test_words_are_refused():
    with pytest.raises(CbeError, match=r"not a finite number in 4 rows"):
        icc(long_table([[1, 2], [2, 2]]).assign(rating="high"))


def test_the_text_says_how_far_one_visitor_can_be_trusted():
    text = icc(long_table(SIX)).text
    assert "one visitor's rating is 0.29 (95% interval 0.02 to 0.76) and 0.62 for the mean of 4 raters" in text


def test_raters_who_cross_exactly_leave_no_interval():
    row = rows(icc(long_table([[3, 1], [2, 2], [2, 2]]))).loc["icc2"]
    assert "interval does not exist" in row["reason"]
