import math

import numpy as np
import pandas as pd
import pytest

from cbe_lib.errors import CbeError
from cbe_lib.themes import teachers

WEEKS = pd.date_range("2015-01-05", periods=24, freq="W-MON")
CHANGED = "2015-03-30"  # the 13th week


def seen(slope, seed=1, schools=12):
    rng = np.random.default_rng(seed)
    school = np.repeat(np.arange(schools), 10)
    hours, before = rng.uniform(0, 40, len(school)), rng.uniform(0.1, 0.3, len(school))
    after = before + slope * hours + rng.normal(0, 0.05, schools)[school] + rng.normal(0, 0.05, len(school))
    return pd.DataFrame({"school_id": school, "hours": hours, "before": before, "after": after.clip(0, 1)})


def chart(values, **options):
    return teachers.run_chart(pd.DataFrame({"date": WEEKS[: len(values)], "value": values}), CHANGED, **options)


def signals(values):
    return chart(values).table.set_index("rule")["signal"].to_dict()


def test_hours_that_matter_are_found_with_their_size():
    row = teachers.practice_growth(seen(0.01)).table.set_index("term").loc["ten_hours"]
    assert row["conf_low"] < 0.1 < row["conf_high"]
    assert row["conf_low"] > 0


def test_hours_that_do_not_matter_are_called_so_95_times_in_100():
    rows = [teachers.practice_growth(seen(0.0, seed)).table.iloc[0] for seed in range(200)]
    found = np.mean([not row["conf_low"] <= 0 <= row["conf_high"] for row in rows])
    assert found <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


def test_few_teachers_are_a_row_with_a_reason():
    assert teachers.practice_growth(seen(0.01).head(9)).table["reason"].iloc[0].startswith("cannot tell")


def test_impossible_shares_are_refused_with_rows():
    with pytest.raises(CbeError, match=r"impossible numbers in 1 row \(index 0\)"):
        teachers.practice_growth(seen(0.01).assign(after=lambda frame: frame["after"].where(frame.index > 0, 7)))


def test_a_lasting_rise_is_a_shift():
    assert signals([5, 6] * 6 + [9, 8] * 6)["shift"]


def test_the_same_values_again_are_no_shift():
    assert not signals([5, 6] * 12)["shift"]


def test_points_that_only_climb_are_a_trend():
    assert signals([5, 6] * 6 + [5, 6, 7, 8, 9, 8, 7, 6])["trend"]


def test_points_on_the_median_are_passed_over():
    found = chart([5, 6, 7] * 4 + [7, 6, 7, 7, 6, 7, 7, 5, 7, 7])
    assert found.table.set_index("rule").loc["shift", "measure"] == 5


def test_chance_of_a_signal_on_noise_is_what_is_stated():
    stated = chart([5, 6] * 12).table.set_index("rule")["chance"]
    rng = np.random.default_rng(3)
    found = pd.DataFrame([signals(rng.normal(size=24)) for _ in range(150)]).mean()
    for rule in ("shift", "trend", "runs"):
        assert abs(found[rule] - stated[rule]) < 3.5 * np.sqrt(stated[rule] * (1 - stated[rule]) / 150) + 0.01


def test_how_far_noise_goes_is_told_beside_how_often_it_signals():
    found = teachers.run_chart(pd.DataFrame({"date": WEEKS, "value": [5, 6, 7] * 4 + [6] + [9] * 11}), "2015-04-06")
    shift = found.table.set_index("rule").loc["shift"]
    # By hand: 11 new points all on one side of the 7th of 13 old ones: the 7 lowest, or highest, of all 24 are old.
    by_hand = 2 * math.comb(17, 6) / math.comb(24, 13)
    assert abs(shift["p_value"] - by_hand) < 3.5 * np.sqrt(by_hand / 2000)
    assert "11 points in a row lie above" in found.text


def test_the_side_is_that_of_the_longest_stretch():
    found = chart([5, 6] * 6 + [4, 4, 4, 4, 4, 4] + [9, 9, 4, 9, 9, 9])
    assert "6 points in a row lie below" in found.text


def test_a_fall_is_good_where_down_is_better():
    assert "the good side" in chart([5, 6] * 6 + [2, 3] * 6, better="down").text


def test_too_few_points_before_the_change_cannot_tell():
    found = teachers.run_chart(pd.DataFrame({"date": WEEKS, "value": 1.0}), "2015-01-12")
    assert found.text.startswith("Cannot tell whether the change made a difference: 1 points before")


def test_dates_that_cannot_be_read_are_refused():
    with pytest.raises(CbeError, match=r"Not so in 1 row \(index 1\)"):
        teachers.run_chart(pd.DataFrame({"date": ["2015-01-05", "spring"], "value": [1, 2]}), CHANGED)


def test_a_first_row_without_a_date_is_named():
    with pytest.raises(CbeError, match=r"Not so in 1 row \(index 0\)"):
        teachers.run_chart(pd.DataFrame({"date": ["spring", "2015-01-05"], "value": [1, 2]}), CHANGED)


def test_teachers_who_all_started_alike_are_fitted_without_their_start():
    found = teachers.practice_growth(seen(0.01).assign(before=0.2)).table.set_index("term")
    assert found.loc["ten_hours", "conf_low"] > 0
    assert found.loc["start", "reason"] == "cannot tell: all started alike"


def test_a_practice_nobody_uses_more_cannot_tell():
    assert teachers.practice_growth(seen(0.01).assign(after=0.3)).text.startswith("Cannot tell")


def test_a_measure_that_never_moves_cannot_tell():
    assert "every point after it lies on the earlier median" in chart([5] * 24).text
