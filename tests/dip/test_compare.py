"""`dip.compare` on state files whose truth is known."""

import numpy as np
import pandas as pd
import pytest

from cbe_lib import simulate
from cbe_lib.dip.comparison import compare

YEARS = range(2008, 2016)
SETTLED = 1e-3  # points; the optimizer of the noise model stops this near its optimum


def state(adopters=1, comparison=44, rollout=2012, depth=9, seed=1, **options):
    table, _ = simulate.outcomes(
        adopters,
        comparison=comparison,
        years=YEARS,
        rollout=rollout,
        depth=depth,
        n_tested=(60, 900),
        base_sd=8,
        common_shock_sd=3,
        seed=seed,
        **options,
    )
    return table


def answer(table, **options):
    return compare(table, n_tested="n_tested", **options)


@pytest.fixture(scope="module")
def table():
    return state()


@pytest.fixture(scope="module")
def result(table):
    return answer(table)


@pytest.fixture(scope="module")
def staggered():
    return state(adopters=3, rollout=[2011, 2011, 2013], seed=2)


def same(one, other):
    pd.testing.assert_frame_equal(one.table, other.table)
    pd.testing.assert_frame_equal(one.terms, other.terms)
    assert one.existence == other.existence


def test_a_planted_dip_is_found_and_its_depth_held(result):
    depth = result.terms.set_index("term").loc["depth"]
    assert result.existence.p_value <= 0.05
    assert depth["conf_low"] <= 9 <= depth["conf_high"]
    assert depth["estimate"] == pytest.approx(9, abs=3)


def test_a_statewide_shock_is_not_a_dip():
    table = state(depth=0, seed=5)
    table.loc[table["year"] == 2013, "value"] -= 20
    assert answer(table).existence.p_value > 0.05


def test_false_alarms_are_rare_when_every_district_plays_the_adopter():
    table = state(adopters=0, comparison=60, seed=7)
    table["rollout_year"] = table["rollout_year"].astype(float)
    names = table["district_id"].unique()[::3]
    rollouts = [table["rollout_year"].mask(table["district_id"] == name, 2012) for name in names]
    p_values = [answer(table.assign(rollout_year=rollout)).existence.p_value for rollout in rollouts]
    assert np.mean(np.array(p_values) <= 0.05) <= 0.2  # 5 or more of 20: 3 times in 1,000 at a true 5%


def test_the_order_of_rows_does_not_matter(table, result):
    same(answer(table.sample(frac=1, random_state=3)), result)


def test_names_of_districts_do_not_matter(table, result):
    names = table["district_id"].unique()
    renamed = table.assign(district_id=table["district_id"].map(dict(zip(names, reversed(names), strict=True))))
    same(answer(renamed), result)


def test_shares_give_a_hundredth_of_percent(table, result):
    shares = answer(table.assign(value=table["value"] / 100), scale=1)
    np.testing.assert_allclose(shares.table["estimate"] * 100, result.table["estimate"], atol=SETTLED)
    assert shares.existence.p_value == pytest.approx(result.existence.p_value, rel=1e-4)
    assert shares.unit == "share"


def test_scores_on_another_scale_give_gaps_on_that_scale(table):
    scores = compare(table, scale=None)
    larger = compare(table.assign(value=table["value"] * 7 + 400), scale=None)
    np.testing.assert_allclose(larger.table["estimate"], scores.table["estimate"] * 7, atol=7 * SETTLED)


def test_shifting_the_calendar_shifts_the_trough_alone(table, result):
    later = answer(table.assign(year=table["year"] + 10, rollout_year=table["rollout_year"] + 10))
    pd.testing.assert_frame_equal(later.table, result.table)
    trough = result.terms["term"] == "trough_year"
    shift = later.terms["estimate"] - result.terms["estimate"]
    assert shift[trough].item() == 10
    assert (shift[~trough].replace(np.nan, 0) == 0).all()


def test_other_headings_are_passed_by_keyword(table, result):
    names = {"district_id": "lea", "year": "spring", "value": "pct", "rollout_year": "start", "n_tested": "n"}
    other = compare(
        table.rename(columns=names), district="lea", year="spring", value="pct", rollout="start", n_tested="n"
    )
    same(other, result)


def test_what_the_adopter_does_later_teaches_nothing_about_the_placebos(table, result):
    hit = (table["district_id"] == "A1") & (table["year"] >= 2012)
    other = answer(table.assign(value=table["value"].mask(hit, 5.0)))
    rows = ["district", "event_year", "estimate"]

    def placebos(of):
        return of.placebos.loc[~of.placebos["adopter"], rows].sort_values(rows[:2], ignore_index=True)

    pd.testing.assert_frame_equal(placebos(other), placebos(result))


def test_event_year_0_is_the_last_year_before_and_the_reference(result):
    row = result.table.set_index("event_year").loc[0]
    assert (row["estimate"], row["conf_low"], row["conf_high"]) == (0, 0, 0)
    assert result.table["event_year"].tolist() == list(range(-3, 5))


def test_the_mean_baseline_shows_the_last_year_before_as_a_gap(table):
    before = answer(table, baseline="mean").table.query("event_year <= 0")
    assert before["estimate"].mean() == pytest.approx(0, abs=1e-9)
    assert before["estimate"].abs().min() > 0


def test_every_district_is_a_placebo_ranked_within_its_event_year(result):
    one = result.placebos.query("event_year == 2").sort_values("estimate")
    assert one["rank"].tolist() == list(range(1, 46))
    assert one.loc[one["adopter"], "district"].tolist() == ["A1"]
    gap = result.table.set_index("event_year")["estimate"]
    adopter = result.placebos[result.placebos["adopter"]].set_index("event_year")["estimate"]
    np.testing.assert_allclose(adopter, gap.loc[1:])


def test_a_wider_level_gives_wider_intervals(table, result):
    narrow = answer(table, level=0.8)
    assert (narrow.table["conf_high"] - narrow.table["conf_low"]).sum() < (
        result.table["conf_high"] - result.table["conf_low"]
    ).sum()


def test_three_rules_stand_side_by_side(result):
    assert result.sensitivity["rule"].tolist() == ["unadjusted", "adjusted", "nearest 30"]
    adjusted = result.sensitivity.set_index("rule").loc["adjusted"]
    assert adjusted["p_value"] == result.existence.p_value
    assert adjusted["depth"] == result.terms.set_index("term").at["depth", "estimate"]


def test_power_grows_with_the_planted_depth(result):
    power = result.power.dropna(subset="power").groupby("size_class")["power"]
    assert power.apply(lambda part: part.is_monotonic_increasing).all()
    assert result.power["planted_depth"].unique().tolist() == [3, 6, 10]


def test_a_covariate_that_drives_the_years_after_is_taken_off():
    table = state(depth=0, seed=9)
    poverty = pd.Series(np.linspace(-1, 1, 45), index=table["district_id"].unique())
    table["poverty"] = table["district_id"].map(poverty)
    table["value"] = (table["value"] + 8 * table["poverty"] * (table["year"] >= 2012)).clip(0, 100)
    plain, adjusted = answer(table), answer(table, covariates=["poverty"])
    spread = [of.placebos.groupby("event_year")["estimate"].std().mean() for of in (plain, adjusted)]
    assert spread[1] < 0.7 * spread[0]


def test_two_adopters_give_a_narrower_band_than_either_alone():
    table = state(adopters=2, seed=4)
    width = [
        (of.table["conf_high"] - of.table["conf_low"]).iloc[-1]
        for of in (answer(table), *(answer(table[table["district_id"] != name]) for name in ("A1", "A2")))
    ]
    assert width[0] < min(width[1:])


def test_staggered_adopters_are_averaged_in_event_time(staggered):
    result = answer(staggered)
    adopters = result.placebos[result.placebos["adopter"]].groupby("district")["event_year"].max()
    assert adopters.to_dict() == {"A1": 5, "A2": 5, "A3": 3}
    assert result.existence.p_value <= 0.05
    assert result.terms.set_index("term").at["trough_year", "unit"] == "event year"


def test_a_later_adopter_is_a_comparison_until_it_adopts(staggered):
    later = (staggered["district_id"] == "A3") & (staggered["year"] >= 2013)
    early = staggered[staggered["district_id"].isin(["A1", "A2"]) | staggered["rollout_year"].isna()]
    first = answer(staggered).placebos.query("rollout == 2011")
    moved = answer(staggered.assign(value=staggered["value"].mask(later, 5.0))).placebos.query("rollout == 2011")
    pd.testing.assert_frame_equal(first, moved)
    assert first.loc[first["district"] == "A3", "event_year"].tolist() == [1, 2]
    assert "A3" not in set(answer(early).placebos["district"])


def test_missing_cells_leave_the_answer_near(table, result):
    rng = np.random.default_rng(0)
    holes = (rng.random(len(table)) < 0.03) & (table["district_id"] != "A1")
    other = answer(table.assign(value=table["value"].mask(holes)))
    np.testing.assert_allclose(other.table["estimate"], result.table["estimate"], atol=1.5)
    assert any("nothing is filled in" in note for note in other.notes)


def test_a_year_without_a_test_is_a_gap_in_the_table_but_not_in_the_loss(table):
    adopter = answer(table.assign(value=table["value"].mask((table["district_id"] == "A1") & (table["year"] == 2013))))
    row = adopter.table.set_index("event_year").loc[2]
    assert np.isnan(row["estimate"])
    assert "no result of A1" in row["note"]
    assert adopter.terms.set_index("term").at["loss", "estimate"] > 0


def test_a_sparse_comparison_district_is_left_out_and_counted(table):
    hole = (table["district_id"] == "C1") & table["year"].between(2009, 2011)
    other = answer(table.assign(value=table["value"].mask(hole)))
    assert "C1" not in set(other.placebos["district"])
    assert any(note.startswith("1 comparison district(s) left out: fewer than 2") for note in other.notes)


def test_a_capped_comparison_district_is_left_out_and_counted(table):
    other = answer(table.assign(value=table["value"].mask(table["district_id"] == "C1", 95.0)))
    assert "C1" not in set(other.placebos["district"])
    assert any("capped values" in note for note in other.notes)


def test_a_comparison_district_that_misses_a_year_teaches_but_is_not_ranked(table):
    hole = (table["district_id"] == "C1") & (table["year"] == 2013)
    notes = answer(table.assign(value=table["value"].mask(hole))).notes
    assert any("1 comparison district(s) lack a result" in note for note in notes)


def test_unlike_years_before_are_noted():
    table = state(seed=3)
    drift = (table["district_id"] == "A1") & (table["year"] < 2011)
    notes = answer(table.assign(value=table["value"].mask(drift, table["value"] + 25))).notes
    assert any("a sign that A1 moved unlike" in note for note in notes)


def test_without_numbers_tested_the_notes_warn_of_small_districts(table):
    assert any("over-reject" in note for note in compare(table).notes)


def test_two_years_before_are_enough(table):
    assert np.isfinite(answer(table[table["year"] >= 2010]).existence.p_value)


def test_the_same_seed_gives_the_same_answer(staggered):
    same(answer(staggered, seed=4), answer(staggered, seed=4))
