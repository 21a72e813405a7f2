import numpy as np
import pandas as pd
import pytest

from cbe_lib import simulate, tables
from cbe_lib.errors import CbeError
from cbe_lib.framework import read_survey


@pytest.fixture(scope="module")
def small():
    return simulate.state(seed=3)


@pytest.fixture(scope="module")
def state(small):
    return small[0]


@pytest.fixture(scope="module")
def truth(small):
    return small[1]


def district(truth, story):
    return truth.stories.set_index("story").loc[story, "district_id"]


def of(frame, name):
    return frame[frame["district_id"] == name]


def test_every_declared_table_is_there(state):
    assert set(state) == set(tables.names())


@pytest.mark.parametrize("table", tables.names())
def test_every_table_has_the_declared_types_and_legal_values(state, table):
    pd.testing.assert_frame_equal(tables.validate(state[table], table), state[table])


@pytest.mark.parametrize("table", tables.names())
def test_no_table_has_a_column_that_is_not_declared(state, table):
    assert set(state[table].columns) <= set(tables.describe(table)["column"])


def test_the_same_seed_gives_the_same_state(state):
    again, _ = simulate.state(seed=3)
    assert [name for name in state if not again[name].equals(state[name])] == []


def test_another_seed_gives_another_state(state):
    assert not simulate.state(seed=4)[0]["survey"].equals(state["survey"])


def test_changing_one_mechanism_leaves_unrelated_tables_as_they_were(state):
    changed, _ = simulate.state(seed=3, mechanisms={"film_shift": 0})
    assert [name for name in state if not state[name].equals(changed[name])] == ["discussions"]


def test_every_district_says_that_it_is_invented(state):
    assert state["districts"]["name"].str.endswith("(synthetic)").all()
    assert state["districts"]["synthetic"].all()


def test_ids_are_text_with_leading_zeros(state):
    assert state["districts"]["district_id"].str.fullmatch(r"0\d{4}").all()


@pytest.mark.parametrize("table", [name for name in tables.names() if name not in ("districts", "entity_history")])
def test_every_row_belongs_to_a_district_of_the_state(state, table):
    known = {*state["districts"]["district_id"], "00000"}
    assert set(state[table].get("district_id", pd.Series(dtype="str"))) <= known


def test_sixteen_adopters_of_every_strategy_and_twenty_never_adopters(state):
    strategies = state["districts"]["strategy"].value_counts()
    assert strategies["none"] == 20
    assert strategies.drop("none").min() >= 5


def test_2020_has_no_results_and_2015_a_new_test(state):
    regimes = state["outcomes"].groupby("year")["test_regime"].unique()
    assert 2020 not in regimes
    assert regimes.loc[2014].tolist() == ["first test"]
    assert regimes.loc[2015].tolist() == ["second test"]
    assert state["regimes"].query("no_test")["year"].unique().tolist() == [2020]


def test_the_state_total_is_the_sum_of_its_districts(state):
    cell = state["outcomes"].query(
        "year == 2012 and grade == '4' and subject == 'reading' and subgroup == 'all students'"
    )
    parts = cell.query("level == 'district'")
    proficient = (parts["value"] * parts["n_tested"] / 100).astype(float).round().sum()
    total = cell.query("level == 'state'").iloc[0]
    assert total["n_tested"] == parts["n_tested"].sum()
    assert total["value"] == round(100 * proficient / total["n_tested"], 1)


def test_rates_are_counts_of_students(state):
    rows = state["outcomes"].query("level == 'district' and n_tested < 60")
    proficient = rows["value"] * rows["n_tested"].astype(float) / 100
    assert np.abs(proficient - proficient.round()).max() <= 0.05 * 60 / 100


def test_there_are_cells_to_suppress(state):
    assert (state["outcomes"]["n_tested"] < 10).sum() > 100


def test_answers_cover_exactly_the_items_of_the_survey(state):
    assert set(state["survey"]["item_id"]) == {item.id for item in read_survey().items}


def test_answers_lie_on_the_scale_of_their_item(state):
    ends = state["survey"].groupby("item_id")["answer"].agg(["min", "max"])
    for item in read_survey().items:
        assert item.low <= ends.loc[item.id, "min"]
        assert ends.loc[item.id, "max"] <= item.high


def test_plans_have_no_cycle_and_start_what_follows_after_it(state):
    plan = state["plan"]
    end = plan.set_index(["district_id", "task_id"])["end"]
    needs = plan.dropna(subset="predecessor_ids")
    assert (needs["predecessor_ids"] < needs["task_id"]).all()
    before = end.loc[list(zip(needs["district_id"], needs["predecessor_ids"], strict=True))].to_numpy()
    assert (needs["start"].to_numpy() > before).all()


def test_the_plan_begins_as_many_months_early_as_the_ramp_up_lasts(state, truth):
    plan = state["plan"][state["plan"]["district_id"] != district(truth, "bare_plan")]
    start = plan.groupby("district_id")["start"].min()
    change = plan[plan["classroom_change"]].set_index("district_id")["start"]
    months = state["districts"].set_index("district_id")["ramp_up_months"].loc[start.index]
    assert ((change - start).dt.days / (365.25 / 12)).to_numpy() == pytest.approx(months.to_numpy(), abs=0.05)


def test_the_dips_are_deepest_in_the_second_year(state, truth):
    trough = truth.dips.query("term == 'trough_year'").set_index("district_id")["value"]
    rollout = state["districts"].dropna(subset="rollout_year").set_index("district_id")["rollout_year"]
    assert (trough.loc[rollout.index] == rollout + 1).all()


def test_going_through_the_motions_is_high_structure_and_low_values(state, truth):
    levels = of(truth.levels, district(truth, "motions"))
    logit = levels.groupby(levels["criterion_id"].str[:2])["logit"].mean()
    assert logit[["D2", "D4", "D6"]].min() > 1
    assert logit[["D1", "D3", "D5"]].max() < -1


def test_orphan_principles_are_never_cited(state, truth):
    cited = of(state["decisions"], district(truth, "orphans"))["principles_cited"].dropna().str.split("; ").explode()
    assert set(cited) == {"students-first", "errors-teach", "common-purpose"}


def test_the_bare_plan_lacks_four_categories_and_hours_for_its_ramp_up(state, truth):
    plan = of(state["plan"], district(truth, "bare_plan"))
    assert not {"vision", "why_old_blocks", "leader_learning", "shared_leadership"} & set(plan["category"])
    assert plan.query("phase == 'ramp'")["person_hours"].sum() == 0
    assert plan["owner_role"].isna().any()


def test_a_hybrid_undermines_a_core_principle_though_its_average_is_high(state, truth):
    rated = of(state["decisions"], district(truth, "hybrid"))["hybrid_rating"].dropna()
    assert "students-first: 1; errors-teach: 1; common-purpose: -1; time-varies: 1; open-doors: 1" in set(rated)


def test_the_leniently_rated_district_has_one_rater_who_is_the_most_lenient(state, truth):
    alone = of(state["ratings"], district(truth, "lenient"))["rater"].unique().tolist()
    assert alone == [truth.raters.loc[truth.raters["severity"].idxmin(), "rater"]]


def test_the_contradicting_district_has_evidence_both_ways(state, truth):
    both = of(state["evidence"], district(truth, "contradiction")).groupby("criterion_id")["supports"].nunique()
    assert (both == 2).sum() >= 16


def test_the_tiny_district_has_too_few_to_tell(state, truth):
    name = district(truth, "tiny")
    staff = of(state["survey"], name).query("role in ['teacher', 'principal']")
    assert staff.groupby("wave")["respondent"].nunique().max() < 10
    assert of(state["outcomes"], name).query("subgroup == 'all students'")["n_tested"].max() < 20


def test_severities_are_centered(truth):
    assert truth.raters["severity"].sum() == pytest.approx(0, abs=1e-3)


def test_zero_marks_the_mechanisms_without_effect(truth):
    assert (truth.mechanisms["zero"] == (truth.mechanisms["size"] == 0)).all()
    assert truth.mechanisms["zero"].sum() == 11


def test_every_mechanism_names_tables_that_exist(truth):
    assert set(truth.mechanisms["tables"].str.split("; ").explode()) <= set(tables.names())


def test_an_unknown_mechanism_lists_the_known_ones():
    with pytest.raises(CbeError, match=r"no mechanism named 'ramp_up_dept'\. Did you mean 'ramp_up_depth'\?"):
        simulate.state(mechanisms={"ramp_up_dept": 1})


@pytest.mark.parametrize("sizes", [{"school_variance": -1}, {"cap_share": 1.2}])
def test_impossible_sizes_are_refused(sizes):
    with pytest.raises(CbeError, match="out of range"):
        simulate.state(mechanisms=sizes)


@pytest.mark.parametrize("years", [range(2008, 2015), [*range(2008, 2013), *range(2014, 2022)], []])
def test_years_with_a_gap_or_too_few_are_refused(years):
    with pytest.raises(CbeError, match="9 or more years without a gap"):
        simulate.state(years=years)


@pytest.mark.parametrize("counts", [{"districts": 0}, {"adopters": 0}, {"adopters": 37}])
def test_impossible_numbers_of_districts_are_refused(counts):
    with pytest.raises(CbeError, match="There must be an adopter"):
        simulate.state(**counts)


@pytest.mark.parametrize("name", ["decisions_a_year", "staff", "students_a_school"])
def test_counts_below_one_are_refused(name):
    with pytest.raises(CbeError, match="whole numbers, 1 or more"):
        simulate.state(**{name: 0})


def test_a_state_of_one_adopter_can_be_drawn():
    tables_, _ = simulate.state(1, seed=1)
    assert tables_["districts"]["rollout_year"].notna().tolist() == [True]
