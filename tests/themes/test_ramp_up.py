import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import binomtest, t

from cbe_lib import samples
from cbe_lib.errors import CbeError
from cbe_lib.themes import ramp_up


def plan(*tasks):
    usual = {"district_id": "a", "name": "work", "category": "vision", "person_hours": 10.0, "dollars": 100.0}
    usual |= {"owner_role": "coach", "done_evidence": "minutes", "classroom_change": "no", "predecessor_ids": None}
    usual |= {"start": "2014-01-01", "end": "2014-01-31"}
    return pd.DataFrame([{**usual, "task_id": f"T{k}", **task} for k, task in enumerate(tasks, 1)])


CHANGE = {"category": "rollout", "classroom_change": "yes", "start": "2014-03-02", "end": "2014-03-31"}


def row(result, column, name):
    return result.table.set_index(column).loc[name]


def test_hours_and_money_are_shared_out_by_category():
    found = ramp_up.audit(plan({"person_hours": 30.0}, CHANGE | {"dollars": 300.0}))
    assert row(found, "category", "vision")["hours_share"] == 0.75
    assert row(found, "category", "rollout")["dollars_share"] == 0.75


def test_days_before_the_first_classroom_change_count_once_where_tasks_overlap():
    found = ramp_up.audit(plan({}, {"start": "2014-01-22", "end": "2014-02-10"}, CHANGE))
    assert row(found, "category", "vision")["days_before"] == 31 + 10
    assert found.ramp_up_days == 60


def test_days_after_the_first_classroom_change_do_not_count():
    found = ramp_up.audit(plan({"start": "2014-02-20", "end": "2014-03-11"}, CHANGE))
    vision = row(found, "category", "vision")
    assert (vision["days_before"], vision["hours_before"], vision["dollars_before"]) == (10, 5, 50)


def test_without_a_classroom_change_the_calendar_cannot_be_told():
    found = ramp_up.audit(plan({}))
    assert found.table["reason"].str.startswith("cannot tell").all()
    assert "no task is marked" in found.text


def test_categories_without_tasks_are_missing():
    table = ramp_up.audit(plan({}, CHANGE)).table
    assert set(table.loc[table["finding"] != "missing", "category"]) == {"vision", "rollout"}


def test_the_plan_without_ramp_up_of_the_sample_is_found_out():
    sample = samples.state()["plan"].query("district_id == '00203'")
    table = ramp_up.audit(sample).table
    missing = table.loc[table["finding"] == "missing", "category"].tolist()
    assert missing == ["vision", "why_old_blocks", "leader_learning", "shared_leadership"]


def test_a_month_is_overloaded_beyond_the_hours_of_the_norms():
    long = {"person_hours": 820.0, "start": "2014-01-01", "end": "2014-02-10"}
    months = ramp_up.audit(plan(long, CHANGE)).months.set_index("month")
    assert months.loc["2014-01-01", "hours"] == pytest.approx(620)
    assert months["overloaded"].tolist() == [True, False, False]


def test_tasks_without_owner_and_evidence_are_named():
    found = ramp_up.audit(plan({"owner_role": None, "done_evidence": None}, CHANGE))
    assert found.tasks["finding"].tolist() == ["no owner; no evidence", ""]


def test_dropped_tasks_do_not_count():
    found = ramp_up.audit(plan({}, {"status": "dropped"}, CHANGE).assign(status=["done", "dropped", None]))
    assert row(found, "category", "vision")["tasks"] == 1
    assert any("1 dropped" in note for note in found.notes)


def test_everything_impossible_is_refused_at_once_with_names():
    bad = plan(
        {"person_hours": -5.0},
        {"category": "magic"},
        {"start": "2014-05-01", "end": "2014-04-01"},
        {"predecessor_ids": "T99"},
        {"predecessor_ids": "T6", "start": "2015-01-01", "end": "2015-02-01"},
        {"predecessor_ids": "T5", "start": "2015-03-01", "end": "2015-04-01"},
        {"predecessor_ids": "T1", "start": "2013-01-01", "end": "2013-02-01"},
    )
    with pytest.raises(CbeError) as raised:
        ramp_up.audit(bad)
    said = str(raised.value)
    assert "-5.0" in said
    assert "'magic'" in said
    assert "T3 (2014-04-01 before 2014-05-01)" in said
    assert "T99 (of T4" in said
    assert "T5 before T6 before T5" in said or "T6 before T5 before T6" in said
    assert "T7 starts 2013-01-01, T1 ends 2014-01-31" in said


def test_a_task_that_waits_for_itself_is_refused():
    with pytest.raises(CbeError, match="T1 before T1"):
        ramp_up.audit(plan({"predecessor_ids": "T1"}))


def test_plans_of_two_districts_are_refused():
    with pytest.raises(CbeError, match="2 districts; pick the tasks of one"):
        ramp_up.audit(plan({}, {"district_id": "b"}))


def test_the_audit_leaves_the_plan_as_it_was():
    given = plan({}, CHANGE)
    before = given.copy()
    ramp_up.audit(given)
    pd.testing.assert_frame_equal(given, before)


def test_own_norms_change_the_findings(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(
        'title = "Ours"\nversion = "2"\n[overload]\nhours_a_month = 5\n'
        '[[category]]\nid = "vision"\nname = "Vision"\nramp_up = true\nhours_share = 0.9\ndays_before = 10\n'
    )
    found = ramp_up.audit(plan({}, CHANGE), norms=own)
    assert found.table["finding"].tolist() == ["too few hours"]
    assert found.months["overloaded"].all()


def test_faulty_norms_are_refused_with_every_problem(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text('title = "Ours"\nversion = "2"\n[[category]]\nid = "visions"\nname = "V"\nhours_share = 7\n')
    with pytest.raises(CbeError, match=r"(?s)3 problems.*did you mean 'vision'.*hours_share.*hours_a_month"):
        ramp_up.read_norms(own)


def test_every_category_of_a_plan_has_a_norm():
    assert len(ramp_up.read_norms().categories) == 13


def test_stages_name_their_source_and_count_hours_and_districts():
    state = samples.state()
    found = ramp_up.stages(state["plan"], state["districts"])
    assert found.table["hours"].sum() == state["plan"]["person_hours"].sum()
    assert row(found, "stage", "improving")["districts"] == (state["districts"]["stage"] == "improving").sum()
    assert "Sturgis, C. (2015)" in found.notes[0]


def ratings(levels, raters=3):
    names = ["Exploring", "Emerging", "Proficient", "Breakthrough"]
    rows = [
        {"district_id": place, "criterion_id": f"D2.{c}", "rater": f"r{r}", "level": names[level - 1 + (r == c)]}
        for place, level in levels.items()
        for c in range(1, 5)
        for r in range(raters)
    ]
    return pd.DataFrame(rows)


def answers(scores, people=20, wave="2014"):
    rows = [
        {"respondent": f"{place}{p}", "district_id": place, "role": "teacher", "item_id": item, "answer": score + p % 2}
        for place, score in scores.items()
        for p in range(people)
        for item in ("safety_1", "safety_2")
    ]
    return pd.DataFrame(rows).assign(wave=wave)


def spirit(levels, scores, people=20, **options):
    chosen = {"dimensions": ["D2"], "scales": ["safety"], **options}
    return ramp_up.operations_and_spirit(ratings(levels), answers(scores, people), **chosen)


def test_structure_without_spirit_is_going_through_the_motions():
    found = spirit({"a": 3, "b": 3}, {"a": 1.0, "b": 4.0})
    assert found.table["quadrant"].tolist() == ["going through the motions", "structure and spirit"]


def test_an_interval_over_its_cut_cannot_be_placed():
    found = spirit({"a": 3, "b": 3}, {"a": 2.5, "b": 4.0})
    assert found.table.loc[0, "quadrant"] == "cannot tell"
    assert found.table.loc[0, "reason"] == "cannot tell: an interval reaches over its cut"


def test_the_error_of_structure_is_the_pooled_spread_of_raters():
    found = spirit({"a": 2, "b": 3}, {"a": 2.0, "b": 4.0}).table
    # Rater r0 gives no extra level, r1 and r2 one on one of four criteria: 0, .25, .25 in both places.
    spread = np.var([0, 0.25, 0.25], ddof=1)
    width = t.ppf(0.975, 4) * np.sqrt(spread / 3)
    np.testing.assert_allclose(found["structure_high"] - found["structure"], width)
    np.testing.assert_allclose(found["structure"], [2 + 2 / 12, 3 + 2 / 12])


def test_the_interval_of_spirit_is_a_t_interval_over_people():
    found = spirit({"a": 3, "b": 2}, {"a": 2.0, "b": 4.0}).table
    people = np.repeat([2.0, 3.0], 10)
    low, high = t.interval(0.95, 19, people.mean(), people.std(ddof=1) / np.sqrt(20))
    np.testing.assert_allclose(found.loc[0, ["spirit_low", "spirit_high"]].astype(float), [low, high])


def test_few_answers_are_hidden():
    found = spirit({"a": 3, "b": 3}, {"a": 1.0, "b": 4.0}, people=9).table
    assert found[["spirit", "n"]].isna().all(axis=None)
    assert (found["reason"] == "hidden: fewer than 10 people answered").all()


def test_one_rater_everywhere_leaves_the_error_unknown():
    found = ramp_up.operations_and_spirit(
        ratings({"a": 3}, 1), answers({"a": 1.0}), dimensions=["D2"], scales=["safety"]
    )
    assert "how far raters differ is not known" in found.table.loc[0, "reason"]


def test_the_story_of_going_through_the_motions_is_found_in_the_sample():
    state = samples.state()
    found = ramp_up.operations_and_spirit(state["ratings"], state["survey"])
    assert row(found, "place", "00063")["quadrant"] == "going through the motions"


def test_an_unknown_dimension_is_refused():
    with pytest.raises(CbeError, match="no dimension named 'D9'"):
        spirit({"a": 3}, {"a": 1.0}, dimensions=["D9"])


def decisions(cited, districts=1):
    count = len(cited)
    names = [f"d{k % districts}" for k in range(count)]
    return pd.DataFrame(
        {
            "decision_id": [f"x{k}" for k in range(count)],
            "district_id": names,
            "level": "school",
            "principles_cited": cited,
        }
    )


def test_citations_of_core_values_are_counted_with_wilson_intervals():
    log = decisions(["students-first; errors-teach", "students-first", None, "open-doors"] * 10)
    found = ramp_up.core_values(log).table
    limits = binomtest(20, 40).proportion_ci(0.95, method="wilson")
    assert found["estimate"].tolist() == [0.5, 0.25, 0.0]
    assert (found.loc[0, "conf_low"], found.loc[0, "conf_high"]) == (limits.low, limits.high)


def test_decisions_of_one_district_hang_together():
    log = decisions((["errors-teach"] * 6 + [None] * 6) * 20, districts=12)
    hit = log["principles_cited"].notna().astype(float)
    codes = log["district_id"].factorize()[0]
    fit = sm.OLS(hit, np.ones(len(hit))).fit(
        cov_type="cluster", cov_kwds={"groups": codes, "df_correction": True}, use_t=True
    )
    found = ramp_up.core_values(log).table.loc[1]
    correction = np.sqrt((len(hit) - 1) / len(hit))  # statsmodels multiplies by (n - 1) / (n - k) as well
    np.testing.assert_allclose(found["conf_high"] - 0.5, correction * (fit.conf_int().iloc[0, 1] - 0.5), rtol=0.01)


def test_own_principles_can_carry_a_core_value():
    found = ramp_up.core_values(decisions(["open-doors"] * 12), tags={"errors teach": ("open-doors",)}).table
    assert found["estimate"].tolist() == [0, 1, 0]


def test_an_unknown_core_value_is_refused():
    with pytest.raises(CbeError, match="no core value named 'error teaches'"):
        ramp_up.core_values(decisions([None]), tags={"error teaches": ("x",)})


def pairs(required, helps, waves, people=30):
    rows = [
        {
            "respondent": f"{wave}{p}",
            "district_id": "a",
            "role": "teacher",
            "wave": wave,
            "item_id": item,
            "answer": value,
        }
        for k, wave in enumerate(waves)
        for p in range(people)
        for item, value in (("compliance_motive_1", required[k] + p % 2), ("purpose_used_1", helps[k]))
    ]
    return pd.DataFrame(rows)


def both(survey, **options):
    return ramp_up.compliance(survey, for_students=["purpose_used_1"], **options)


def test_compliance_index_is_the_difference_within_people():
    found = both(pairs([3, 3], [2, 4], ["2014", "2015"])).table
    index = found.query("measure == 'compliance index' and term == 'mean'")["estimate"]
    assert index.tolist() == [1.5, -0.5]


def test_trend_is_in_points_a_year():
    found = both(pairs([4, 2], [3, 3], ["2014", "2018"])).table.query("term == 'trend'").set_index("measure")
    assert found.loc["because required", "estimate"] == pytest.approx(-0.5)
    assert found.loc["because required", "conf_high"] < 0
    assert found.loc["for students", "estimate"] == pytest.approx(0)


def test_waves_with_fewer_than_ten_people_are_hidden():
    found = both(pairs([4, 2], [3, 3], ["2014", "2015"], people=9)).table
    assert found["estimate"].isna().all()
    assert found["n"].isna().all()
    assert found["reason"].str.startswith("hidden").all()


def test_one_wave_has_no_trend():
    found = both(pairs([4], [3], ["2014"])).table.query("term == 'trend'")
    assert (found["reason"] == "cannot tell: one wave only").all()


def test_a_survey_without_roles_and_waves_still_has_means():
    found = both(pairs([4], [3], ["2014"]).drop(columns=["role", "wave"])).table
    assert found.query("term == 'mean'")["estimate"].tolist() == [4.5, 3.0, 1.5]


def test_an_item_that_was_not_asked_is_refused():
    with pytest.raises(CbeError, match="no item in `survey` named 'helps_1'"):
        both(pairs([4], [3], ["2014"]), required=["helps_1"])


MONTHS = np.arange(2.0, 22.0, 2)
WIGGLE = np.array([1, -1, 2, -2, 0, 1, -1, 2, -2, 0.0])


def state(depth, idle=12):
    places = pd.DataFrame(
        {
            "district_id": [f"a{k}" for k in range(len(MONTHS))] + [f"n{k}" for k in range(idle)],
            "name": "x",
            "rollout_year": [2012] * len(MONTHS) + [None] * idle,
            "ramp_up_months": [*MONTHS, *[None] * idle],
        }
    )
    fall = np.concatenate([depth, np.resize([1.0, -1.0], idle)])
    rows = [
        {"district_id": name, "year": year, "value": 60.0 + year - 2009 - (drop if year == 2013 else 0)}
        for name, drop in zip(places["district_id"], fall, strict=True)
        for year in range(2009, 2014)
    ]
    return pd.DataFrame(rows), places


def test_depth_is_the_fall_beyond_that_of_districts_without_a_rollout():
    outcomes, places = state(10 - 0.3 * MONTHS)
    found = ramp_up.depth_by_ramp_up(outcomes, places).districts
    np.testing.assert_allclose(found.sort_values("index")["estimate"], 10 - 0.3 * MONTHS)


def test_error_of_a_depth_is_what_others_vary_by():
    outcomes, places = state(10 - 0.3 * MONTHS)
    found = ramp_up.depth_by_ramp_up(outcomes, places).districts
    spread = 12 / 11  # changes of +1 and -1 in 12 districts
    np.testing.assert_allclose(found["std_error"], np.sqrt(spread + spread / 12), rtol=1e-6)


def test_with_equal_errors_the_slope_is_that_of_least_squares():
    depth = 10 - 0.3 * MONTHS + WIGGLE
    outcomes, places = state(depth)
    found = row(ramp_up.depth_by_ramp_up(outcomes, places), "term", "slope")
    reference = sm.OLS(depth, sm.add_constant(MONTHS)).fit()
    np.testing.assert_allclose(found["estimate"], reference.params[1])
    np.testing.assert_allclose(found[["conf_low", "conf_high"]].astype(float), reference.conf_int()[1], rtol=1e-4)


def test_depths_nearer_to_a_line_than_their_errors_do_not_narrow_the_interval():
    outcomes, places = state(10 - 0.3 * MONTHS)
    found = row(ramp_up.depth_by_ramp_up(outcomes, places), "term", "slope")
    error = np.sqrt(12 / 11 * 13 / 12 / ((MONTHS - MONTHS.mean()) ** 2).sum())
    assert found["std_error"] == pytest.approx(error, rel=1e-6)


def test_too_few_districts_without_a_rollout_are_a_row_with_a_reason():
    outcomes, places = state(10 - 0.3 * MONTHS, idle=9)
    found = ramp_up.depth_by_ramp_up(outcomes, places)
    assert found.table["reason"].str.startswith("cannot tell").all()
    assert found.districts["reason"].str.contains("fewer than 10 districts without a rollout").all()


def test_a_common_shock_is_no_dip():
    outcomes, places = state(0 * MONTHS + WIGGLE)
    outcomes.loc[outcomes["year"] == 2013, "value"] -= 20
    assert row(ramp_up.depth_by_ramp_up(outcomes, places), "term", "depth")["estimate"] == pytest.approx(0)


def test_an_index_of_words_is_refused():
    outcomes, places = state(10 - 0.3 * MONTHS)
    with pytest.raises(CbeError, match=r"'starting_point' of `districts` must hold numbers"):
        ramp_up.depth_by_ramp_up(outcomes, places.assign(starting_point="standard"), index="starting_point")


def test_more_districts_give_more_power():
    outcomes, places = state(10 - 0.3 * MONTHS + WIGGLE)
    power = ramp_up.depth_by_ramp_up(outcomes, places, slope_of_interest=0.4).power
    assert power["slope"].tolist() == [0.2, 0.4, 0.8]
    assert power["power"].is_monotonic_increasing
    assert power["districts_needed"].is_monotonic_decreasing


def test_preparations_in_place_are_shares_by_district():
    _, places = state(0 * MONTHS)
    rows = [
        {"district_id": f"a{k}", "preparation": f"p{j}", "date": "2011-01-01" if j < k else None}
        for k in range(10)
        for j in range(10)
    ]
    found = ramp_up.prepared_by_ramp_up(pd.DataFrame(rows), places).table.set_index("term")
    assert found.loc["share", "estimate"] == pytest.approx(0.45)
    assert found.loc["slope", "estimate"] == pytest.approx(0.05)


def test_added_depth_is_slope_times_the_months_cut():
    found = ramp_up.squeeze(12, slope=(-0.5, -0.5, -0.5), depth=(5, 5, 5), cuts=[0.5], recovery_years=(4, 4, 4)).table
    estimate = found.set_index("term")["estimate"]
    assert estimate.to_dict() == pytest.approx({"depth": 8, "added_depth": 3, "loss": 16, "added_loss": 6})


def test_the_interval_of_a_squeeze_is_that_of_its_slope():
    found = ramp_up.squeeze(10, slope=(-0.5, -0.7, -0.3), depth=(20, 19, 21), cuts=[1.0]).table.set_index("term")
    added = found.loc["added_depth", ["conf_low", "conf_high"]].astype(float)
    np.testing.assert_allclose(added, [3, 7], atol=0.1)


def test_a_dip_is_never_below_zero():
    found = ramp_up.squeeze(12, slope=(0.5, 0.5, 0.5), depth=(2, 2, 2), cuts=[1.0]).table.set_index("term")
    assert found.loc["depth", "estimate"] == 0


def test_a_squeeze_beyond_the_districts_seen_says_so():
    outcomes, places = state(10 - 0.3 * MONTHS + WIGGLE)
    slope = ramp_up.depth_by_ramp_up(outcomes, places)
    found = ramp_up.squeeze(4, slope=slope, cuts=[0.0, 0.75]).table
    assert found.groupby("cut")["reason"].first().tolist() == ["", "beyond the districts seen (2 to 20 months)"]


def test_a_squeeze_is_marked_as_a_hypothesis_with_its_assumptions():
    found = ramp_up.squeeze(12, slope=(-0.3, -0.5, -0.1), depth=(5, 3, 7))
    assert "Hypothesis of the posts (B12), not a finding." in found.notes
    assert "slope -0.3 points a month (-0.5 to -0.1)" in found.notes[0]


@pytest.mark.parametrize("options", [{"months": 0}, {"cuts": [1.5]}, {"recovery_years": (5, 4, 6)}, {"level": 1}])
def test_impossible_squeezes_are_refused(options):
    given = {"months": 12, "slope": (-0.3, -0.5, -0.1), "depth": (5, 3, 7), **options}
    with pytest.raises(CbeError, match="must"):
        ramp_up.squeeze(given.pop("months"), **given)


def test_a_range_of_slopes_needs_a_depth():
    with pytest.raises(CbeError, match="needs the depth to start from"):
        ramp_up.squeeze(12, slope=(-0.3, -0.5, -0.1))
