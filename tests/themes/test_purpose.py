import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import ttest_ind

from cbe_lib import rubric, samples
from cbe_lib.errors import CbeError
from cbe_lib.themes import purpose
from cbe_lib.themes.purpose.alignment import likeness

PRINCIPLES = pd.DataFrame(
    {
        "district_id": "01",
        "level": "district",
        "principle_id": ["errors-teach", "students-first", "open-doors"],
        "text": ["A mistake is something to learn from", "Students come first", "Families come in"],
        "core": ["yes", "yes", "no"],
    }
)


def log(cited, **columns):
    frame = pd.DataFrame({"decision_id": [f"d{k}" for k in range(len(cited))], "district_id": "01", "level": "school"})
    frame = frame.assign(date_raised="2015-09-01", principles_cited=cited)
    return frame.assign(**columns)


@pytest.fixture(scope="module")
def state():
    return samples.state()


def cell(found, by, value):
    return found.table.set_index(["by", "value"]).loc[(by, value)]


def test_shares_by_level_and_month_are_counted_by_hand():
    cited = ["errors-teach", None, "students-first; errors-teach", None]
    days = ["2015-09-01", "2015-09-30", "2015-10-01", "2015-10-02"]
    found = purpose.citations(log(cited, level=["school", "school", "board", "school"], date_raised=days))
    assert cell(found, "all", "all")["estimate"] == 0.5
    assert cell(found, "level", "school")["estimate"] == pytest.approx(1 / 3)
    assert cell(found, "month", "2015-10")["n"] == 2


def test_the_interval_of_a_share_is_wilsons():
    row = purpose.citations(log(["errors-teach"] * 2 + [None] * 8)).table.iloc[0]
    assert [round(row["conf_low"], 4), round(row["conf_high"], 4)] == [0.0567, 0.5098]  # R: prop.test, correct=FALSE


def test_drift_is_the_logit_with_an_intercept_for_each_district(state):
    decisions = state["decisions"]
    found = purpose.citations(decisions).drift.set_index("term")
    months = (decisions["date_raised"] - decisions["date_raised"].min()).dt.days / (365.25 / 12)
    board = (decisions["level"] == "board").astype(float)
    dummies = pd.get_dummies(decisions["district_id"]).to_numpy(float)
    fit = sm.Logit(
        decisions["principles_cited"].notna().to_numpy(float), np.column_stack([months, board, dummies])
    ).fit(disp=0)
    expected = np.column_stack([fit.params[:2], fit.conf_int()[:2]])
    columns = ["estimate", "conf_low", "conf_high"]
    np.testing.assert_allclose(found.loc[["month_citation", "board_citation"], columns], expected, rtol=1e-6)


def test_drift_among_decisions_that_all_cite_cannot_be_told():
    days = pd.date_range("2015-09-01", periods=12, freq="MS")
    found = purpose.citations(log(["errors-teach"] * 12, date_raised=days)).drift
    assert found["reason"].str.startswith("cannot tell").all()


def test_drift_that_separates_completely_cannot_be_told():
    days = pd.date_range("2015-09-01", periods=12, freq="MS")
    found = purpose.citations(log(["errors-teach"] * 6 + [None] * 6, date_raised=days)).drift
    assert found["reason"].str.startswith("cannot tell").all()


def test_a_principle_that_nobody_cites_is_an_orphan():
    found = purpose.citations(log(["errors-teach", "students-first"]), PRINCIPLES).principles
    assert found.loc[found["orphan"], "principle_id"].tolist() == ["open-doors"]


def test_where_nothing_is_cited_no_principle_is_called_an_orphan():
    assert not purpose.citations(log([None, None]), PRINCIPLES).principles["orphan"].any()


def test_the_decisions_behind_a_cell_are_listed_once_for_each_principle():
    found = purpose.citations(log(["errors-teach; open-doors", None])).decisions
    assert found["principle_id"].fillna("").tolist() == ["errors-teach", "open-doors", ""]


def test_every_misspelled_principle_is_named_at_once():
    wrong = log(["error-teach", "errors-teach", "studentsfirst"])
    with pytest.raises(CbeError, match=r"2 rows \(index 0, 2\).*'error-teach' looks like 'errors-teach'"):
        purpose.citations(wrong, PRINCIPLES)


def test_passing_down_is_refused_with_its_rows():
    with pytest.raises(CbeError, match=r"not above level in 1 row \(index 1\).*district to school"):
        purpose.citations(log([None, None], level="district", escalated_to=["board", "school"]))


def test_the_log_is_left_as_it_was(state):
    before = state["decisions"].copy(deep=True)
    purpose.citations(state["decisions"], state["principles"])
    pd.testing.assert_frame_equal(state["decisions"], before)


def nested(**columns):
    below = pd.DataFrame({"district_id": "01", "level": "school", "school_id": ["a"], "principle_id": ["s1"]})
    return pd.concat([PRINCIPLES, below.assign(text="We learn from a mistake").assign(**columns)], ignore_index=True)


def test_shared_words_propose_a_link_but_do_not_count():
    found = purpose.alignment(nested())
    assert found.table.set_index("principle_id")["status"]["errors-teach"] == "proposed"
    assert found.coverage["count"].sum() == 0


def test_a_confirmed_link_counts_without_any_shared_word():
    found = purpose.alignment(nested(text="Slips help", links="errors-teach")).coverage.set_index("principle_id")
    assert found["estimate"].to_dict() == {"errors-teach": 1.0, "open-doors": 0.0, "students-first": 0.0}


def test_likeness_is_one_for_the_same_words_and_zero_without_a_common_one():
    first = pd.Series(["Students learn", "Students learn", "Doors open"])
    second = pd.Series(["students LEARNED", "doors open", "families come"])
    assert likeness(first, second).round(12).tolist() == [1.0, 0.0, 0.0]


def test_a_link_to_what_the_district_has_not_written_is_refused():
    with pytest.raises(CbeError, match=r"Column 'links'.*1 row \(index 3\).*'error-teach' looks like 'errors-teach'"):
        purpose.alignment(nested(links="error-teach"))


def test_no_text_below_the_district_cannot_be_told():
    assert purpose.alignment(PRINCIPLES).text.startswith("Cannot tell")


def rated(*effects, person="a", **columns):
    frame = pd.DataFrame(
        {"proposal": "keep letters", "principle_id": list(PRINCIPLES["principle_id"]), "effect": effects}
    )
    return frame.assign(person_id=person, reason="because").assign(**columns)


def verdict(*frames):
    return purpose.hybrid_test(pd.concat(frames, ignore_index=True), PRINCIPLES).table.iloc[0]


def test_a_core_principle_undermined_fails_whatever_the_average():
    found = verdict(rated(-1, 1, 1), *[rated(1, 1, 1, person=p) for p in "bcdefgh"])
    assert found["verdict"] == "reject"
    assert found["average"] > 0.9
    assert found["core_undermined"] == "errors-teach"


@pytest.mark.parametrize(
    ("effects", "expected"),
    [((1, 0, 0), "adopt"), ((1, 1, -1), "time-limit"), ((0, 0, 1), "time-limit"), ((0, -1, 1), "reject")],
)
def test_verdicts(effects, expected):
    assert verdict(rated(*effects))["verdict"] == expected


def test_an_unrated_core_principle_leaves_the_verdict_open():
    assert verdict(rated(1, 1, 1).iloc[:1])["verdict"] == "cannot tell"


def test_raters_of_the_same_plan_have_an_agreement():
    frames = pd.concat([rated(1, 0, -1), rated(1, 0, -1, person="b")])
    found = purpose.hybrid_test(frames, PRINCIPLES).agreement
    assert found.table.set_index("coefficient").loc["percent_agreement", "estimate"] == 1


def test_impossible_effects_and_repeated_ratings_are_told_at_once():
    bad = pd.concat([rated(1, 2, 0), rated(1, 0, 0)], ignore_index=True)
    with pytest.raises(
        CbeError, match=r"effect is not -1, 0 or 1 in 1 row.*one person rates one effect twice in 6 rows"
    ):
        purpose.hybrid_test(bad, PRINCIPLES)


def test_principles_without_a_core_are_refused():
    with pytest.raises(CbeError, match="needs core principles"):
        purpose.hybrid_test(rated(1, 1, 1), PRINCIPLES.assign(core="no"))


def test_the_planted_hybrid_is_rejected_though_its_average_is_good(state):
    found = purpose.hybrid_test(state["decisions"], state["principles"]).table
    story = found[(found["district_id"] == "00263") & (found["core_undermined"] == "common-purpose")]
    assert (story["average"] == 0.6).any()
    assert (story["verdict"] == "reject").all()


def made(*given):
    rows = [(case, person, ruling) for case, each in given for person, ruling in zip("abc", each, strict=True)]
    return pd.DataFrame(rows, columns=["dilemma_id", "person_id", "ruling"])


YES, LIMITED, NOT_YET, NO = purpose.RULINGS
RULED = made(("late-bus", (YES, YES, YES)), ("honor-roll", (YES, NO, NOT_YET)), ("one-team", (NO, NO, LIMITED)))


def test_agreement_of_rulings_is_that_of_the_rubric():
    found = purpose.rulings(RULED).agreement.table
    expected = rubric.agreement(
        RULED, unit="dilemma_id", rater="person_id", rating="ruling", levels=list(purpose.RULINGS), weights="linear"
    )
    pd.testing.assert_frame_equal(found, expected.table)


def test_the_case_that_splits_people_is_named():
    found = purpose.rulings(RULED)
    assert found.table.set_index("dilemma_id")["most"]["honor-roll"] == "split"
    assert "'honor-roll': talk about that one first" in found.text


def test_unknown_rulings_and_cases_are_told_at_once():
    bad = made(("late-buss", (YES, YES, "maybe")))
    with pytest.raises(
        CbeError, match=r"unknown dilemma_id 'late-buss'.*'late-bus'\?; unknown ruling 'maybe' in 1 row"
    ):
        purpose.rulings(bad)


def test_dilemmas_have_two_sides_and_own_names():
    cases = purpose.dilemmas()
    assert cases["id"].is_unique
    assert cases["at_stake"].str.count(";").eq(1).all()


def doubting(passed_up):
    """Twenty decisions in a quiet year, none passed up; then twenty in the next fall."""
    days = ["2015-10-01"] * 20 + ["2016-10-01"] * 20
    up = [None] * 20 + ["district"] * passed_up + [None] * (20 - passed_up)
    return log(["errors-teach"] * 30 + ["students-first"] * 10, date_raised=days, escalated_to=up)


def test_crossing_a_limit_turns_back_to_the_principles_used_most():
    found = purpose.doubt_trigger(doubting(8), PRINCIPLES, district_id="01")
    assert found.table.iloc[0]["crossed"]
    assert found.principles["used"].tolist() == [30, 10, 0]
    assert len(found.decisions) == 40


def test_without_doubts_nothing_is_surfaced():
    found = purpose.doubt_trigger(doubting(1), PRINCIPLES, district_id="01")
    assert found.principles.empty
    assert "no proof of calm" in found.text


def confused(before, after):
    answers = [*before, *after]
    rows = {"respondent": [f"r{k}" for k in range(len(answers))], "district_id": "01", "role": "teacher"}
    waves = ["2015"] * len(before) + ["2016"] * len(after)
    return pd.DataFrame({**rows, "wave": waves, "item_id": "confusion_1", "answer": answers})


def test_the_limit_of_confusion_is_where_welchs_test_rejects():
    before, after = np.resize([2, 3, 5], 15), np.resize([3, 6, 7, 4], 20)
    p = ttest_ind(after, before, equal_var=False, alternative="greater").pvalue
    options = {"district_id": "01", "false_alarm": p}
    row = purpose.doubt_trigger(doubting(1), PRINCIPLES, confused(before, after), **options).table.iloc[-1]
    assert row["high"] == pytest.approx(row["estimate"])


def test_waves_of_fewer_than_ten_are_hidden():
    row = purpose.doubt_trigger(doubting(1), PRINCIPLES, confused([1] * 9, [9] * 12), district_id="01").table.iloc[-1]
    assert row["reason"] == "hidden: fewer than 10 answers"
    assert row[["n", "estimate", "center", "high"]].isna().all()


def test_an_unknown_district_is_refused():
    with pytest.raises(CbeError, match="no district in the log named '1'"):
        purpose.doubt_trigger(doubting(1), PRINCIPLES, district_id="1")
