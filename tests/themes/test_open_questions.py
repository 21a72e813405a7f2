import numpy as np
import pandas as pd
import pytest
from scipy.stats import triang

from cbe_lib import samples
from cbe_lib.errors import CbeError
from cbe_lib.themes import open_questions
from cbe_lib.themes.open_questions.ceiling import wilson

COSTS = pd.DataFrame(
    {
        "district_id": ["a"],
        "service": ["tutoring"],
        "cost": [40.0],
        "low": [30.0],
        "high": [60.0],
        "hours_per_level": [80.0],
        "hours_low": [50.0],
        "hours_high": [120.0],
    }
)


def progress(**columns):
    count = len(next(iter(columns.values())))
    frame = pd.DataFrame({"student_hash": [f"s{k}" for k in range(count)], "district_id": "a", "school_id": "a1"})
    return frame.assign(subject="mathematics", level=5.0, age_grade=5.0, course_cap=np.nan).assign(**columns)


def cost(gaps=None, **options):
    return open_questions.catch_up_cost(gaps or {"all": (10, 2.0)}, COSTS, service="tutoring", **options)


def test_cost_is_students_times_levels_times_hours_times_cost():
    assert cost().table.iloc[-1]["estimate"] == 10 * 2 * 80 * 40


def test_groups_add_up_to_all():
    table = cost({"a": (10, 1.0), "b": (5, 2.0)}).table.set_index("group")
    assert table.loc["all", "estimate"] == table.loc["a", "estimate"] + table.loc["b", "estimate"]


def test_interval_is_that_of_a_product_of_triangular_ranges():
    rng = np.random.default_rng(7)
    hour = triang.rvs(1 / 3, 30, 30, size=400_000, random_state=rng)
    hours = triang.rvs(3 / 7, 50, 70, size=400_000, random_state=rng)
    expected = 20 * np.quantile(hour * hours, [0.025, 0.975])
    found = cost().table.iloc[-1]
    np.testing.assert_allclose([found["conf_low"], found["conf_high"]], expected, rtol=0.03)


def test_the_input_that_moves_the_total_most_comes_first():
    tornado = cost().tornado
    assert tornado["input"].tolist() == ["hours a level", "cost of an hour"]
    assert tornado.loc[0, ["total_low", "total_high"]].tolist() == [20 * 40 * 50, 20 * 40 * 120]


def test_the_fan_ends_at_the_total_after_all_years():
    found = cost(years=4)
    assert found.fan["year"].tolist() == [1, 2, 3, 4]
    assert found.fan["estimate"].iloc[-1] == found.table.iloc[-1]["estimate"]


def test_assumptions_are_in_the_notes():
    assert "hours a level 50 to 120, most likely 80" in cost().notes[0]


def test_an_unknown_service_is_refused():
    with pytest.raises(CbeError, match="no service named 'tutor'"):
        open_questions.catch_up_cost({"all": (1, 1)}, COSTS, service="tutor")


@pytest.mark.parametrize("gaps", [{}, {"a": (-1, 1.0)}, {"a": (1, float("nan"))}])
def test_impossible_gaps_are_refused(gaps):
    with pytest.raises(CbeError, match="`gaps` needs students and levels behind"):
        open_questions.catch_up_cost(gaps, COSTS, service="tutoring")


def test_costs_of_two_districts_are_refused():
    two = pd.concat([COSTS, COSTS.assign(district_id="b")])
    with pytest.raises(CbeError, match="more than one district"):
        open_questions.catch_up_cost({"a": (1, 1)}, two, service="tutoring")


def test_shares_above_the_age_grade_are_counted_by_hand():
    found = open_questions.ceiling(progress(level=[4.0] * 5 + [5.0] * 5 + [6.0] * 6 + [7.0] * 4)).table
    assert found["estimate"].tolist()[:3] == [0.75, 0.5, 0.2]


def test_only_the_last_level_of_a_student_counts():
    rows = progress(level=[5.0] * 12)
    later = rows.assign(level=8.0)
    found = open_questions.ceiling(pd.concat([later, rows])).table.set_index("term")
    assert found.loc["at_or_above_2", "estimate"] == 1


def test_the_cap_counts_only_students_whose_course_has_one():
    found = open_questions.ceiling(progress(level=[6.0] * 20 + [5.0] * 20, course_cap=[6.0] * 30 + [np.nan] * 10))
    cap = found.table.set_index("term").loc["at_cap"]
    assert (cap["n"], cap["estimate"]) == (30, 20 / 30)


def test_fewer_than_ten_students_are_hidden():
    found = open_questions.ceiling(progress(level=[5.0] * 9))
    assert found.table["estimate"].isna().all()
    assert found.text.startswith("Cannot tell where students stand")


def test_small_groups_are_hidden_with_their_number():
    found = open_questions.ceiling(progress(level=[5.0] * 30, subgroup=["many"] * 21 + ["few"] * 9)).groups
    few = found[found["group"] == "few"]
    assert few["share"].isna().all()
    assert few["n"].isna().all()


def test_waiting_at_the_cap_is_a_ratio_of_days():
    day = pd.Timestamp("2015-01-01")
    days = np.where(np.arange(40) % 2, 40, 10) * np.exp(np.tile([-0.1, -0.1, 0.1, 0.1], 10))
    frame = progress(
        level=[5.0, 6.0] * 20, course_cap=6.0, date_reached=day, date_moved=day + pd.to_timedelta(days.round(), "D")
    )
    found = open_questions.ceiling(frame).table.set_index("term").loc["wait_at_cap"]
    assert found["estimate"] == pytest.approx(4, rel=0.02)
    assert found["conf_low"] < 4 < found["conf_high"]


def test_an_unknown_subject_is_refused():
    with pytest.raises(CbeError, match="no subject with age grades named 'art'"):
        open_questions.ceiling(progress(level=[5.0]), subject="art")


def test_hours_that_do_nothing_give_no_hours_per_level():
    rng = np.random.default_rng(1)
    start = progress(level=[3.0] * 60, subject="reading", date_reached="2015-01-01")
    end = start.assign(level=3 + rng.normal(1, 0.3, 60), date_reached="2016-01-01")
    frame = pd.concat([start, end]).assign(service_hours=np.tile(np.arange(60) % 7 * 10.0, 2))
    found = open_questions.service_effect(frame).table.set_index("term")
    assert found.loc["levels_per_hour", "conf_low"] < 0 < found.loc["levels_per_hour", "conf_high"]
    assert found.loc["hours_per_level", "reason"].startswith("cannot tell")


def test_too_few_students_with_two_levels_are_a_row_with_a_reason():
    frame = progress(level=[3.0] * 4, subject="reading", date_reached="2015-01-01", service_hours=5.0)
    found = open_questions.service_effect(frame)
    assert found.table["reason"].str.startswith("cannot tell").all()


def test_the_split_agrees_with_its_mixed_model_and_its_parts_add_up():
    found = open_questions.variance_split(samples.state()["progress"])
    table = found.table.set_index("part")
    assert table.loc["student", "estimate"] == pytest.approx(found.model.scale)
    assert table["share"].sum() == pytest.approx(1)
    assert (table["conf_low"] <= table["estimate"]).all()
    assert (table["estimate"] <= table["conf_high"]).all()


def test_three_districts_are_too_few_to_split():
    few = samples.state()["progress"].query("district_id in ['00013', '00063', '00103']")
    with pytest.raises(CbeError, match="at least 5 districts"):
        open_questions.variance_split(few)


def test_wilson_limits_are_those_of_newcombe():
    # Newcombe (1998), Statistics in Medicine 17, 857-872, table I: 15 of 148.
    low, high = wilson(15 / 148, 148, 0.95)
    assert (round(low, 4), round(high, 4)) == (0.0624, 0.1605)


def test_students_alike_within_districts_widen_the_interval():
    alike = progress(level=np.repeat([4.0, 6.0], 60), district_id=np.repeat([f"d{k}" for k in range(12)], 10))
    mixed = alike.assign(district_id=np.tile([f"d{k}" for k in range(12)], 10))
    width = [
        (lambda row: row["conf_high"] - row["conf_low"])(open_questions.ceiling(each).table.iloc[1])
        for each in (alike, mixed)
    ]
    assert width[0] > 2 * width[1]
