import numpy as np
import pandas as pd
import pytest

from cbe_lib import samples
from cbe_lib.errors import CbeError
from cbe_lib.themes import pace

START = pd.Timestamp("2015-01-01")


def spells(days, open_days=(), group="all"):
    """Students who take so many days for each of two levels and stay on the third, and some still on their first."""
    rows = []
    for number, length in enumerate(days):
        rows += [(f"d{number}", 1.0 + step, START + pd.Timedelta(step * length, "D")) for step in range(3)]
    rows += [(f"o{number}", 1.0, START + pd.Timedelta(1000 - length, "D")) for number, length in enumerate(open_days)]
    frame = pd.DataFrame(rows, columns=["student_hash", "level", "date_reached"])
    return frame.assign(district_id="a", school_id="a1", subject="reading", subgroup=group)


def first(frame, **options):
    return pace.pace(frame, until="2017-09-27", **options).table.iloc[0]


def test_the_median_of_spells_counts_those_that_are_not_over():
    # By hand: two of 36 spells end after each of 10, 20, ... 120 days and 12 are open for longer: 18 are over at 90.
    row = first(spells(range(10, 130, 10)))
    assert (row["spells"], row["done"], row["median_days"]) == (36, 24, 90)


def test_leaving_out_open_spells_would_look_faster():
    assert first(spells(range(10, 130, 10)))["median_days"] > np.median(range(10, 130, 10))


def test_where_less_than_half_has_ended_there_is_no_median():
    row = first(spells([100] * 4, open_days=[900] * 20))
    assert row["reason"] == "not yet half of the spells have ended"


def test_small_groups_are_hidden():
    frame = pd.concat(
        [spells(range(10, 310, 10), group="many"), spells([5], [5], "few").replace({"d0": "x", "o0": "y"})]
    )
    table = pace.pace(frame, until="2017-09-27").table.set_index("group")
    assert table.loc["few", "reason"].startswith("hidden")
    assert pd.isna(table.loc["few", "spells"])


def test_curves_fall_from_one():
    found = pace.pace(samples.state()["progress"])
    curve = found.curves.query("group == 'all students'")["share"]
    assert curve.is_monotonic_decreasing
    assert curve.max() <= 1


def test_an_unknown_subject_is_refused():
    with pytest.raises(CbeError, match="no subject with dates named 'art'"):
        pace.pace(spells([10]), subject="art")


def test_probability_of_a_level_is_that_of_the_normal_curve():
    row = pace.placement(pd.DataFrame({"student": ["a"], "score": [5.5]}), error=0.5).table.iloc[0]
    assert row["probability"] == pytest.approx(0.6827, abs=1e-4)


def test_a_score_at_an_edge_calls_for_a_second_look():
    row = pace.placement(pd.DataFrame({"student": ["a"], "score": [6.02], "expected": [7]}), error=0.3).table.iloc[0]
    assert (row["status"], row["gap"]) == ("look again", 1)
    assert "the level below" in row["words"]


@pytest.mark.parametrize("error", [0, -1, float("nan")])
def test_an_impossible_error_is_refused(error):
    with pytest.raises(CbeError, match="`error` must be above 0"):
        pace.placement(pd.DataFrame({"student": ["a"], "score": [5.5]}), error=error)


def test_text_for_a_score_is_refused_with_its_row():
    with pytest.raises(CbeError, match=r"no plain number in 1 row \(index 1\)"):
        pace.placement(pd.DataFrame({"student": ["a", "b"], "score": [5.5, "five"]}), error=0.3)


def test_no_progress_at_all_is_refused():
    with pytest.raises(CbeError, match="`progress` has no rows"):
        pace.pace(spells([10]).iloc[:0])
