"""Our answers for many series: `fit_panel` without pooling, which fits each district as `dip.fit` does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from _dip_beds import Bed

from cbe_lib import dip
from cbe_lib.dip.engine import Pattern, grid
from cbe_lib.dip.existence import null_table, statistic
from cbe_lib.dip.outcome import TERMS

ROLLOUT = 2001


@dataclass(frozen=True)
class Answers:
    """What is claimed of every series: three arrays (series,) a term; trough_year in event years."""

    estimate: dict[str, np.ndarray]
    low: dict[str, np.ndarray]
    high: dict[str, np.ndarray]


def p_values(bed: Bed) -> np.ndarray:
    """P-value of "a dip exists" for every series, without the intervals."""
    pattern = Pattern(tuple(int(year) for year in bed.event), 1)
    return null_table(pattern).p_value(*statistic(grid(pattern), bed.values))


def answers(bed: Bed, *, tested: bool = False) -> Answers:
    """Estimate and 95% interval of every term; `tested`: the number of students is given away."""
    series, years = bed.values.shape
    frame = pd.DataFrame(
        {
            "district_id": np.repeat([f"{number:06d}" for number in range(series)], years),
            "year": np.tile(bed.event + ROLLOUT - 1, series),
            "value": bed.values.ravel(),
            "n_tested": bed.tested.ravel(),
            "rollout_year": ROLLOUT,
        }
    )
    scale = 100 if bed.values.min() >= 0 and bed.values.max() <= 100 else None
    table = dip.fit_panel(frame, n_tested="n_tested" if tested else None, scale=scale).table
    return _by_term([table])


def one_by_one(bed: Bed) -> tuple[Answers, np.ndarray]:
    """Ask `dip.fit`, series by series; also the p-values."""
    fits = [dip.fit(pd.DataFrame({"year": bed.event + ROLLOUT - 1, "value": row}), ROLLOUT) for row in bed.values]
    return _by_term([fit.table for fit in fits]), np.array([fit.existence.p_value for fit in fits])


def _by_term(tables: list[pd.DataFrame]) -> Answers:
    table = pd.concat(tables)
    kinds = []
    for kind in ("estimate", "conf_low", "conf_high"):
        cells = {term: table.loc[table["term"] == term, kind].to_numpy(float) for term in TERMS}
        kinds.append({**cells, "trough_year": cells["trough_year"] - ROLLOUT + 1})
    return Answers(*kinds)
