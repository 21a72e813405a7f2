import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta, ttest_ind
from scipy.stats import t as student

from cbe_lib import samples
from cbe_lib.errors import CbeError
from cbe_lib.themes import learning


@pytest.fixture(scope="module")
def state():
    return samples.state()


@pytest.fixture(scope="module")
def until(state):
    adopters = state["districts"].dropna(subset=["rollout_year"])
    return {
        name: f"{year + 2}-06-30" for name, year in zip(adopters["district_id"], adopters["rollout_year"], strict=True)
    }


def notes(days, changed=True, district="a", **columns):
    noted = pd.Timestamp("2014-01-01")
    frame = pd.DataFrame({"days": days}).assign(date_noted=noted)
    frame["date_changed"] = (noted + pd.to_timedelta(frame["days"], unit="D")).where(
        np.broadcast_to(changed, len(frame))
    )
    frame = frame.drop(columns="days").assign(district_id=district, **columns)
    return frame.assign(correction_id=[f"{district}-{k}" for k in range(len(frame))])


def safe(levels, role="teacher", wave="2014", district="a"):
    rows = []
    for number, level in enumerate(levels):
        answers = {"safety_1": level, "safety_2": level, "safety_3": 6 - level}
        rows += [(f"{district}{role}{number}", item, answer) for item, answer in answers.items()]
    frame = pd.DataFrame(rows, columns=["respondent", "item_id", "answer"])
    return frame.assign(district_id=district, role=role, wave=wave)


# ---------------------------------------------------------------------------------------------------------- safety


def test_safety_turns_the_item_on_fault_round():
    row = learning.safety(safe([4] * 6 + [5] * 6)).table.iloc[0]
    assert (row["n"], row["estimate"]) == (12, 4.5)


def test_safety_is_told_by_role_and_wave():
    answers = pd.concat(
        [safe([2] * 6 + [3] * 6), safe([4] * 6 + [5] * 6, wave="2015"), safe([3] * 9, role="principal")]
    )
    table = learning.safety(answers).table.set_index(["role", "wave"])["estimate"]
    assert table[("teacher", "2015")] - table[("teacher", "2014")] == 2
    assert np.isnan(table[("principal", "2014")])


def test_a_clear_rise_is_told_in_the_sentence():
    answers = pd.concat([safe([2] * 6 + [3] * 6), safe([4] * 6 + [5] * 6, wave="2015")])
    assert "rose clearly in 1 and fell clearly in 0 of 1 groups" in learning.safety(answers).text


def test_blame_is_counted_by_school_year_with_the_exact_interval():
    blame = learning.safety(safe([3] * 12), notes([5] * 10, blame=["yes"] * 3 + ["no"] * 6 + [None])).blame.iloc[0]
    assert (blame["school_year"], blame["n"], blame["count"]) == (2014, 9, 3)
    assert [blame["conf_low"], blame["conf_high"]] == pytest.approx([beta.ppf(0.025, 3, 7), beta.ppf(0.975, 4, 6)])


# --------------------------------------------------------------------------------------------------------- latency

# Freireich et al. (1963), remission in weeks on 6-MP: the curve and its median, 23, are printed in many textbooks. The
# limits at 10 weeks by hand, from Greenwood's error .0963: .753 ** exp(+-1.96 x .0963 / (.753 x log .753)).
WEEKS = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]


def freireich():
    """Lay the weeks out as notes: those without relapse stay open, each in a district watched for so long."""
    parts = []
    for number, (weeks, relapsed) in enumerate(zip(WEEKS, RELAPSED, strict=True)):
        parts.append(notes([weeks], changed=bool(relapsed), district=f"d{number}"))
    days = {f"d{k}": pd.Timestamp("2014-01-01") + pd.Timedelta(days=weeks) for k, weeks in enumerate(WEEKS)}
    return pd.concat(parts), days


def test_share_still_open_is_the_published_kaplan_meier_curve():
    corrections, days = freireich()
    curve = learning.correction_latency(corrections, until=days).curves
    assert curve["days"].tolist() == [6, 7, 10, 13, 16, 22, 23]
    np.testing.assert_allclose(curve["estimate"], [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], atol=6e-4)


def test_limits_are_on_the_log_log_scale():
    corrections, days = freireich()
    row = learning.correction_latency(corrections, until=days).curves.set_index("days").loc[10]
    assert [row["conf_low"], row["conf_high"]] == pytest.approx([0.503, 0.889], abs=1e-3)


def test_the_median_and_what_is_open_after_a_term():
    corrections, days = freireich()
    table = learning.correction_latency(corrections, until=days, term_days=10).table.set_index("term")
    assert table.loc["median_days", "estimate"] == 23
    assert table.loc["median_days", "conf_high"] == float("inf")
    assert table.loc["open_after_term", "estimate"] == pytest.approx(0.753, abs=6e-4)


def test_open_notes_count_for_the_days_they_were_watched():
    both = pd.concat([notes([10] * 12), notes([0] * 12, changed=False, district="b")])
    long = learning.correction_latency(both, until={"a": "2014-02-01", "b": "2014-02-01"}, term_days=10)
    short = learning.correction_latency(both, until={"a": "2014-02-01", "b": "2014-01-06"}, term_days=10)
    shares = [found.table.set_index("term").loc["open_after_term", "estimate"] for found in (long, short)]
    assert shares == [0.5, 0.0]


def test_a_change_after_the_last_day_is_refused():
    with pytest.raises(CbeError, match="later than the last day watched"):
        learning.correction_latency(notes([10] * 12), until="2014-01-06")


def test_a_district_without_a_last_day_is_named():
    with pytest.raises(CbeError, match=r"no day for some districts\. Found none for a"):
        learning.correction_latency(notes([10] * 12), until={"b": "2014-01-06"})


def test_where_most_are_open_there_is_no_median():
    corrections = notes(range(12), changed=[True] * 4 + [False] * 8)
    row = learning.correction_latency(corrections, until="2015-01-01").table.set_index("term").loc["median_days"]
    assert np.isnan(row["estimate"])
    assert row["reason"] == "cannot tell: more than half are still open"


def test_all_changed_within_the_term_has_an_exact_upper_limit():
    row = learning.correction_latency(notes(range(1, 13))).table.set_index("term").loc["open_after_term"]
    assert (row["estimate"], row["conf_low"]) == (0.0, 0.0)
    assert row["conf_high"] == pytest.approx(1 - 0.025 ** (1 / 12))


def test_nine_notes_are_too_few_for_an_estimate():
    assert (
        learning.correction_latency(notes(range(1, 10))).table["reason"] == "cannot tell: fewer than 10 notes"
    ).all()


def test_notes_watched_less_than_a_term_cannot_tell():
    corrections = notes(range(12), changed=[True] * 8 + [False] * 4)
    row = learning.correction_latency(corrections, until="2014-01-20", term_days=90).table.set_index("term")
    assert row.loc["open_after_term", "reason"] == "cannot tell: no note was watched for 90 days"


def test_groups_are_told_apart(state, until):
    found = learning.correction_latency(state["corrections"], until=until, by="topic")
    assert found.table["n"].sum() == 2 * len(state["corrections"])
    assert found.table["group"].nunique() == state["corrections"]["topic"].nunique()


def test_planted_safety_speeds_changes_up_and_strategy_does_not(state, until):
    found = learning.correction_latency(state["corrections"], state["survey"], state["districts"], until=until)
    effects = found.effects.set_index("term")
    assert effects.loc["safety", "conf_low"] > 0
    assert effects.loc["one_year", "conf_low"] < 0 < effects.loc["one_year", "conf_high"]


def test_twenty_notes_that_are_all_alike_in_a_district_are_worth_one():
    rng = np.random.default_rng(8)
    levels, days = rng.permutation(np.arange(12) % 4 + 1.0), rng.integers(5, 90, 12)
    answers = pd.concat([safe([level], district=f"d{k}", wave="2013") for k, level in enumerate(levels)])
    widths = []
    for copies in (1, 20):
        corrections = pd.concat([notes([day] * copies, district=f"d{k}") for k, day in enumerate(days)])
        row = learning.correction_latency(corrections, answers).effects.iloc[0]
        widths.append(row["conf_high"] - row["conf_low"])
    assert 0.6 < widths[1] / widths[0] < 1.6  # as independent notes: 0.22


def test_notes_closed_to_view_before_the_first_change_spoil_no_interval(state):
    found = learning.correction_latency(state["corrections"], state["survey"], state["districts"])
    assert found.effects[["conf_low", "conf_high"]].notna().all(axis=None)


def test_few_districts_leave_the_effect_open(state, until):
    few = state["corrections"].query("district_id in ['00013', '00063']")
    effects = learning.correction_latency(few, state["survey"], until=until).effects
    assert "in 2 districts" in effects["reason"].iloc[0]


# ----------------------------------------------------------------------------------------------------- constraints


def rules(**columns):
    row = {"state": "x", "rule_id": "seat", "rule": "hours", "holder": "board", "waiver": "granted"}
    frame = pd.DataFrame({**{key: [value] for key, value in row.items()}, "asked": "2014-01-01", **columns})
    return frame if "answered" in frame else frame.assign(answered="2014-03-02")


def test_days_waited_run_from_asking_to_the_answer():
    assert learning.constraints(rules()).table["days_waited"].tolist() == [60]


def test_open_requests_wait_until_the_day_of_reading():
    found = learning.constraints(rules(waiver="asked", answered=None), on="2014-01-31").table.iloc[0]
    assert (found["days_waited"], found["standing"]) == (30, "waiting")


def test_contradictions_of_waiver_and_dates_are_refused_at_once():
    bad = pd.concat(
        [rules(asked=None, answered=None), rules(rule_id="b", waiver="not asked"), rules(rule_id="c", waiver="asked")],
        ignore_index=True,
    )
    with pytest.raises(CbeError) as error:
        learning.constraints(bad)
    for part in ("asked is blank in 1 row (index 0)", "nobody asked, but there is a day in 1 row (index 1)"):
        assert part in str(error.value)
    assert "there is an answer, but waiver is still asked in 1 row (index 2)" in str(error.value)


def test_holders_have_the_exact_share_of_what_they_granted():
    many = pd.concat([rules(rule_id=f"r{k}", waiver="granted" if k < 3 else "refused") for k in range(10)])
    row = learning.constraints(many).holders.iloc[0]
    assert (row["rules"], row["answered"], row["granted"], row["estimate"]) == (10, 10, 3, 0.3)
    assert [row["conf_low"], row["conf_high"]] == pytest.approx([beta.ppf(0.025, 3, 8), beta.ppf(0.975, 4, 7)])


def test_a_planted_zero_of_credit_is_no_effect(state):
    credit = learning.constraints(state["state_rules"], state["state_actions"]).credit.iloc[0]
    assert credit["conf_low"] < 0 < credit["conf_high"]


def test_credit_counts_only_before_the_day_of_asking(state):
    late = state["state_actions"].assign(credited_on=pd.Timestamp("2030-01-01"))
    credit = learning.constraints(state["state_rules"], late).credit.iloc[0]
    assert credit["reason"].startswith("cannot tell: something here never differs")


# ----------------------------------------------------------------------------------------------------- recognition


def actions(tags, credited=None, **columns):
    days = pd.date_range("2014-01-01", periods=len(tags), freq="30D")
    frame = pd.DataFrame({"tag": tags, "date": days, "credited_on": credited})
    return frame.assign(action_id=[f"a{k}" for k in range(len(tags))], state="x", **columns)


def test_risk_takers_without_credit_are_listed_oldest_first():
    found = learning.recognition(
        actions(["innovation", "compliance", "innovation"], [None, None, None]), on="2014-12-31"
    )
    assert found.uncredited["days_since"].tolist() == [364, 304]


def test_credit_after_the_day_of_reading_does_not_count():
    found = learning.recognition(actions(["innovation"], ["2014-06-01"]), on="2014-02-01")
    assert len(found.uncredited) == 1


def test_neutral_actions_are_left_out_of_the_share():
    year = learning.recognition(actions(["innovation", "neutral", "compliance", "compliance"])).years.iloc[0]
    assert year["estimate"] == pytest.approx(1 / 3)


def test_a_year_of_neutral_actions_has_a_reason():
    assert learning.recognition(actions(["neutral"])).years["reason"].tolist() == ["cannot tell: neutral actions only"]


def test_credit_before_the_action_is_refused():
    with pytest.raises(CbeError, match="credited_on is before date in 1 row"):
        learning.recognition(actions(["innovation"], ["2013-01-01"]))


# --------------------------------------------------------------------------------------------------------- reading


def test_the_paper_that_the_posts_name_is_first_for_state_leaders():
    first = learning.reading("state room", audience="policymaker").table.iloc[0]
    assert first["title"].startswith("Necessary for Success")


def test_every_work_has_a_summary_of_two_sentences_and_questions():
    found = learning.reading()
    assert (found.table["summary"].str.count(r"[.](?: |$)") == 2).all()
    assert found.questions["title"].value_counts().min() >= 2
    assert set(found.questions["title"]) == set(found.table["title"])


def test_an_unknown_topic_is_refused_with_the_known_ones():
    with pytest.raises(CbeError, match="no topic named 'states'"):
        learning.reading("states")


# ------------------------------------------------------------------------------------------------------ small wins


def signs(before, after, district="a", better="up"):
    frame = pd.DataFrame({"value": [*before, *after]}).assign(district_id=district, indicator="attendance")
    first, second = (
        pd.date_range(f"{year}-09-01", periods=n, freq="28D") for year, n in ((2012, len(before)), (2013, len(after)))
    )
    return frame.assign(date=[*first, *second], unit="percent", better=better)


def test_change_between_school_years_is_welchs():
    rng = np.random.default_rng(2)
    before, after = rng.normal(90, 1, 10), rng.normal(91, 2, 9)
    row = learning.small_wins(signs(before, after)).table.iloc[0]
    expected = ttest_ind(after, before, equal_var=False)
    limits = expected.confidence_interval(0.95)
    assert row["p_value"] == pytest.approx(expected.pvalue)
    assert [row["conf_low"], row["conf_high"]] == pytest.approx([limits.low, limits.high])


def test_limits_of_one_value_are_prediction_limits_of_the_year_before():
    before = [90.0, 91, 92, 93, 94, 90, 91, 92, 93, 94]
    point = learning.small_wins(signs(before, before), false_alarm=0.05).points.iloc[-1]
    reach = student.ppf(0.975, 9) * np.std(before, ddof=1) * np.sqrt(1.1)
    assert [point["low"], point["high"]] == pytest.approx([92 - reach, 92 + reach])


def unchanged(before, districts, seed):
    """Draw series that never change: so many values in the first school year, ten in the second."""
    one = signs(range(before), range(10)).drop(columns="district_id")
    frame = one.merge(pd.DataFrame({"district_id": [f"d{k}" for k in range(districts)]}), how="cross")
    return frame.assign(value=np.random.default_rng(seed).normal(90, 1, len(frame)))


@pytest.mark.parametrize("before", [6, 10])
def test_single_values_raise_false_alarms_as_often_as_stated(before):
    found = learning.small_wins(unchanged(before, 1000, seed=before), false_alarm=0.05)
    judged = found.points["year"] == 2014
    assert (found.points.loc[judged, "signal"] != "").mean() == pytest.approx(0.05, abs=0.008)


def test_nothing_real_among_many_unchanged_signs():
    verdicts = learning.small_wins(unchanged(10, 200, seed=4)).table["verdict"].value_counts()
    assert verdicts["within the noise"] >= 198


def test_the_planted_jump_and_nothing_else_is_real_in_attendance(state):
    table = learning.small_wins(state["indicators"]).table.query("indicator == 'attendance'")
    real = table[table["verdict"] == "real, for the better"]
    assert real["district_id"].tolist() == ["00203"]


def test_where_less_is_better_a_fall_is_for_the_better():
    before, after = [9.0, 9.1, 8.9, 9.2, 8.8, 9.0], [6.0, 6.1, 5.9, 6.2, 5.8, 6.0]
    assert learning.small_wins(signs(before, after, better="down")).table["verdict"].tolist() == [
        "real, for the better"
    ]
    assert learning.small_wins(signs(before, after)).table["verdict"].tolist() == ["real, for the worse"]


@pytest.mark.parametrize("before", [[90.0, 91, 92, 93], [90.0] * 10])
def test_too_few_or_equal_values_cannot_tell(before):
    found = learning.small_wins(signs(before, [90.0] * 6)).table.iloc[0]
    assert found["verdict"] == "cannot tell"
    assert found["reason"].startswith("cannot tell: 5 values")


def test_planted_time_goes_with_work_returned_and_not_with_referrals(state):
    effects = learning.small_wins(state["indicators"], state["survey"]).effects.set_index("term")
    assert effects.loc["work returned within a week", "conf_low"] > 0
    assert effects.loc["office referrals", "conf_low"] < 0 < effects.loc["office referrals", "conf_high"]


@pytest.mark.parametrize("option", ["false_alarm", "fdr"])
def test_chances_outside_their_range_are_refused(option):
    with pytest.raises(CbeError, match=f"`{option}` must lie between 0 and"):
        learning.small_wins(signs([90.0], [91.0]), **{option: 0})
