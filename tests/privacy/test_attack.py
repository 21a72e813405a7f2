"""An attacker who shares no code with the library gets nothing out of what may leave."""

import itertools

import numpy as np
import pandas as pd
import pytest

from benchmarks._suppression_attack import KINDS, Bed, attack, bed
from cbe_lib import privacy

NOTHING = {"by_algebra": 0, "by_bounds": 0, "rates": 0, "narrowed": 0, "by_difference": 0}
# Three students of one group in one school, so that hiding them alone hides nothing.
PLAIN = Bed(
    "plain",
    pd.DataFrame(
        [
            *[("a", "x", 20, 50.0), ("a", "y", 3, 33.3), ("a", "all", 23, 47.8)],
            *[("b", "x", 30, 50.0), ("b", "y", 40, 50.0), ("b", "all", 70, 50.0)],
            *[("all", "x", 50, 50.0), ("all", "y", 43, 48.8), ("all", "all", 93, 49.5)],
        ],
        columns=["school", "group", "n", "value"],
    ),
    ["school", "group"],
    ["value"],
    [((s, "all"), [(s, "x"), (s, "y")]) for s in ("a", "b", "all")]
    + [(("all", g), [("a", g), ("b", g)]) for g in ("x", "y", "all")],
)


def loot(case, released, *, exact=True):
    found = vars(attack(case, released, exact=exact))
    return {name: count for name, count in found.items() if name != "hidden"}


def suppressed(case):
    return privacy.suppress(case.frame, by=case.by, count="n", values=case.values, totals="all").table


def primary_only(case):
    frame = case.frame.astype({"n": "Int64"})
    few = frame["n"].between(1, 9)
    return frame.assign(n=frame["n"].mask(few), **{name: frame[name].mask(few) for name in case.values})


def test_the_attacker_recovers_what_is_hidden_without_complementary_cells():
    found = loot(PLAIN, primary_only(PLAIN))
    assert (found["by_algebra"], found["by_bounds"], found["narrowed"]) == (1, 1, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_the_attacker_finds_something_in_random_tables_that_hide_small_groups_only(kind):
    cases = [bed(kind, seed) for seed in range(4)]
    assert sum(sum(loot(case, primary_only(case), exact=False).values()) for case in cases) > 4


@pytest.mark.parametrize(("kind", "seed"), list(itertools.product(KINDS, range(1000, 1003))))
def test_the_attacker_finds_nothing_in_random_tables_that_may_leave(kind, seed):
    case = bed(kind, seed)
    assert loot(case, suppressed(case), exact=kind == "rows x columns") == NOTHING


@pytest.mark.parametrize("kind", KINDS)
def test_shown_cells_are_the_true_ones_and_no_small_group_is_shown(kind):
    case = bed(kind, 7)
    released = suppressed(case)
    shown = released["n"].notna().to_numpy()
    assert (released.loc[shown, "n"].to_numpy(dtype=float) == case.frame.loc[shown, "n"].to_numpy()).all()
    assert not released["n"].between(1, 9).any()
    assert released.loc[~shown, case.values].isna().all(axis=None)


@pytest.mark.parametrize("kind", ["rows x columns", "levels"])
def test_the_librarys_own_audit_agrees_with_the_attacker(kind):
    case = bed(kind, 3)
    audit = privacy.check(suppressed(case), by=case.by, count="n", values=case.values, totals="all").table
    assert not audit["finding"].isin(["shown", "recovered"]).any()
    leaky = privacy.check(primary_only(case), by=case.by, count="n", totals="all").table
    assert (leaky["finding"] == "recovered").sum() == loot(case, primary_only(case))["by_bounds"]


def test_bounds_are_those_of_all_tables_that_agree_with_what_is_shown():
    rows = [("a", "x", None), ("a", "y", None), ("b", "x", None), ("b", "y", None)]
    totals = [("a", "all", 12), ("b", "all", 9), ("all", "x", 13), ("all", "y", 8), ("all", "all", 21)]
    table = pd.DataFrame([*rows, *totals], columns=["school", "group", "n"])
    possible = [(x, 12 - x, 13 - x, x - 4) for x in range(1, 12) if min(13 - x, x - 4) >= 1]
    found = privacy.check(table, by=["school", "group"], count="n", totals="all").table.head(4)
    assert found["lowest"].tolist() == np.min(possible, axis=0).tolist()
    assert found["highest"].tolist() == np.max(possible, axis=0).tolist()


def test_the_audit_reads_back_what_was_suppressed_where_groups_overlap():
    case = bed("districts", 37)
    audit = privacy.check(suppressed(case), by=case.by, count="n", totals="all").table
    assert len(audit) > 50
    assert not audit["finding"].isin(["shown", "recovered"]).any()
