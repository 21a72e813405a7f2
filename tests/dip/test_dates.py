"""Claims about `dip.compare_rollouts`."""

from __future__ import annotations

import pandas as pd
import pytest

from cbe_lib import dip, simulate
from cbe_lib.errors import CbeError


@pytest.fixture(scope="module")
def outcomes() -> pd.DataFrame:
    return simulate.outcomes(rollout=2012, years=range(2003, 2022), depth=12, n_tested=2000, seed=3)[0]


def test_weights_add_to_one_and_favor_the_planted_year(outcomes):
    table = dip.compare_rollouts(outcomes, [2008, 2012]).table.set_index("rollout")
    assert table["weight"].sum() == pytest.approx(1)
    assert table.loc[2012, "weight"] > 0.7


def test_each_row_is_the_fit_under_that_year(outcomes):
    compared = dip.compare_rollouts(outcomes, [2011, 2012], n_tested="n_tested")
    alone = dip.fit(outcomes, 2011, n_tested="n_tested").table.set_index("term")
    assert compared.table.set_index("rollout").loc[2011, "depth"] == pytest.approx(alone.loc["depth", "estimate"])


def test_a_year_that_cannot_be_estimated_is_a_row_with_a_reason(outcomes):
    table = dip.compare_rollouts(outcomes, [2004, 2012]).table.set_index("rollout")
    assert pd.isna(table.loc[2004, "weight"])
    assert "cannot tell" in table.loc[2004, "note"]
    assert table.loc[2012, "weight"] == pytest.approx(1)


def test_one_candidate_is_refused(outcomes):
    with pytest.raises(CbeError, match="two different years"):
        dip.compare_rollouts(outcomes, [2012, 2012])
