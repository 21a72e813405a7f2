import dataclasses

import numpy as np
import pandas as pd
import pytest

from cbe_lib import dip, tables
from cbe_lib.errors import CbeError
from cbe_lib.themes import rollout

NEEDED = ["board commitment", "teacher time"]


def preparations(dates, evidence="minutes"):
    return pd.DataFrame({"district_id": "a", "preparation": NEEDED, "date": dates, "evidence": evidence})


def start(**columns):
    return pd.DataFrame({"district_id": ["a"], "rollout_year": [2014], "date": ["2013-08-20"]}).assign(**columns)


def ready(dates, evidence="minutes", **columns):
    return rollout.readiness(preparations(dates, evidence), start(**columns), needed=NEEDED)


def test_a_preparation_counts_only_if_dated_before_the_start():
    found = ready(["2013-08-19", "2013-08-20"])
    assert found.table["state"].tolist() == ["in place", "too late"]
    assert found.table["days_before"].tolist() == [1, 0]


def test_a_day_without_evidence_does_not_count():
    assert ready(["2013-03-01", "2013-03-01"], evidence=["minutes", None]).table["state"].iloc[1] == "no evidence"


@pytest.mark.parametrize(
    ("dates", "advice"),
    [
        (["2013-03-01", "2013-03-01"], "start"),
        (["2013-03-01", None], "shrink scope"),
        ([None, "2013-03-01"], "delay"),
        ([None, None], "delay"),
    ],
)
def test_advice_follows_the_rule_that_the_notes_state(dates, advice):
    assert ready(dates).districts["advice"].tolist() == [advice]


def test_a_start_known_by_the_month_leaves_days_of_that_month_untold():
    found = ready(["2013-07-31", "2013-08-10"], date_precision="month")
    assert found.table["state"].tolist() == ["in place", "cannot tell"]


def test_an_earlier_day_named_by_another_source_leaves_the_days_between_untold():
    assert ready(["2012-05-01", "2013-03-01"], alternative_date="2012-08-20").table["state"].iloc[1] == "cannot tell"


def test_without_a_day_of_the_start_no_advice_is_given():
    found = ready(["2013-03-01", "2013-03-01"], date=None)
    assert found.districts["advice"].tolist() == ["cannot tell"]
    assert "a start without a day" in found.text


def test_what_the_district_does_not_list_is_missing_and_strangers_are_named():
    rows = pd.DataFrame({"district_id": ["a"], "preparation": ["Board comitment"], "date": ["2013-01-01"]})
    found = rollout.readiness(rows, start(), needed=NEEDED)
    assert found.table["state"].tolist() == ["not listed", "not listed"]
    assert "'board comitment' (looks like 'board commitment')" in found.notes[1]


def test_core_preparations_must_be_on_the_checklist():
    with pytest.raises(CbeError, match="Not in `needed`: 'money'"):
        rollout.readiness(preparations([None, None]), start(), needed=NEEDED, core=["money"])


BARE = dip.fit(pd.DataFrame({"year": [2012, 2013], "value": [60.0, 55.0]}), 2013)


def fitted(p_value=0.6):
    """Write a DipFit by hand, so that the verdict is tested apart from the engine."""
    depth = {"term": "depth", "estimate": 6.0, "conf_low": 3.0, "conf_high": 9.0, "unit": "points", "note": ""}
    return dataclasses.replace(BARE, table=pd.DataFrame([depth]), existence=dip.Existence(2.0, p_value))


def confused(means, people=30, seed=0, district="a"):
    rng = np.random.default_rng(seed)
    rows = [
        (f"{year}-{k}", district, "teacher", str(year), "confusion_1", np.clip(round(mean + rng.normal(0, 1)), 0, 10))
        for year, mean in means.items()
        for k in range(people)
    ]
    return pd.DataFrame(rows, columns=["respondent", "district_id", "role", "wave", "item_id", "answer"])


STEADY, RISEN = {2012: 4, 2013: 4, 2014: 4}, {2012: 3, 2013: 6, 2014: 4}


@pytest.mark.parametrize(
    ("p_value", "means", "verdict"),
    [
        (0.01, RISEN, "both"),
        (0.01, STEADY, "in results"),
        (0.6, RISEN, "in confidence"),
        (0.6, STEADY, "neither shown"),
    ],
)
def test_the_verdict_says_which_channel_dipped(p_value, means, verdict):
    assert rollout.two_channels(fitted(p_value), confused(means)).verdict == verdict


def test_no_wave_before_the_rollout_cannot_tell_a_rise():
    found = rollout.two_channels(fitted(), confused({2013: 6, 2014: 4}))
    assert found.verdict == "cannot tell"
    assert "no wave before the rollout" in found.table["reason"].iloc[1]


def test_too_few_years_of_results_cannot_tell_a_fall():
    found = rollout.two_channels(BARE, confused(RISEN))
    assert found.table["finding"].tolist() == ["cannot tell", "rose"]
    assert found.text.startswith("Confusion rose: a dip in confidence, at least.")


def test_the_rise_is_a_welch_interval_shared_among_the_waves():
    from scipy.stats import ttest_ind

    answers = confused(RISEN)
    score = answers.groupby("wave")["answer"].apply(list)
    expected = ttest_ind(score["2013"], score["2012"], equal_var=False).confidence_interval(0.975)
    row = rollout.two_channels(fitted(), answers).table.iloc[1]
    assert [row["conf_low"], row["conf_high"]] == pytest.approx([expected.low, expected.high])


def test_waves_with_fewer_than_ten_answers_are_hidden():
    waves = rollout.two_channels(fitted(), confused(STEADY, people=9)).confusion
    assert waves[["n", "estimate"]].isna().all(axis=None)


def test_answers_of_two_districts_are_refused():
    both = pd.concat(
        [confused(STEADY), confused(STEADY, district="b").assign(respondent=lambda f: "b" + f["respondent"])]
    )
    with pytest.raises(CbeError, match="more than one district"):
        rollout.two_channels(fitted(), both)


def test_the_card_states_the_change_that_forty_students_would_show():
    card = rollout.case_card()
    assert "about 31 points" in card.text
    assert card.table["source"].ne("").all()


def test_protected_time_is_minutes_times_weeks_times_staff():
    found = rollout.protected_time(45, 36, 40, hourly_cost=50, moved=0.5, instruction=54_000).table.set_index("term")
    assert found["estimate"].tolist() == [27, 1080, 54_000, 810, 1.5]


def test_low_and_high_take_all_inputs_at_their_ends():
    found = rollout.protected_time((30, 45, 60), (30, 36, 38), (38, 40, 44)).table.set_index("term")
    assert found.loc["staff_hours", ["low", "high"]].tolist() == [570, 1672]


def test_what_is_not_given_is_a_row_with_a_reason():
    reasons = rollout.protected_time(45, 36, 40).table.set_index("term")["reason"]
    assert reasons["cost"] == "cannot tell: `hourly_cost` is not given"
    assert reasons["staff_hours"] == ""


def test_the_time_goes_into_the_plan_as_a_legal_row():
    task = rollout.protected_time(60, 36, 50).task("a", "T99", "2013-08-15", "2014-06-10")
    assert tables.validate(task, "plan")["person_hours"].tolist() == [1800]


@pytest.mark.parametrize("minutes", [-1, (60, 30, 90), "an hour", float("nan"), (1, 2)])
def test_amounts_out_of_range_or_order_are_refused(minutes):
    with pytest.raises(CbeError, match="`minutes` must be a number, or lowest, most likely and highest"):
        rollout.protected_time(minutes, 36, 50)


def test_more_minutes_moved_than_taught_are_refused():
    with pytest.raises(CbeError, match="More minutes are moved"):
        rollout.protected_time(60, 36, 50, instruction=1000)


def lesson(**columns):
    frame = pd.DataFrame({"evidence_id": ["1", "2", "3"], "district_id": ["a", "a", "b"], "criterion_id": "D1.1"})
    frame = frame.assign(date="2015-05-01", kind=["interview", "interview", "document"], supports=["+", "-", "-"])
    return frame.assign(role_group=["teacher", "board", "teacher"], text="told").assign(**columns)


def test_the_bank_says_what_source_who_spoke_and_about_whom():
    row = rollout.lessons(lesson()).bank.iloc[1]
    assert row[["source", "said_by", "about", "speaks"]].tolist() == ["interview", "board", "a", "against"]


def test_evidence_for_and_against_is_counted_apart():
    table = rollout.lessons(lesson()).table
    assert table["pieces"].sum() == 3
    assert sorted(table["speaks"]) == ["against", "against", "for"]


def test_a_source_that_speaks_alone_is_named():
    assert rollout.lessons(lesson()).one_sided[["about", "why"]].to_numpy().tolist() == [
        ["a", "one kind of source"],
        ["b", "one kind of source and one role group"],
    ]


def test_undated_pieces_are_counted():
    found = rollout.lessons(lesson(date=["2015-05-01", None, None]))
    assert found.table["undated"].sum() == 2
    assert "2 pieces have no day, so they count for nothing in the rubric." in found.notes


def test_lessons_can_be_asked_for_one_kind_of_source_about_one_district():
    assert len(rollout.lessons(lesson(), source="interview", about="a").bank) == 2


@pytest.mark.parametrize(
    ("ask", "message"), [({"source": "rumor"}, "no kind of source"), ({"about": "z"}, "no district")]
)
def test_unknown_sources_and_districts_are_refused(ask, message):
    with pytest.raises(CbeError, match=message):
        rollout.lessons(lesson(), **ask)
