"""Means of groups on survey scales, where a mean may speak for the group, and exact limits of shares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t as student

from cbe_lib import survey, tables
from cbe_lib.errors import CbeError, require_columns

LEAST_AGREEMENT = {"rwg_j": 0.70, "rwg_j_skewed": 0.50}
DISAGREE = "cannot tell: members differ too much for one mean to speak for them"
COLUMNS = ["n", "estimate", "conf_low", "conf_high", "reason"]


def exact_limits(count: Any, n: Any, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the Clopper-Pearson limits of shares; missing where `n` is."""
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(count, n, alpha=1 - level, method="beta")
    return np.asarray(low, dtype=float), np.asarray(high, dtype=float)


def staff_rows(answers: pd.DataFrame, scales: Iterable[str]) -> pd.DataFrame:
    """Return the checked rows of the staff form that bear on these scales; raise CbeError if there are none."""
    wanted = [item.id for item in survey.load().items_of("staff") if item.scale in set(scales)]
    answers = require_columns(answers, ["item_id"], "survey")
    rows = answers[answers["item_id"].isin(wanted)]
    if rows.empty:
        raise CbeError.build(
            f"`survey` holds no answers of staff to {', '.join(sorted(scales))}",
            advice=f"Its items are {', '.join(wanted)}",
        )
    return tables.validate(rows, "survey", complete=True)


def latest_wave(rows: pd.DataFrame, wave: str | None) -> pd.DataFrame:
    """Return the rows of one wave; the last wave of each district if none is named."""
    if wave is None:
        return rows[rows["wave"] == rows.groupby("district_id")["wave"].transform("max")]
    if not (rows["wave"] == wave).any():
        known = ", ".join(sorted(rows["wave"].dropna().unique()))
        raise CbeError.build(f"`survey` has no wave {wave!r}", advice=f"Known: {known}")
    return rows[rows["wave"] == wave]


def group_means(rows: pd.DataFrame, by: Sequence[str], *, level: float, min_n: int) -> pd.DataFrame:
    """Return scale, the columns of `by`, n, estimate, conf_low, conf_high, reason: t intervals over respondents.

    Groups need not differ from each other for this (no ICC is asked for), but their members must agree.
    """
    judged = survey.aggregation(rows, group=list(by), min_n=min_n).table
    n, small = judged["n"].to_numpy(float), (judged["n"] < min_n).to_numpy()
    apart = ~small & ~np.all([judged[name] >= least for name, least in LEAST_AGREEMENT.items()], axis=0)
    told = judged["mean"].astype(float).mask(small | apart)
    spread = judged["sd"].to_numpy(float) / np.sqrt(np.maximum(n, 1))
    reach = student.ppf((1 + level) / 2, np.maximum(n - 1, 1)) * spread
    return judged[["scale", *by]].assign(
        n=judged["n"].astype("Int64").mask(small),
        estimate=told,
        conf_low=told - reach,
        conf_high=told + reach,
        reason=np.select([small, apart], [f"hidden: fewer than {min_n} people", DISAGREE], ""),
    )
