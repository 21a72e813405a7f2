import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from cbe_lib import samples
from cbe_lib.errors import CbeError
from cbe_lib.themes import starting_points

PATHS = ["standard"] * 5 + ["personalized"] * 4


def districts(starts=PATHS):
    count = len(starts)
    return pd.DataFrame(
        {
            "district_id": [f"d{k}" for k in range(count)],
            "name": [f"Place {k}" for k in range(count)],
            "starting_point": starts,
            "rollout_year": 2013,
            "ramp_up_months": np.arange(count) * 2.0,
            "enrollment": 1000,
        }
    )


def survey(score, waves=(2012, 2013), people=12):
    """Answer on confusion: `score(k, year)` in district k, 12 people each, half of them a point higher."""
    rows = [
        {"respondent": f"{k}-{year}-{p}", "district_id": f"d{k}", "role": "teacher", "wave": str(year),
         "item_id": "confusion_1", "answer": score(k, year) + p % 2}
        for k in range(len(PATHS)) for year in waves for p in range(people)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def paths(answers, places=None, **options):
    places = districts() if places is None else places
    return starting_points.paths(answers, places, scales=["confusion"], **options).table.set_index(["measure", "term"])


def test_the_difference_is_that_of_district_means():
    found = paths(survey(lambda k, year: 3 if k >= 5 else 5 + k % 2))
    assert found.loc[("confusion", "difference"), "estimate"] == pytest.approx(3 - 5.4)


def test_the_interval_counts_districts_with_hc3_errors():
    found = paths(survey(lambda k, year: (3 if k >= 5 else 5) + k % 2)).loc[("confusion", "difference")]
    groups = [np.array([0.0, 1, 0, 1, 0]) + 5.5, np.array([1.0, 0, 1, 0]) + 3.5]
    # HC3 of a difference of two means: residuals over 1 - 1/n, squared and summed over n squared.
    error = np.sqrt(sum(((g - g.mean()) ** 2).sum() / (1 - 1 / len(g)) ** 2 / len(g) ** 2 for g in groups))
    assert found["conf_high"] - found["estimate"] == pytest.approx(t.ppf(0.975, 7) * error)
    assert found["n"] == 9


def test_more_people_in_the_same_districts_do_not_narrow_the_interval():
    few, many = (paths(survey(lambda k, year: 3 + k % 3, people=n)).loc[("confusion", "difference")] for n in (12, 48))
    assert few["conf_high"] - few["conf_low"] == pytest.approx(many["conf_high"] - many["conf_low"])


def test_what_every_district_goes_through_in_a_wave_is_no_difference():
    found = paths(survey(lambda k, year: 3 + 4 * (year == 2013) + k % 2))
    assert found.loc[("confusion", "change"), "estimate"] == pytest.approx(0, abs=1e-9)


def test_change_is_how_much_more_one_path_moved():
    found = paths(survey(lambda k, year: 4 + 2 * (year == 2013 and k >= 5) + k % 2))
    assert found.loc[("confusion", "change"), "estimate"] == pytest.approx(2)
    assert found.loc[("confusion", "at 0"), "estimate"] - found.loc[
        ("confusion", "at -1"), "estimate"
    ] == pytest.approx(2)


def test_messages_that_differ_between_paths_are_taken_out():
    shares = [0, 1, 2, 3, 4, 2, 3, 4, 5]
    rows = [
        {"message_id": f"m{k}-{year}-{j}", "district_id": f"d{k}", "date": f"{year}-02-01", "audience": "staff",
         "horizon_years": 4.0 if j < shares[k] else None}
        for k in range(9) for year in (2012, 2013) for j in range(6)
    ]  # fmt: skip
    answers = survey(lambda k, year: 7 - shares[k] - (k >= 5))
    found = paths(answers, messages=pd.DataFrame(rows)).loc[("confusion", "difference")]
    assert found["estimate"] == pytest.approx(-1)


def test_waves_of_few_people_are_left_out_and_counted():
    found = starting_points.paths(survey(lambda k, year: 4, people=9), districts(), scales=["confusion"])
    assert found.table.loc[found.table["measure"] == "confusion", "reason"].str.startswith("cannot tell").all()
    assert any("18 waves of a district" in note for note in found.notes)


def test_two_districts_on_a_path_are_too_few():
    found = paths(survey(lambda k, year: 4 + k % 2), districts(["standard"] * 7 + ["personalized"] * 2))
    assert found["reason"].str.startswith("cannot tell").all()


def test_hours_are_for_a_hundred_students():
    plan = pd.DataFrame(
        {"task_id": "T1", "district_id": [f"d{k}" for k in range(9)], "name": "x", "category": "vision"}
    )
    plan = plan.assign(start="2012-01-01", end="2012-02-01", person_hours=[100.0] * 5 + [300.0] * 4)
    found = paths(survey(lambda k, year: 4), plan=plan)
    assert found.loc[("hours for 100 students", "difference"), "estimate"] == pytest.approx(20)


def test_months_of_ramp_up_are_compared():
    found = paths(survey(lambda k, year: 4)).loc[("months of ramp-up", "difference")]
    assert found["estimate"] == pytest.approx(2 * (6.5 - 2))


def test_waves_must_be_years():
    with pytest.raises(CbeError, match=r"Found 'fall'"):
        paths(survey(lambda k, year: 4).assign(wave="fall"))


def test_an_unknown_scale_is_refused():
    with pytest.raises(CbeError, match="no scale that staff are asked named 'confused'"):
        starting_points.paths(survey(lambda k, year: 4), districts(), scales=["confused"])


def test_paths_leave_the_tables_as_they_were():
    answers, places = survey(lambda k, year: 4), districts()
    before = answers.copy(), places.copy()
    paths(answers, places)
    pd.testing.assert_frame_equal(answers, before[0])
    pd.testing.assert_frame_equal(places, before[1])


def places(**columns):
    count = len(next(iter(columns.values())))
    usual = {"district_id": [f"d{k}" for k in range(count)], "name": [f"Place {k}" for k in range(count)]}
    traits = {"enrollment": 1024, "lunch": 40.0, "english_learners": 10.0, "disability": 12.0}
    return pd.DataFrame({**usual, **traits, **columns})


def test_the_nearest_districts_come_first():
    found = starting_points.alike(places(lunch=[40.0, 70, 45, 42]), district="d0", n=3)
    assert found.table["district_id"].tolist() == ["d3", "d2", "d1"]


def test_distance_is_the_root_mean_square_of_gaps_in_standard_deviations():
    frame = places(lunch=[40.0, 50, 30], disability=[12.0, 12, 15])
    found = starting_points.alike(frame, district="d0", n=2).table.set_index("district_id")
    lunch, disability = np.std([40, 50, 30], ddof=1), np.std([12, 12, 15], ddof=1)
    assert found.loc["d1", "distance"] == pytest.approx(np.sqrt((10 / lunch) ** 2 / 4))
    assert found.loc["d2", "distance"] == pytest.approx(np.sqrt(((10 / lunch) ** 2 + (3 / disability) ** 2) / 4))


def test_balance_shows_what_still_differs():
    found = starting_points.alike(places(lunch=[40.0, 41, 39, 80, 10]), district="d0", n=2)
    lunch = found.balance.set_index("variable").loc["lunch"]
    assert (lunch["mine"], lunch["matched"], lunch["others"]) == (40, 40, 42.5)
    assert lunch["balanced"]


def trust_of(scores, people=12):
    rows = [
        {"respondent": f"{k}-{p}-{role}", "district_id": f"d{k}", "role": role, "wave": wave, "item_id": item,
         "answer": score + p % 2 if wave == "2012" else 5}
        for k, score in enumerate(scores) for p in range(people) for wave in ("2012", "2014")
        for role, item in (("teacher", "trust_school_1"), ("family", "family_trust_community_1"))
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_trust_is_that_of_the_first_wave_measured_twice_with_its_error():
    found = starting_points.alike(places(lunch=[40.0] * 4), district="d0", survey=trust_of([2, 2, 4, 4]), n=1)
    trust = found.balance.set_index("variable").loc[["trust_school", "trust_community"]]
    assert trust["mine"].tolist() == [2.5, 2.5]
    np.testing.assert_allclose(trust["error"], np.std([2.0, 3.0] * 6, ddof=1) / np.sqrt(12))
    assert found.table["district_id"].tolist() == ["d1"]


def test_trust_of_few_people_is_not_used():
    found = starting_points.alike(places(lunch=[40.0, 41]), district="d0", survey=trust_of([2, 2], people=9), n=1)
    trust = found.balance.set_index("variable").loc["trust_school"]
    assert trust["reason"].startswith("not matched")
    assert pd.isna(trust["mine"])


def test_groups_of_the_last_year_are_matched_as_percent():
    groups = pd.DataFrame(
        {"district_id": ["d0", "d0", "d1", "d2"], "year": [2010, 2012, 2012, 2012], "group": "Black",
         "students": [1, 512, 500, 100]}
    )  # fmt: skip
    found = starting_points.alike(places(lunch=[40.0] * 3), district="d0", student_groups=groups, n=1)
    assert found.balance.set_index("variable").loc["Black", "mine"] == 50
    assert found.table["district_id"].tolist() == ["d1"]


def test_what_was_not_matched_is_said():
    found = starting_points.alike(places(lunch=[40.0, 41]), district="d0", n=1)
    assert "Not matched: how they changed" in found.notes[0]
    assert "Trust was not matched, as no survey was given." in found.notes


def test_an_unknown_district_is_refused():
    with pytest.raises(CbeError, match="no district named 'd9'"):
        starting_points.alike(places(lunch=[40.0, 41]), district="d9")


def test_too_few_others_are_refused():
    with pytest.raises(CbeError, match="Cannot pick 5 districts like d0"):
        starting_points.alike(places(lunch=[40.0, 41]), district="d0")


def test_the_sample_finds_less_confusion_from_a_personalized_start():
    state = samples.state()
    found = starting_points.paths(state["survey"], state["districts"], messages=state["messages"]).table
    row = found[(found["measure"] == "confusion") & (found["term"] == "difference")].iloc[0]
    assert row["conf_high"] < 0
