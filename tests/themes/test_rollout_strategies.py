import numpy as np
import pandas as pd
import pytest

from cbe_lib.errors import CbeError
from cbe_lib.themes import rollout

NOTHING_ADDED = {
    "preparation": 0,
    "protected_hour": 0,
    "learning": 0,
    "side_by_side_cohort": 0,
    "side_by_side_school": 0,
}
PLAIN = {"depth": 6, "trough_years": 2, "recovery_years": 4} | NOTHING_ADDED


def run(students=100, assumptions=None, **options):
    return rollout.strategies(students, assumptions=PLAIN | (assumptions or {}), **options)


def term(found, name):
    return found.table[found.table["term"] == name].set_index("strategy")["estimate"]


def test_the_shortfall_of_a_triangle_is_that_worked_by_hand():
    # 3, 6, 3 and 0 points in four springs
    assert term(run(), "shortfall").tolist() == [1200, 1200, 1200]


def test_without_added_assumptions_staging_moves_the_shortfall_but_does_not_change_it():
    curves = run(cohorts=2).curves.pivot(index="year", columns="strategy", values="estimate")
    assert curves["one year"].tolist()[:5] == [0, 3, 6, 3, 0]
    assert curves["by cohort"].tolist()[:6] == [0, 1.5, 4.5, 4.5, 1.5, 0]


def test_exposure_is_spread_by_staging():
    found = run(cohorts=4)
    assert term(found, "peak_exposure")[["one year", "by cohort"]].tolist() == [1, 0.75]
    assert term(found, "exposure").tolist() == [300, 300, 300]
    assert term(found, "years_until_back")[["one year", "by cohort"]].tolist() == [4, 7]


def test_preparation_and_protected_hours_spare_their_shares_of_the_depth():
    spared = run(assumptions={"preparation": 0.5, "protected_hour": 0.1}, preparation=0.8, protected_hours=2)
    assert term(spared, "shortfall").tolist() == pytest.approx([1200 * (1 - 0.4) * 0.81] * 3)


def test_each_phase_learns_from_the_one_before():
    found = run(assumptions={"learning": 0.5}, cohorts=2)
    assert term(found, "shortfall")[["one year", "by cohort"]].tolist() == pytest.approx([1200, 900])


def test_old_and_new_side_by_side_adds_until_all_have_switched():
    found = run(assumptions={"side_by_side_cohort": 1.0}, cohorts=2)
    # of the first half, the first spring counts twice: 50 students x 3 points more
    assert term(found, "shortfall")[["one year", "by cohort"]].tolist() == pytest.approx([1200, 1350])


def test_with_one_phase_all_strategies_are_the_same():
    found = rollout.strategies(500, cohorts=1, school_waves=1)
    assert term(found, "shortfall").nunique() == 1
    assert found.differences["least"].tolist() == pytest.approx([1 / 3] * 3)


def test_ranges_hold_the_share_of_a_triangular_assumption():
    found = run(students=1, assumptions={"depth": (2, 6, 10)})
    row = found.table.query("strategy == 'one year' and term == 'shortfall'").iloc[0]
    tail = 2 * (2 + np.sqrt(0.025 * 8 * 4))
    assert row[["conf_low", "conf_high"]].tolist() == pytest.approx([tail, 24 - tail], rel=0.02)


def test_every_assumption_is_listed_with_its_unit():
    found = rollout.strategies(100)
    assert found.assumptions.notna().all(axis=None)
    assert "none of them is an estimate from data" in found.notes[0]
    assert found.notes[-1] == "Observation of the posts (A05), not a finding."


def test_the_same_seed_gives_the_same_numbers():
    pd.testing.assert_frame_equal(rollout.strategies(100, seed=3).table, rollout.strategies(100, seed=3).table)


def test_an_unknown_assumption_is_refused_with_the_nearest_name():
    with pytest.raises(CbeError, match="Did you mean 'learning'"):
        run(assumptions={"lerning": 0.2})


@pytest.mark.parametrize("ends", [(3, 2, 1), (-1, 0, 1), (0, 1), (0, 0.5, 2)])
def test_ranges_out_of_order_or_bounds_are_refused(ends):
    with pytest.raises(CbeError, match="lowest, most likely and highest"):
        run(assumptions={"learning": ends})


def test_results_must_be_deepest_before_they_are_back():
    with pytest.raises(CbeError, match="deepest after the switch"):
        run(assumptions={"recovery_years": 2})


def test_all_impossible_numbers_are_named_at_once():
    with pytest.raises(CbeError, match=r"students must be 1 or more; preparation .*; cohorts"):
        rollout.strategies(0, preparation=2, cohorts=0)
