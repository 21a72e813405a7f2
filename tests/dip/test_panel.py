"""Claims about `dip.fit_panel`, alone and pooled."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cbe_lib import dip, simulate
from cbe_lib.errors import CbeError

YEARS = range(2005, 2019)


@pytest.fixture(scope="module")
def outcomes() -> pd.DataFrame:
    return simulate.outcomes(districts=30, years=YEARS, rollout=2011, n_tested=400, base_sd=8, trend_sd=0.3, seed=11)[0]


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    truth = simulate.outcomes(districts=30, years=YEARS, rollout=2011, n_tested=400, base_sd=8, trend_sd=0.3, seed=11)[
        1
    ]
    return truth.terms


@pytest.fixture(scope="module")
def alone(outcomes) -> dip.PanelFit:
    return dip.fit_panel(outcomes)


@pytest.fixture(scope="module")
def pooled(outcomes) -> dip.PanelFit:
    return dip.fit_panel(outcomes, pool="empirical-bayes")


def depths(result: dip.PanelFit) -> pd.DataFrame:
    return result.table[result.table["term"] == "depth"].set_index("district")


def test_table_has_the_columns_of_the_contract(alone):
    assert list(alone.table.columns) == [
        "district",
        "term",
        "estimate",
        "conf_low",
        "conf_high",
        "p_value",
        "q_value",
        "note",
    ]
    assert list(alone.table["term"].unique()) == ["depth", "trough_year", "recovery_years", "loss", "gain"]


def test_p_and_q_values_stand_on_the_depth_row_only(alone):
    on_depth = alone.table["term"] == "depth"
    assert alone.table.loc[on_depth, ["p_value", "q_value"]].notna().all(axis=None)
    assert alone.table.loc[~on_depth, ["p_value", "q_value"]].isna().all(axis=None)


def test_one_district_of_a_panel_agrees_with_dip_fit(outcomes, alone):
    one = outcomes[outcomes["district_id"] == "A7"]
    single = dip.fit(one, rollout=2011)
    together = alone.table[alone.table["district"] == "A7"].set_index("term")
    for row in single.table.set_index("term").drop(["recovery_years"]).itertuples():
        width = row.conf_high - row.conf_low
        assert together.loc[row.Index, "estimate"] == pytest.approx(row.estimate, abs=0.08 * width + 1e-9)
    assert together.loc["depth", "p_value"] == pytest.approx(single.existence.p_value)


def test_q_values_are_those_of_benjamini_and_hochberg(alone):
    p = depths(alone)["p_value"].to_numpy()
    rank = np.argsort(np.argsort(p)) + 1
    by_hand = np.array([min((p * len(p) / rank)[p >= own].min(), 1.0) for own in p])
    np.testing.assert_allclose(depths(alone)["q_value"], by_hand)


@pytest.mark.parametrize("pool", ["none", "empirical-bayes"])
def test_order_of_rows_changes_nothing(outcomes, alone, pooled, pool):
    shuffled = dip.fit_panel(outcomes.sample(frac=1, random_state=3), pool=pool)
    pd.testing.assert_frame_equal(shuffled.table, (alone if pool == "none" else pooled).table)


def test_other_districts_in_the_batch_change_nothing(outcomes, alone):
    few = dip.fit_panel(outcomes[outcomes["district_id"].isin(["A1", "A2", "A3"])])
    left, right = depths(few), depths(alone).loc[["A1", "A2", "A3"]]
    np.testing.assert_allclose(left["estimate"], right["estimate"])
    np.testing.assert_allclose(left["p_value"], right["p_value"])


def test_chunking_changes_nothing(outcomes, pooled, monkeypatch):
    monkeypatch.setattr("cbe_lib.dip.panel.CHUNK", 7)
    pd.testing.assert_frame_equal(dip.fit_panel(outcomes, pool="empirical-bayes").table, pooled.table)


def test_a_client_with_map_and_gather_does_the_work(outcomes, alone):
    class Client:
        def map(self, function, items):
            return [(function, item) for item in items]

        def gather(self, futures):
            return [function(item) for function, item in futures]

    pd.testing.assert_frame_equal(dip.fit_panel(outcomes, client=Client()).table, alone.table)


def test_pooling_brings_depth_nearer_the_truth(truth, alone, pooled):
    planted = truth[truth["term"] == "depth"].set_index("district_id")["value"]
    errors = [np.sqrt(((depths(fit)["estimate"] - planted) ** 2).mean()) for fit in (alone, pooled)]
    assert errors[1] < 0.8 * errors[0]


def test_pooled_intervals_hold_the_truth(truth, pooled):
    table = depths(pooled)
    planted = truth[truth["term"] == "depth"].set_index("district_id")["value"].loc[table.index]
    assert ((table["conf_low"] <= planted) & (planted <= table["conf_high"])).mean() >= 0.8


def test_population_curve_is_the_planted_course(outcomes, alone):
    planted = simulate.effect("v", np.arange(1, 9))
    table = alone.population.set_index("event_year")
    assert ((table["conf_low"] <= planted) & (planted <= table["conf_high"])).all()


def test_known_counts_narrow_the_intervals_of_small_districts():
    small = simulate.outcomes(districts=25, years=YEARS, rollout=2011, n_tested=80, seed=4)[0]
    without, given = dip.fit_panel(small), dip.fit_panel(small, n_tested="n_tested")
    lengths = [(depths(fit)["conf_high"] - depths(fit)["conf_low"]).median() for fit in (without, given)]
    assert lengths[1] < 0.85 * lengths[0]


def broken(outcomes: pd.DataFrame) -> pd.DataFrame:
    base = outcomes[outcomes["district_id"].isin(["A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8"])].copy()
    base["rollout_year"] = base["rollout_year"].astype("Float64")
    name, year = base["district_id"], base["year"]
    base = pd.concat([base, base[(name == "A1") & (year == 2008)]], ignore_index=True)
    name, year = base["district_id"], base["year"]
    base = base[~((name == "A2") & (year < 2009))]
    base.loc[name == "A3", "value"] = 50.0
    base.loc[name == "A4", "value"] = np.nan
    base.loc[name == "A5", "rollout_year"] = pd.NA
    base.loc[(name == "A6") & (year == 2008), "value"] = 101.0
    base.loc[(name == "A7") & (year == 2008), "rollout_year"] = 2010
    return base


@pytest.mark.parametrize(
    ("district", "reason"),
    [
        ("A1", "more than one row for 2008"),
        ("A2", "only 2 results before the rollout"),
        ("A3", "all 14 results are 50"),
        ("A4", "no result in any year"),
        ("A5", "no rollout year"),
        ("A6", "values outside 0 to 100: found"),
        ("A7", "not one whole year: found 2010, 2011"),
    ],
)
def test_a_district_that_cannot_be_estimated_is_rows_with_a_reason(outcomes, district, reason):
    table = dip.fit_panel(broken(outcomes)).table
    rows = table[table["district"] == district]
    assert len(rows) == 5
    assert rows["estimate"].isna().all()
    assert rows["note"].str.contains("cannot tell").all()
    assert rows["note"].str.contains(reason).all()


def test_the_others_are_still_estimated(outcomes):
    table = dip.fit_panel(broken(outcomes)).table
    assert table[table["district"] == "A8"]["estimate"].notna().all()


def test_missing_years_make_their_own_batch(outcomes):
    holes = outcomes[~((outcomes["district_id"] == "A3") & (outcomes["year"] == 2014))]
    result = dip.fit_panel(holes, pool="empirical-bayes")
    assert depths(result)["estimate"].notna().all()


def test_text_in_numbers_is_refused_with_its_rows(outcomes):
    bad = outcomes.astype({"value": object})
    bad.loc[bad.index[3], "value"] = ">=95"
    with pytest.raises(CbeError, match=r"'value'.*text or dates in 1 row \(index 3\).*'>=95'"):
        dip.fit_panel(bad)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"pool": "bayes"}, "`pool` must be"), ({"fdr": 0}, "`fdr` must lie"), ({"level": 95}, "`level` must lie")],
)
def test_options_that_make_no_sense_are_refused(outcomes, options, message):
    with pytest.raises(CbeError, match=message):
        dip.fit_panel(outcomes, **options)


def test_a_panel_without_any_usable_district_says_so(outcomes):
    result = dip.fit_panel(outcomes[outcomes["year"] > 2010])
    assert result.text.startswith("Cannot tell for any of 30 districts")
    assert result.population["note"].str.contains("cannot tell").all()


def test_few_districts_are_not_pooled_and_a_note_says_so(outcomes):
    few = outcomes[outcomes["district_id"].isin(["A1", "A2", "A3"])]
    assert any("nothing was pooled" in note for note in dip.fit_panel(few, pool="empirical-bayes").notes)
