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


def test_the_median_is_that_of_students_however_often_each_finishes():
    # By hand: 12 students take 10, 20, ... 120 days; half are through after 60, whatever their last, open level does.
    row = first(spells(range(10, 130, 10)))
    assert (row["students"], row["spells"], row["done"], row["median_days"]) == (12, 36, 24, 60)


def test_students_without_a_finished_level_count_as_longer():
    # By hand: 4 of 16 have been on their first level for more than 500 days, so half are through after 80.
    assert first(spells(range(10, 130, 10), open_days=[500] * 4))["median_days"] == 80


def test_where_less_than_half_is_through_there_is_no_median():
    row = first(spells([100] * 4, open_days=[900] * 20))
    assert row["reason"] == "fewer than half of the students have reached the next level"


def students_watched(seed, days=400, count=150):
    """Students of steady but unequal speed, all watched for so many days."""
    rng = np.random.default_rng(seed)
    takes = rng.lognormal(np.log(250), 0.4, count).round().astype(int)
    rows = [
        (f"s{who}", float(step), START + pd.Timedelta(step * each, "D"))
        for who, each in enumerate(takes)
        for step in range(days // each + 1)
    ]
    frame = pd.DataFrame(rows, columns=["student_hash", "level", "date_reached"])
    return frame.assign(district_id="a", school_id="a1", subject="reading", subgroup="all")


def test_the_median_of_a_known_pace_is_held_95_times_in_100_although_finished_levels_alone_are_faster():
    end = str((START + pd.Timedelta(400, "D")).date())
    rows = [pace.pace(students_watched(seed), until=end).table.iloc[0] for seed in range(40)]
    held = np.mean([row["conf_low"] <= 250 <= row["conf_high"] for row in rows])
    assert held >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 40)
    finished = [students_watched(seed).groupby("student_hash")["date_reached"].diff().dt.days for seed in range(10)]
    assert np.mean([each.median() for each in finished]) < 215


def test_the_last_day_may_differ_between_districts():
    both = pd.concat([spells([10]), spells([10]).replace({"d0": "x"}).assign(district_id="b")])
    found = pace.pace(both, until={"a": "2015-01-15", "b": "2017-01-01"}, min_n=1).table.iloc[0]
    assert (found["spells"], found["done"]) == (5, 3)


def test_a_district_without_a_last_day_is_named():
    with pytest.raises(CbeError, match=r"no day for some districts\. Found none for a"):
        pace.pace(spells([10]), until={"b": "2017-01-01"})


def test_a_last_day_that_is_no_day_is_refused():
    with pytest.raises(CbeError, match="no day for some districts"):
        pace.pace(spells([10]), until="June")


def test_records_drawn_before_anyone_began_say_so():
    assert "nobody has begun a level" in pace.pace(spells([10] * 12), until="2014-06-01").text


def test_a_last_day_that_was_not_given_is_noted():
    assert "give `until`" in pace.pace(spells([10, 20])).notes[0]


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


def test_levels_without_a_single_date_are_refused():
    with pytest.raises(CbeError, match="'date_reached' of `progress` is blank in every row"):
        pace.pace(spells([10]).assign(date_reached=pd.NaT))


def test_no_progress_at_all_is_refused():
    with pytest.raises(CbeError, match="`progress` has no rows"):
        pace.pace(spells([10]).iloc[:0])
