import math

import pandas as pd
import pytest
from scipy.stats import beta

from cbe_lib import samples
from cbe_lib.errors import CbeError
from cbe_lib.themes import integration

FIXED = {"sharing": (0.5, 0.5, 0.5), "coordination": (0.0, 0.0, 0.0), "overrun": (1.0, 1.0, 1.0)}


def plan(*tasks, start="2014-01-01", end="2014-01-31", **columns):
    """Write a plan: tasks are (task_id, name, hours)."""
    frame = pd.DataFrame(tasks, columns=["task_id", "name", "person_hours"])
    frame = frame.assign(district_id="a", category="vision", owner_role="coach", start=start, end=end)
    return frame.assign(**columns)


def merged(one, other, **options):
    return integration.integrated_plan({"one": one, "other": other}, **{**FIXED, **options})


def measure(found, way, name):
    table = found.table
    return table[(table["way"] == way) & (table["measure"] == name)].iloc[0]


ONE = plan(("T1", "write the purpose", 100.0), ("T2", "visit", 40.0))
OTHER = plan(("T1", "Write  the purpose", 60.0), ("T9", "choose software", 30.0))


def test_alike_tasks_are_done_once_less_what_is_not_shared():
    found = merged(ONE, OTHER)
    assert measure(found, "one after the other", "hours")["estimate"] == 230
    assert measure(found, "integrated", "hours")["estimate"] == 230 - 0.5 * 60


def test_names_of_another_category_are_not_joined():
    found = merged(ONE, OTHER.assign(category="policy"))
    assert measure(found, "difference", "hours")["estimate"] == 0


def test_coordination_and_overrun_multiply_the_hours():
    found = merged(ONE, OTHER, coordination=(0.1, 0.1, 0.1), overrun=(2.0, 2.0, 2.0))
    assert measure(found, "integrated", "hours")["estimate"] == pytest.approx(2 * 1.1 * 200)


def test_ranges_are_those_of_the_assumptions():
    row = measure(merged(ONE, OTHER, sharing=(0.0, 0.5, 1.0)), "integrated", "hours")
    # 230 less 60 times a symmetric triangle on 0 to 1, whose 2.5% point is sqrt(0.025 / 2).
    low, high = (230 - 60 * end for end in (1 - math.sqrt(0.0125), math.sqrt(0.0125)))
    assert [row["conf_low"], row["conf_high"]] == pytest.approx([low, high], abs=0.1)


def test_one_after_the_other_begins_when_the_plan_before_has_ended():
    found = merged(ONE, OTHER)
    months = found.months[found.months["way"] == "one after the other"]
    assert months["month"].dt.strftime("%Y-%m").tolist() == ["2014-01", "2014-02", "2014-03"]
    assert months["hours"].tolist() == pytest.approx([140, 90 * 28 / 31, 90 * 3 / 31])


def test_months_above_the_line_are_overloaded():
    found = merged(ONE, OTHER, limit=150)
    assert measure(found, "integrated", "overloaded")["estimate"] == 1
    assert measure(found, "one after the other", "overloaded")["estimate"] == 0


def test_months_add_up_to_the_hours():
    every = samples.state()["plan"]
    own = every[every["district_id"] == "00013"]
    found = integration.integrated_plan({"one": own, "other": own})
    sums = found.months.groupby("way")["hours"].sum()
    for way, total in sums.items():
        assert measure(found, way, "hours")["estimate"] == pytest.approx(total)


def test_a_task_moves_later_when_another_plan_must_finish_something_first():
    one = plan(("T1", "purpose", 10.0), ("T2", "levels", 10.0), start="2014-01-01", end="2014-01-31")
    other = plan(("T1", "software", 10.0), start="2014-02-01", end="2014-02-10")
    other = pd.concat([other, plan(("T2", "levels", 10.0), start="2014-02-11", end="2014-02-20", predecessor_ids="T1")])
    tasks = merged(one, other).tasks.set_index("name")
    assert str(tasks.loc["levels", "start"].date()) == "2014-02-11"
    assert tasks.loc["levels", "moved"] == 41


def test_the_hours_of_a_shared_task_stay_with_their_owners():
    found = merged(ONE, OTHER.assign(owner_role="office"))
    load = found.months[found.months["way"] == "integrated"].set_index("owner_role")["hours"]
    assert load.to_dict() == pytest.approx({"coach": 140, "office": 0.5 * 60 + 30})


def test_names_that_are_nearly_alike_are_mentioned_not_joined():
    found = merged(ONE, plan(("T1", "write a purpose", 60.0)))
    assert measure(found, "difference", "hours")["estimate"] == 0
    assert any("'write the purpose' and 'write a purpose'" in note for note in found.notes)


def test_dropped_tasks_do_not_count():
    dropped = pd.concat([OTHER, plan(("T8", "visit", 500.0)).assign(status="dropped")])
    assert measure(merged(ONE, dropped), "integrated", "hours")["estimate"] == 200


def test_everything_impossible_in_all_plans_is_named_at_once():
    one = plan(("T1", "a", -5.0), ("T2", "b", 1.0), predecessor_ids=["T2", "T1"])
    other = plan(("T1", "a", 1.0), ("T2", "b", 1.0), start="2014-03-01", end=["2014-02-01", "2014-04-01"])
    other = other.assign(predecessor_ids=["T7", "T1; T2"])
    with pytest.raises(CbeError) as refused:
        merged(one, other)
    said = str(refused.value)
    for part in ("-5.0", "T1 before T2 before T1", "T1 (2014-02-01 before 2014-03-01)", "T7 (of T1", "T2 before T2"):
        assert part in said


def test_tasks_that_start_before_their_predecessors_end_are_refused():
    with pytest.raises(CbeError, match="T2 starts 2014-01-01, T1 ends 2014-01-31"):
        merged(plan(("T1", "a", 1.0), ("T2", "b", 1.0), predecessor_ids=[None, "T1"]), OTHER)


def test_plans_that_disagree_on_the_order_cannot_be_joined():
    dates = {"start": ["2014-01-01", "2014-02-01"], "end": ["2014-01-31", "2014-02-28"]}
    one = plan(("T1", "a", 1.0), ("T2", "b", 1.0), predecessor_ids=[None, "T1"], **dates)
    other = plan(("T1", "b", 1.0), ("T2", "a", 1.0), predecessor_ids=[None, "T1"], **dates)
    with pytest.raises(CbeError, match="tasks wait for each other"):
        merged(one, other)


def test_two_districts_in_a_plan_are_refused():
    with pytest.raises(CbeError, match="Plan 'one' holds 2 districts"):
        merged(ONE.assign(district_id=["a", "b"]), OTHER)


@pytest.mark.parametrize(
    "wrong", [{"sharing": (0.5, 0.4, 0.9)}, {"sharing": (0.5, 0.6, 1.2)}, {"overrun": (-1, 1, 2)}, {"limit": 0}]
)
def test_impossible_assumptions_are_refused(wrong):
    with pytest.raises(CbeError, match=next(iter(wrong))):
        merged(ONE, OTHER, **wrong)


def test_one_plan_is_not_several():
    with pytest.raises(CbeError, match="two plans or more"):
        integration.integrated_plan({"one": ONE})


def test_assumptions_and_kind_of_claim_are_in_the_notes():
    notes = merged(ONE, OTHER).notes
    assert notes[0].startswith("Assumed, not found: sharing 0.5 to 0.5")
    assert notes[1] == "Hypothesis of the posts (B16), not a finding."


def test_plans_stay_as_they_are():
    before = ONE.copy()
    merged(ONE, OTHER)
    pd.testing.assert_frame_equal(ONE, before)


FULL = {question: (3, "seen") for questions in integration.FACTORS.values() for question in questions}


def test_a_card_with_evidence_for_everything_fits():
    assert integration.fit_card(FULL).fits


def test_one_weak_question_cannot_be_made_up_for():
    card = integration.fit_card({**FULL, "daring": (1, "a talk in May")})
    assert not card.fits
    assert card.factors.set_index("factor")["fits"].to_dict() == {
        "will": False,
        "resources": True,
        "helper capacity": True,
    }
    assert "A mean of 2.8 would have hidden it." in card.text


def test_what_is_said_without_evidence_counts_as_nothing():
    row = integration.fit_card({**FULL, "money": (3, " ")}).table.set_index("question").loc["money"]
    assert (row["level"], row["counts"], row["missing"]) == (3, 0, "no evidence")


def test_what_is_not_answered_is_listed_as_missing():
    given = {name: answer for name, answer in FULL.items() if name != "days"}
    card = integration.fit_card(given)
    assert card.table.loc[card.table["missing"] != "", "question"].tolist() == ["days"]
    assert "days (not answered)" in card.text


def test_all_unusable_answers_are_named_at_once():
    with pytest.raises(CbeError, match=r"daring=\(4, 'x'\), money=3"):
        integration.fit_card({"daring": (4, "x"), "money": 3})


def test_an_unknown_question_gets_a_suggestion():
    with pytest.raises(CbeError, match="Did you mean 'commitment'"):
        integration.fit_card({"comitment": (3, "x")})


def seats(**groups):
    names = [name for name, count in groups.items() for _ in range(count)]
    frame = pd.DataFrame({"group": names, "district_id": "a", "structure": "team", "seat_role": "teacher"})
    number = [f"S{place:03d}" for place in range(len(names))]
    return frame.assign(seat_id=number, person_id=number, from_date="2014-08-15", voice="vote")


STUDENTS = pd.DataFrame(
    {"district_id": "a", "year": 2014, "group": ["x", "y", "poor"], "students": [300, 100, 200]},
)
DISTRICTS = pd.DataFrame({"district_id": ["a"], "name": ["Aville"], "enrollment": [400]})


def represented(held=None, **options):
    return integration.representation(seats(x=28, y=12) if held is None else held, STUDENTS, DISTRICTS, **options)


def row_of(found, people, group):
    table = found.table
    return table[(table["people"] == people) & (table["group"] == group)].iloc[0]


def test_gap_is_share_of_seats_less_share_of_students():
    row = row_of(represented(), "seats", "x")
    assert (row["count"], row["of"]) == (28, 40)
    assert row["gap"] == pytest.approx(28 / 40 - 300 / 400)


def test_intervals_are_those_of_clopper_and_pearson():
    row = row_of(represented(), "seats", "y")
    expected = [beta.ppf(0.025, 12, 29), beta.ppf(0.975, 13, 28)]
    assert [row["conf_low"], row["conf_high"]] == pytest.approx(expected)
    assert [row["gap_low"], row["gap_high"]] == pytest.approx([end - 0.25 for end in expected])


def test_small_groups_and_those_that_would_give_them_away_are_hidden():
    table = represented(seats(x=31, y=9)).table
    rows = table[(table["people"] == "seats") & table["group"].isin(["x", "y"])]
    assert rows[["count", "estimate", "gap"]].isna().all(axis=None)
    assert rows["reason"].str.startswith("hidden: fewer than 10 people").all()


def test_a_group_without_any_seat_counts_as_none_when_it_completes_the_students():
    row = row_of(represented(seats(x=40)), "seats", "y")
    assert (row["count"], row["estimate"]) == (0, 0)
    assert row["gap_high"] < 0


def test_a_group_that_seats_do_not_record_is_said_not_to_be_known():
    row = row_of(represented(), "seats", "poor")
    assert pd.isna(row["count"])
    assert row["reason"].startswith("cannot tell: nobody is recorded")


def test_each_seat_is_held_against_the_students_of_its_own_district():
    held = pd.concat([seats(x=30, y=10), seats(x=10, y=10).assign(district_id="b")])
    students = pd.concat([STUDENTS, STUDENTS.assign(district_id="b", students=[100, 300, 0])])
    places = pd.concat([DISTRICTS, DISTRICTS.assign(district_id="b")])
    found = integration.representation(held, students, places)
    assert row_of(found, "seats", "x")["enrollment_share"] == pytest.approx((40 * 0.75 + 20 * 0.25) / 60)


def test_voting_and_advising_seats_are_told_apart():
    held = pd.concat([seats(x=20, y=20), seats(x=20, y=12).assign(voice="advise", structure="board")])
    found = represented(held)
    assert row_of(found, "voting seats", "x")["of"] == 40
    assert row_of(found, "advising seats", "x")["of"] == 32


def test_only_who_sits_on_the_day_is_counted():
    held = seats(x=40, y=20)
    held["to_date"] = ["2015-06-30"] * 20 + [None] * 40
    assert row_of(represented(held, on="2016-01-01"), "seats", "x")["count"] == 20


def test_the_roster_adds_roles():
    staff = pd.DataFrame({"person_id": [f"p{k}" for k in range(60)], "district_id": "a", "role": "teacher"})
    staff = staff.assign(group=["x"] * 45 + ["y"] * 15, from_date="2014-08-15")
    assert row_of(represented(roster=staff), "teacher", "y")["gap"] == pytest.approx(0)


def learning(x, y, events=6):
    rows = [
        ("a", g, f"2014-0{k + 1}-01", "levels", people, 2.0)
        for k in range(events)
        for g, people in (("x", x), ("y", y))
    ]
    return pd.DataFrame(rows, columns=["district_id", "group", "date", "topic", "people", "hours"])


def test_learning_hours_are_held_against_the_students_of_the_group():
    table = represented(learning_log=learning(30, 10)).learning.set_index("group")
    assert table.loc["x", "person_hours"] == 6 * 30 * 2
    assert table.loc["x", "hours_per_100"] == pytest.approx(100 * 360 / 300)
    assert table.loc["x", "ratio"] == pytest.approx(1)


def test_few_events_give_no_ratio_but_a_reason():
    table = represented(learning_log=learning(30, 10, events=3)).learning
    assert table["ratio"].isna().all()
    assert table["reason"].eq("ratio: cannot tell from 3 events").all()


def test_small_groups_of_learners_are_hidden():
    row = represented(learning_log=learning(30, 1)).learning.set_index("group").loc["y"]
    assert pd.isna(row["people"])
    assert row["reason"] == "hidden: fewer than 10 people"


def log(*rows):
    frame = pd.DataFrame(rows, columns=["input_by_role", "input_used"])
    number = [f"D{place}" for place in range(len(frame))]
    return frame.assign(decision_id=number, district_id="a", date_raised="2014-09-01", level="school")


def test_influence_compares_decisions_with_and_without_a_role():
    rows = [("family: 5; teacher: 9", "no")] * 6 + [("teacher: 9", "yes")] * 9 + [("teacher: 9", "no")] * 3
    table = represented(decisions=log(*rows)).influence.set_index("role")
    assert table.loc["family", ["decisions", "people", "estimate", "without"]].tolist() == [6, 30, 0, 0.75]
    assert table.loc["family", "diff_high"] < 0
    assert table.loc["teacher", "reason"] == "difference: cannot tell, only 0 decisions went without this role"


def test_roles_with_few_people_are_hidden():
    table = represented(decisions=log(*[("family: 1", "yes")] * 9)).influence
    assert table.loc[0, "reason"] == "hidden: fewer than 10 people"
    assert pd.isna(table.loc[0, "estimate"])


def test_input_that_cannot_be_read_is_refused_with_its_decision():
    with pytest.raises(CbeError, match=r"cannot be read in 1 row \(index D1\)"):
        represented(decisions=log(("teacher: 9", "yes"), ("teacher: many", "no")))


def test_unknown_groups_and_years_are_refused():
    with pytest.raises(CbeError, match="'Y' looks like 'y'"):
        represented(groups=["x", "Y"])
    with pytest.raises(CbeError, match="no year 1999"):
        represented(year=1999)


def test_the_planted_shortfall_is_found_and_the_planted_zero_is_not():
    state = samples.state()
    found = integration.representation(state["seats"], state["student_groups"], state["districts"])
    assert row_of(found, "seats", "Hispanic")["gap_high"] < 0
    black = row_of(found, "seats", "Black")
    assert black["gap_low"] < 0 < black["gap_high"]


def test_a_district_of_few_seats_says_that_it_cannot_tell():
    found = represented(seats(x=6, y=4))
    assert found.text.startswith("Cannot tell whether seats mirror the students")
