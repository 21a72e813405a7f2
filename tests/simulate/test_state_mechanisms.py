"""Each mechanism is found in the tables, with no code of the library: a large state, least squares by hand."""

import numpy as np
import pandas as pd
import pytest

from cbe_lib import simulate


@pytest.fixture(scope="module")
def large():
    return simulate.state(360, seed=12)


@pytest.fixture(scope="module")
def state(large):
    return large[0]


@pytest.fixture(scope="module")
def size(large):
    return large[1].mechanisms.set_index("mechanism")["size"]


def slopes(y, *columns):
    """Least-squares slopes and their standard errors."""
    x = np.column_stack([np.ones(len(y)), *(np.asarray(column, dtype=float) for column in columns)])
    y = np.asarray(y, dtype=float)
    inverse = np.linalg.inv(x.T @ x)
    fitted = inverse @ x.T @ y
    spread = ((y - x @ fitted) ** 2).sum() / (len(y) - x.shape[1])
    return list(zip(fitted[1:], np.sqrt(spread * np.diag(inverse))[1:], strict=True))


def agrees(slope, wanted):
    estimate, error = slope
    return abs(estimate - wanted) < 3 * error


def school_year(days):
    return days.dt.year + (days.dt.month >= 8)


def planned_share(state):
    log = state["decisions"]
    year = school_year(log["date_raised"]).rename("year")
    return (log["decider_planned"] == log["decider_actual"]).groupby([log["district_id"], year]).mean().rename("share")


def answers(state, item):
    rows = state["survey"][state["survey"]["item_id"] == item]
    return rows.assign(year=rows["wave"].astype(int)).merge(state["districts"], on="district_id")


def test_depth_falls_with_ramp_up_and_with_nothing_else(large, state, size):
    depth = large[1].dips.query("term == 'depth'").merge(state["districts"], on="district_id")
    found = slopes(
        depth["value"],
        depth["ramp_up_months"],
        np.log2(depth["enrollment"].astype(float)),
        depth["starting_point"] == "personalized",
        depth["strategy"] == "one year",
    )
    names = ("ramp_up_depth", "enrollment_depth", "start_depth", "strategy_depth")
    assert all(agrees(slope, size[name]) for slope, name in zip(found, names, strict=True))


def test_the_planted_depth_stands_in_the_outcomes(large, state):
    rates = state["outcomes"].query("level == 'district' and subgroup == 'all students'")
    rate = rates.pivot_table(index="district_id", columns="year", values="value")
    places = state["districts"].set_index("district_id")
    depth = large[1].dips.query("term == 'depth'").set_index("district_id")["value"]
    missed = []
    for name, first in places["rollout_year"].dropna().items():
        change = rate[first + 1] - rate[[first - 1, first - 2]].mean(axis=1)
        missed.append(change[name] - change[places["rollout_year"].isna()].mean() + depth[name])
    assert abs(np.mean(missed)) < 3 * np.std(missed) / np.sqrt(len(missed))


def test_trust_rises_with_the_share_of_planned_deciders(state, size):
    shown = answers(state, "trust_school_1").merge(planned_share(state).reset_index(), on=["district_id", "year"])
    assert agrees(slopes(shown["answer"], shown["share"])[0], size["match_trust"])


def test_a_reversed_item_falls_where_the_scale_rises(state, size):
    shown = answers(state, "trust_school_3").merge(planned_share(state).reset_index(), on=["district_id", "year"])
    assert agrees(slopes(shown["answer"], shown["share"])[0], -size["match_trust"])


def test_escalation_falls_with_the_trust_of_the_spring_before(state):
    trust = answers(state, "trust_school_1").groupby(["district_id", "year"])["answer"].mean().reset_index()
    log = state["decisions"].assign(year=school_year(state["decisions"]["date_raised"]) - 1)
    log = log.merge(trust, on=["district_id", "year"])
    passed = log["escalated_to"].notna().groupby(pd.qcut(log["answer"], 3, labels=False)).mean()
    assert passed[0] > passed[1] > passed[2]


def test_confusion_is_lower_from_a_personalized_start(state, size):
    shown = answers(state, "confusion_1")
    mail = state["messages"]
    year = school_year(mail["date"]).rename("year")
    horizon = mail["horizon_years"].notna().groupby([mail["district_id"], year]).mean().rename("horizon").reset_index()
    shown = shown.merge(horizon, on=["district_id", "year"])
    start, named = slopes(shown["answer"], shown["starting_point"] == "personalized", shown["horizon"])
    assert agrees(start, size["start_confusion"])
    assert agrees(named, size["horizon_confusion"])


def test_hours_of_service_speed_catching_up(state, size):
    each = (
        state["progress"]
        .query("subject == 'reading'")
        .groupby("student_hash")
        .agg(begin=("date_reached", "min"), end=("date_reached", "max"), hours=("service_hours", "first"))
    )
    rate = 3 / ((each["end"] - each["begin"]).dt.days / 365.25)
    assert agrees(slopes(rate, each["hours"])[0], size["hours_catch_up"])


def test_the_stated_share_of_students_stands_at_the_course_cap(state, size):
    rows = state["progress"].query("subject == 'mathematics'").dropna(subset="course_cap")
    share = (rows["level"] == rows["course_cap"]).mean()
    assert abs(share - size["cap_share"]) < 3 * np.sqrt(share * (1 - share) / len(rows))


def test_seats_lack_the_stated_share_of_hispanic_people(state, size):
    groups = state["student_groups"].query("group == 'Hispanic' and year == 2008").merge(state["districts"])
    share = (groups["students"] / groups["enrollment"]).astype(float).set_axis(groups["district_id"])
    seats = state["seats"].dropna(subset="group")
    gap = (seats["group"] == "Hispanic").to_numpy() - share.loc[seats["district_id"]].to_numpy()
    assert abs(gap.mean() - size["hispanic_seats"]) < 3 * gap.std() / np.sqrt(len(gap))


def test_a_film_moves_people_and_a_talk_does_not(state, size):
    change = state["discussions"].eval("after - before").groupby(state["discussions"]["tool"])
    error = change.std() / np.sqrt(change.size())
    assert abs(change.mean()["film with questions"] - size["film_shift"]) < 3 * error["film with questions"]
    assert abs(change.mean()["slide talk"]) < 3 * error["slide talk"]


def test_a_size_that_is_asked_for_is_planted():
    tables, truth = simulate.state(72, seed=11, mechanisms={"film_shift": 0, "slides_shift": 2})
    change = tables["discussions"].eval("after - before").groupby(tables["discussions"]["tool"]).mean()
    assert change["slide talk"] > 1.5 > change["film with questions"]
    assert truth.mechanisms.set_index("mechanism").loc["film_shift", "zero"]


def test_harsher_raters_give_lower_levels(large, state):
    _, truth = large
    place = {name: i for i, name in enumerate(("Exploring", "Emerging", "Proficient", "Breakthrough"))}
    rated = state["ratings"].query("blind and level != 'NR'").merge(truth.raters, on="rater")
    rated = rated.merge(truth.levels, on=["district_id", "criterion_id", "wave"], suffixes=("", "_true"))
    above = (rated["level"].map(place) - rated["level_true"].map(place)).groupby(rated["severity"]).mean()
    assert np.corrcoef(above.index, above)[0, 1] < -0.95


def test_safety_shortens_the_wait_for_a_change(state):
    safety = answers(state, "safety_1").groupby(["district_id", "year"])["answer"].mean().reset_index()
    notes = state["corrections"].assign(year=school_year(state["corrections"]["date_noted"]) - 1)
    notes = notes.merge(safety, on=["district_id", "year"])
    days = (notes["date_changed"] - notes["date_noted"]).dt.days.fillna(2000)
    median = days.groupby(pd.qcut(notes["answer"], 3, labels=False)).median()
    assert median[0] > median[1] > median[2]


def test_ownership_and_not_acceptance_keeps_blame_down(state):
    scores = answers(state, "ownership_1").merge(
        answers(state, "acceptance_1"), on=["respondent", "district_id", "year"], suffixes=("", "_going_along")
    )
    means = scores.groupby(["district_id", "year"])[["answer", "answer_going_along"]].mean().reset_index()
    notes = state["corrections"].assign(year=school_year(state["corrections"]["date_noted"]) - 1)
    notes = notes.merge(means, on=["district_id", "year"])
    owned, accepted = slopes(notes["blame"], notes["answer"], notes["answer_going_along"])
    assert owned[0] < -5 * owned[1]
    assert agrees(accepted, 0)
