import itertools

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import fisher_exact, hypergeom

from cbe_lib import samples
from cbe_lib.errors import CbeError
from cbe_lib.themes import leadership
from cbe_lib.themes.decision_log.control_chart import limits, rate
from cbe_lib.themes.decision_log.reading import school_year, wave_year
from cbe_lib.themes.leadership.concentration import index


def log(count, **columns):
    frame = pd.DataFrame({"decision_id": [f"d{k}" for k in range(count)], "district_id": "01", "level": "school"})
    return frame.assign(date_raised="2015-09-01").assign(**columns)


@pytest.fixture(scope="module")
def state():
    return samples.state()


def monthly(*counts):
    """Lay out months of (decisions, passed up), from September 2015 on."""
    months = pd.period_range("2015-09", periods=len(counts), freq="M")
    rows = [
        (m.start_time, "district" if k < up else None)
        for m, (n, up) in zip(months, counts, strict=True)
        for k in range(n)
    ]
    days, up = zip(*rows, strict=True)
    return log(len(rows), date_raised=list(days), escalated_to=list(up))


def test_a_month_far_above_the_others_signals():
    table = leadership.escalation(monthly((20, 1), (20, 2), (20, 12), (20, 1))).table
    assert table["signal"].tolist() == ["", "", "above", ""]


def test_a_month_signals_where_an_exact_test_against_the_others_rejects():
    for up in (7, 9, 11):
        table = leadership.escalation(monthly((20, 2), (20, 2), (20, up))).table
        p = fisher_exact([[up, 20 - up], [4, 36]], alternative="greater").pvalue
        assert (table["signal"].iloc[-1] == "above") == (p <= 0.0027 / 2)


def test_limits_do_not_depend_on_the_month_that_they_judge():
    found = [leadership.escalation(monthly((30, 3), (30, 3), (20, up))).table.iloc[-1] for up in (0, 5, 15)]
    assert len({(row["low"], row["high"]) for row in found}) == 1


def test_after_a_baseline_only_later_months_are_judged():
    found = leadership.escalation(monthly((30, 1), (30, 1), (20, 12)), baseline_until="2015-10-31").table
    assert found["reason"].tolist() == ["baseline", "baseline", ""]
    assert found["center"].tolist() == [1 / 30] * 3
    assert found["signal"].iloc[-1] == "above"


@pytest.mark.parametrize(("share", "n", "both"), [(0.1, 15, True), (0.2, 25, False), (0.5, 25, True)])
def test_false_alarms_come_as_often_as_stated(share, n, both):
    x = np.random.default_rng(11).binomial(n, share, (8000, 12))
    pairs = np.column_stack([x.ravel(), np.repeat(x.sum(axis=1), 12)])
    kinds, back = np.unique(pairs, axis=0, return_inverse=True)
    (month, year), back = kinds.T, back.ravel()
    size, rest = np.full(len(month), n), np.full(len(month), 11 * n)
    low, high = limits(size, year - month, rest, 0.0027, both)
    seen = ((month < low) | (month > high))[back]
    stated = rate(size, year, size + rest, 0.0027, both)[back]
    assert 0 < stated.mean() <= stated.max() <= 0.0027
    assert seen.mean() == pytest.approx(stated.mean(), abs=4 * np.sqrt(stated.mean() / seen.size))


def test_the_stated_rate_is_the_chance_of_all_counts_that_signal():
    n, hits, total = 12, 9, 60
    stated = rate(np.array([n]), np.array([hits]), np.array([total]), 0.05, True)[0]
    signals = 0.0
    for x in range(n + 1):
        low, high = limits(np.array([n]), np.array([hits - x]), np.array([total - n]), 0.05, True)
        signals += hypergeom.pmf(x, total, hits, n) if hits - x >= 0 and (x < low[0] or x > high[0]) else 0
    assert stated == pytest.approx(signals)


def test_months_too_small_to_signal_say_so():
    found = leadership.escalation(monthly((2, 0), (2, 1), (2, 0)))
    assert (found.table["reason"] == "too few decisions to signal anything").all()
    assert found.run_length == float("inf")


def test_run_length_is_the_inverse_of_the_false_alarm_rate(state):
    found = leadership.escalation(state["decisions"], period="quarter")
    assert found.run_length == pytest.approx(1 / found.table["false_alarm"].mean())
    assert 0 < found.false_alarm <= 0.0027


def test_flows_hold_every_decision_once(state):
    flows = leadership.escalation(state["decisions"]).flows
    assert flows["n"].sum() == len(state["decisions"])
    up = flows[flows["from_level"] != flows["to_level"]]["n"].sum()
    assert up == state["decisions"]["escalated_to"].notna().sum()


def test_escalation_slopes_are_those_of_a_logit(state):
    scores = state["survey"].query("item_id in ['trust_school_1', 'trust_school_2', 'trust_school_3']")
    answer = scores["answer"].where(scores["item_id"] != "trust_school_3", 6 - scores["answer"])
    person = answer.groupby([scores["respondent"], scores["district_id"], scores["wave"]]).agg(["mean", "count"])
    person = person.loc[person["count"] >= 2, "mean"]
    trust = person.groupby(level=["district_id", "wave"]).mean().rename("trust").reset_index()
    trust = trust.assign(year=trust["wave"].astype(int) + 1).drop(columns="wave")
    decisions = state["decisions"].assign(year=school_year(state["decisions"]["date_raised"]).astype(int))
    rows = decisions.merge(trust, on=["district_id", "year"])
    x = np.column_stack([np.ones(len(rows)), rows["trust"], rows["principles_cited"].notna()])
    expected = sm.Logit(rows["escalated_to"].notna().to_numpy(float), x).fit(disp=0).params[1:]
    found = leadership.escalation(state["decisions"], state["survey"], period="school year").effects
    np.testing.assert_allclose(found["estimate"], expected, rtol=1e-5)


def test_slopes_of_few_districts_cannot_be_told(state):
    two = state["decisions"].query("district_id in ['00013', '00183']")
    found = leadership.escalation(two, state["survey"]).effects
    assert found["reason"].str.startswith("cannot tell: 2 districts").all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"period": "week"}, "no period named 'week'"),
        ({"false_alarm": 0.7}, "`false_alarm` must lie between 0 and 0.5"),
        ({"baseline_until": "soon"}, "`baseline_until` is no date"),
        ({"baseline_until": "2015-09-20"}, "No whole month ends by baseline_until"),
    ],
)
def test_impossible_options_are_refused(options, message):
    with pytest.raises(CbeError, match=message):
        leadership.escalation(monthly((5, 1), (5, 1)), **options)


def test_a_wave_of_the_fall_belongs_to_the_next_spring():
    assert wave_year(pd.Series(["2014", "fall 2014", "spring 2015"])).tolist() == [2014, 2015, 2015]


ANNOUNCED = {
    "decider_planned": "council",
    "decider_actual": ["council", "council", "principal", "council"],
    "input_open": "2015-09-02",
    "date_decided": ["2015-09-10", "2015-09-01", "2015-09-10", None],
    "feedback_date": ["2015-10-01", "2015-10-01", None, None],
}


def test_integrity_is_counted_by_hand():
    found = leadership.integrity(log(4, **ANNOUNCED)).table.set_index("part")
    assert found["n"].to_dict() == {"match": 4, "input_first": 3, "feedback": 3, "index": 3}
    assert found["count"].to_dict() == {"match": 3, "input_first": 2, "feedback": 2, "index": 1}


def test_broken_decisions_say_what_was_missed():
    broken = leadership.integrity(log(4, **ANNOUNCED)).broken.set_index("decision_id")["what"]
    assert broken.to_dict() == {
        "d1": "not: input was open before the decision",
        "d2": "not: the planned person decided, not: the result was reported back",
    }


def test_what_the_log_does_not_hold_cannot_be_told():
    found = leadership.integrity(log(3))
    assert (found.table["reason"] == "cannot tell: not in the log").all()
    assert found.text.startswith("Cannot tell")


def test_checker_slope_is_the_logit_with_an_intercept_for_each_district(state):
    rows = state["decisions"][state["decisions"]["escalated_to"].isna()]
    dummies = pd.get_dummies(rows["district_id"]).to_numpy(float)
    y = (rows["decider_actual"] == rows["decider_planned"]).to_numpy(float)
    fit = sm.Logit(y, np.column_stack([rows["checker_id"].notna(), dummies])).fit(disp=0)
    found = leadership.integrity(state["decisions"]).effects.iloc[0]
    assert [found["estimate"], found["conf_low"]] == pytest.approx([fit.params[0], fit.conf_int()[0][0]])


def test_trust_slope_is_least_squares_and_allows_for_likeness_within_districts(state):
    found = leadership.integrity(state["decisions"], state["survey"]).effects.set_index("term").loc["match_trust"]
    assert found["conf_low"] < 2.0 < found["conf_high"]  # planted
    assert found["districts"] == 16


PROCESSES = pd.DataFrame(
    {
        "process_id": ["p", "q"],
        "district_id": "01",
        "decision_type": ["budget", "space"],
        "decider": ["council", None],
        "input_roles": "teacher",
        "window_days": 10,
        "version": "1",
        "effective_from": ["2015-08-01", None],
        "feedback_date": ["2015-12-01", None],
    }
)


def staff(yes, no, district="01"):
    answers = [5] * yes + [2] * no
    rows = pd.DataFrame({"respondent": [f"{district}{k}" for k in range(len(answers))], "district_id": district})
    return rows.assign(role="teacher", wave="2015", item_id="decision_rights_1", answer=answers)


def test_a_process_says_what_it_lacks_and_an_unwritten_one_is_listed():
    found = leadership.decision_rights(PROCESSES, log(3, process_id=["p", "x", "x"], topic="trips")).table
    assert found["missing"].tolist() == ["", "decider; date", "no process is written"]
    assert found["n_decisions"].tolist() == [1, 0, 2]
    assert found["decision_type"].iloc[2] == "trips"


def test_the_say_know_gap_is_what_staff_say_less_what_is_written():
    found = leadership.decision_rights(PROCESSES, log(10, process_id=["p"] * 4 + ["q"] * 6), staff(16, 4)).gap.iloc[0]
    assert (found["say"], found["written"], round(found["gap"], 12)) == (0.8, 0.4, 0.4)
    # From Wilson's limits .584 to .919 and .168 to .687 by hand.
    assert [found["conf_low"], found["conf_high"]] == pytest.approx([0.0406, 0.6607], abs=0.0002)


def test_fewer_than_ten_answers_are_hidden():
    found = leadership.decision_rights(PROCESSES, log(10, process_id="p"), staff(5, 4)).gap.iloc[0]
    assert found["reason"] == "hidden: fewer than 10 answers"
    assert pd.isna(found["say"])
    assert pd.isna(found["n_staff"])


def test_only_the_last_version_of_a_process_counts():
    newer = PROCESSES.iloc[:1].assign(version="2", decider=None, effective_from="2016-08-01")
    found = leadership.decision_rights(pd.concat([PROCESSES, newer]), log(1, process_id="p")).table
    assert found["missing"].iloc[0] == "decider"


def test_tables_of_different_districts_are_refused():
    with pytest.raises(CbeError, match="no district in common"):
        leadership.decision_rights(PROCESSES, log(1, district_id="02"))


def as_written(count, **columns):
    options = {"process_id": "p", "decider_actual": "council", "input_open": "2015-09-02", "date_decided": "2015-09-20"}
    return log(count, **{**options, **columns})


@pytest.mark.parametrize(
    ("columns", "gate"),
    [
        ({}, "used as written"),
        ({"decider_actual": "principal"}, "feedback taken"),
        ({"input_open": "2015-09-21"}, "feedback taken"),
        ({"date_raised": "2015-07-01"}, "feedback taken"),
    ],
)
def test_use_counts_only_as_written_and_in_force(columns, gate):
    assert leadership.gates(PROCESSES, as_written(3, **columns)).table["gate"].tolist() == [gate, "not designed"]


def test_two_uses_are_not_three():
    assert leadership.gates(PROCESSES, as_written(2)).table["reason"].iloc[0] == "too few decisions as written"


def test_use_without_feedback_stands_at_designed():
    found = leadership.gates(PROCESSES.assign(feedback_date=None), as_written(5)).table.iloc[0]
    assert (found["gate"], found["reason"]) == ("designed", "used, but nobody was asked how it works")


def test_a_count_that_is_no_count_is_refused():
    with pytest.raises(CbeError, match="`at_least` must be a whole number"):
        leadership.gates(PROCESSES, as_written(1), at_least=0)


def sitting(count, **columns):
    frame = pd.DataFrame({"district_id": "01", "structure": "council", "seat_id": [f"s{k}" for k in range(count)]})
    frame = frame.assign(seat_role="teacher", person_id=[f"p{k}" for k in range(count)], from_date="2015-01-01")
    return frame.assign(**columns)


def test_three_investments_have_their_own_scores():
    seats = sitting(4, person_id=["a", "b", None, "d"])
    decisions = log(4, checker_id=["k", None, None, None], principles_cited=["x", "x", None, None])
    found = leadership.structures(seats, decisions).table.set_index("investment")["estimate"]
    assert found.to_dict() == {"structures": 0.75, "processes": 0.25, "purpose": 0.5}


def test_a_vacant_seat_checks_nothing():
    seats = sitting(2, person_id=["a", None], checker=["no", "yes"])
    found = leadership.structures(seats, log(1)).rosters.iloc[0]
    assert not found["checker"]
    assert found["reason"] == "nobody is named to check the process"


def test_turnover_counts_those_who_left_by_seat_year():
    seats = sitting(2, to_date=["2016-01-01", None])
    found = leadership.structures(seats, log(1), as_of="2018-01-01").rosters.iloc[0]
    assert found["turnover"] == pytest.approx(1 / 4, rel=0.01)
    assert found["turnover_low"] < found["turnover"] < found["turnover_high"]


def test_small_groups_in_seats_are_hidden_and_cannot_be_worked_out():
    groups = leadership.structures(sitting(46, group=["A"] * 30 + ["B"] * 12 + ["C"] * 4), log(1)).groups
    assert groups.set_index("group")["seats"].isna().to_dict() == {"A": False, "B": True, "C": True}
    assert groups.set_index("group")["share"].isna().to_dict() == {"A": False, "B": True, "C": True}


def test_students_are_set_beside_the_seats():
    seats = sitting(40, group=["A"] * 20 + ["B"] * 20)
    students = pd.DataFrame(
        {"district_id": "01", "year": 2015, "group": ["A", "B", "learning English"], "students": [30, 90, 50]}
    )
    groups = leadership.structures(seats, log(1), students).groups.set_index("group")
    assert groups["gap"].to_dict() == {"A": 0.25, "B": -0.25}


def test_a_planted_zero_is_not_told_as_an_effect(state):
    found = leadership.structures(state["seats"], state["decisions"], survey=state["survey"], group="Hispanic")
    row = found.effects.iloc[0]
    assert row["conf_low"] < 0 < row["conf_high"]
    assert "cannot be told" in found.text


def test_an_unknown_group_is_refused():
    with pytest.raises(CbeError, match="no group in `seats` named 'Z'"):
        leadership.structures(sitting(2, group="A"), log(1), group="Z")


def test_the_index_is_the_share_of_pairs_from_one_team():
    teams = "aaabbc"
    pairs = list(itertools.combinations(teams, 2))
    assert index(np.array([3, 2, 1])) == pytest.approx(sum(a == b for a, b in pairs) / len(pairs))


def test_one_team_alone_is_fully_concentrated_beyond_chance():
    found = leadership.concentration(log(20, proposer_team="high"), teams=["high", "middle"]).table.iloc[0]
    assert found["estimate"] == found["conf_high"] == 1
    assert 0.72 < found["conf_low"] < 1  # the exact limit of 20 out of 20 is a share of .832: .832² + .168² = .72
    assert found["p_value"] < 0.001
    assert found["equal_high"] < 1


def test_teams_that_share_evenly_are_not_beyond_chance():
    found = leadership.concentration(log(40, proposer_team=["a", "b", "c", "d"] * 10)).table.iloc[0]
    assert found["estimate"] < found["equal_high"]
    assert found["p_value"] > 0.9


@pytest.mark.parametrize("shares", [(0.25, 0.25, 0.25, 0.25), (0.55, 0.15, 0.15, 0.15), (0.7, 0.3)])
def test_the_interval_holds_the_true_concentration(shares):
    rng = np.random.default_rng(5)
    names = np.array(list("abcd")[: len(shares)])
    parts = [log(60, district_id=f"{k:03d}", proposer_team=rng.choice(names, 60, p=shares)) for k in range(200)]
    decisions = pd.concat(parts, ignore_index=True).assign(decision_id=lambda f: f.index.astype("str"))
    found = leadership.concentration(decisions, draws=500).table
    truth = np.square(shares).sum()
    assert ((found["conf_low"] <= truth) & (truth <= found["conf_high"])).mean() >= 0.92


def test_fewer_than_fifteen_proposals_cannot_be_told():
    found = leadership.concentration(log(14, proposer_team=["a", "b"] * 7))
    assert found.table["reason"].tolist() == ["cannot tell: fewer than 15 proposals with a team"]


def test_interventions_are_proposals_for_one_team_where_leaders_stepped_in():
    options = {"proposer_team": "a", "scope": ["team", "team", "whole"], "escalated_to": ["board", None, "board"]}
    found = leadership.concentration(log(3, **options))
    assert found.interventions[["decision_id", "how"]].to_dict("split")["data"] == [["d0", "passed up"]]
    assert found.scope.set_index("scope")["estimate"].to_dict() == {"team": 0.5, "whole": 1.0}


def test_a_team_outside_the_list_is_refused():
    with pytest.raises(CbeError, match=r"1 row \(index 1\).*'office'"):
        leadership.concentration(log(2, proposer_team=["high", "office"]), teams=["high"])
