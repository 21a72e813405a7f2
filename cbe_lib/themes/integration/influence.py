"""Whose input changed decisions: influence, not only seats."""

from __future__ import annotations

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from cbe_lib import tables
from cbe_lib.errors import CbeError, rows_of, some

COLUMNS = (
    "role", "decisions", "people", "estimate", "conf_low", "conf_high",
    "without", "difference", "diff_low", "diff_high", "reason",
)  # fmt: skip
FEWEST = 5


def influence(decisions: pd.DataFrame | None, min_n: int, level: float) -> pd.DataFrame:
    """Return a row for each role that gave input: how often input changed the decision, with and without it."""
    if decisions is None:
        return pd.DataFrame(columns=list(COLUMNS))
    log = tables.validate(decisions, "decisions", complete=True)
    log = log[log["input_used"].notna()].reset_index(drop=True)
    given = _given(log)
    used = (log["input_used"] == "yes").to_numpy()
    rows = []
    for role, own in given.groupby("role"):
        there = log.index.isin(own.index)
        rows.append((role, int(there.sum()), _people(own), *_compared(used[there], used[~there], level)))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    few = table["people"].notna() & (table["people"].fillna(0) < min_n)
    table.loc[few, list(COLUMNS[1:-1])] = np.nan
    table.loc[few, "reason"] = f"hidden: fewer than {min_n} people"
    return table.astype({"decisions": "Int64", "people": "Int64"})


def _given(log: pd.DataFrame) -> pd.DataFrame:
    """Return role and people, indexed by decision: "teacher: 12; student: 3" makes two rows."""
    parts = log["input_by_role"].dropna().str.split(";").explode().str.strip()
    parts = parts[parts.fillna("") != ""]
    pairs = parts.str.extract(r"^(?P<role>[^:]+?)\s*(?::\s*(?P<people>\d+))?$")
    bad = pairs["role"].isna()
    if bad.any():
        rows = log.index.isin(parts.index[bad])
        raise CbeError.build(
            f"Column 'input_by_role' of `decisions` cannot be read in {rows_of(log.set_index('decision_id'), rows)}",
            found=f"Found {some(map(repr, parts[bad]))}",
            advice="Write a role, a colon and a number, parted by semicolons: teacher: 12; student: 3",
        )
    return pairs.assign(people=pairs["people"].astype("Int64"))


def _people(own: pd.DataFrame) -> object:
    return own["people"].sum() if own["people"].notna().any() else pd.NA


def _compared(used: np.ndarray, others: np.ndarray, level: float) -> tuple[float | str, ...]:
    share = float(used.mean())
    low, high = np.asarray(proportion_confint(used.sum(), len(used), alpha=1 - level, method="beta"))
    if len(others) < FEWEST:
        reason = f"difference: cannot tell, only {len(others)} decisions went without this role"
        return share, float(low), float(high), np.nan, np.nan, np.nan, np.nan, reason
    counts = (used.sum(), len(used), others.sum(), len(others))
    ends = np.asarray(confint_proportions_2indep(*counts, method="newcomb", compare="diff", alpha=1 - level))
    without = float(others.mean())
    return share, float(low), float(high), without, share - without, float(ends[0]), float(ends[1]), ""
