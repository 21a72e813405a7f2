"""How deep each adopter's dip is, against districts that changed nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import t

CELL = ["grade", "subject", "metric"]
FEWEST_OTHERS = 10
OTHERS_FEW = f"cannot tell: fewer than {FEWEST_OTHERS} districts without a rollout have the years that are needed"
NO_YEARS = "cannot tell: results before the rollout or in the spring looked at are missing"
COLUMNS = ["district_id", "estimate", "std_error", "conf_low", "conf_high", "reason"]


def depths(
    outcomes: pd.DataFrame, districts: pd.DataFrame, *, spring: int, years_before: int, level: float
) -> pd.DataFrame:
    """Return COLUMNS, a row for each adopter: its fall by that spring less the mean fall of never-adopters.

    Fall = mean of the `years_before` last results before the rollout, less the result in that spring, averaged over
    grades and subjects after taking out each one's mean over never-adopters. Error = chance of who is tested, plus
    what never-adopters' own changes vary beyond it (more across a change of test), plus that of their mean.
    """
    rate, chance, test = _wide(outcomes)
    rollout = districts.set_index("district_id")["rollout_year"].astype("float64")
    never = rollout.index[rollout.isna()]
    parts = []
    for year in sorted(rollout.dropna().unique()):
        window = [*range(int(year) - years_before, int(year)), int(year) + spring - 1]
        adopting = rollout.index[rollout == year]
        changes = _changes(rate, chance, window) if set(window) <= set(rate.columns) else None
        parts.append(_against(changes, adopting, never, test.reindex(window).nunique() > 1))
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*COLUMNS, "crosses", "own"])
    return _with_errors(table, parts, level)


def _wide(outcomes: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Return rates and their sampling variances (district and cell x year), and the test of each year."""
    everyone = outcomes["subgroup"].isna() | (outcomes["subgroup"] == "all students")
    rows = outcomes[~outcomes["level"].isin(["state", "school"]) & everyone]
    rows = rows.assign(**{name: rows[name].fillna("") for name in CELL})
    rows = rows[rows["value"].notna()]
    share = (rows["value"] / 100).clip(0.02, 0.98)
    rows = rows.assign(chance=1e4 * share * (1 - share) / rows["n_tested"].astype("float64").where(lambda n: n > 0))
    by = ["district_id", *CELL]
    rate, chance = (rows.pivot(index=by, columns="year", values=name) for name in ("value", "chance"))
    return rate, chance, rows.groupby("year")["test_regime"].first().fillna("")


def _changes(rate: pd.DataFrame, chance: pd.DataFrame, window: list[int]) -> pd.DataFrame:
    """Return the change and its sampling variance by district and cell, for cells with all years of the window."""
    before, spring = window[:-1], window[-1]
    change = rate[spring] - rate[before].mean(axis=1, skipna=False)
    variance = chance[spring].fillna(0) + chance[before].fillna(0).sum(axis=1) / len(before) ** 2
    return pd.DataFrame({"change": change, "variance": variance}).dropna(subset="change")


def _against(changes: pd.DataFrame | None, adopting: pd.Index, never: pd.Index, crosses: bool) -> pd.DataFrame:
    """Return one window: every adopter and never-adopter with its change, cells centered on the never-adopters."""
    if changes is None:
        return _refused(adopting, NO_YEARS, crosses)
    names = changes.index.get_level_values("district_id")
    idle = changes[names.isin(never)]
    if idle.index.get_level_values("district_id").nunique() < FEWEST_OTHERS:
        return _refused(adopting, OTHERS_FEW, crosses)
    centered = changes[names.isin(never) | names.isin(adopting)].copy()
    usual = idle.groupby(level=CELL)["change"].mean()
    cells = pd.MultiIndex.from_frame(centered.index.to_frame(index=False)[CELL])
    centered["change"] -= usual.reindex(cells).to_numpy()
    each = centered.dropna(subset="change").groupby(level="district_id")
    found = pd.DataFrame({"change": each["change"].mean(), "own": each["variance"].sum() / each.size() ** 2})
    found = found.reindex(found.index.union(adopting)).rename_axis("district_id").reset_index()
    reason = np.where(found["change"].isna(), NO_YEARS, "")
    return found.assign(crosses=crosses, adopter=found["district_id"].isin(adopting), reason=reason)


def _refused(adopting: pd.Index, reason: str, crosses: bool) -> pd.DataFrame:
    blank = {"change": np.nan, "own": np.nan, "crosses": crosses, "adopter": True, "reason": reason}
    return pd.DataFrame({"district_id": adopting}).assign(**blank)


def _with_errors(table: pd.DataFrame, parts: list[pd.DataFrame], level: float) -> pd.DataFrame:
    if table.empty:
        return pd.DataFrame(columns=COLUMNS)
    adopters = []
    spread = {
        crosses: _excess(table[~table["adopter"] & (table["crosses"] == crosses)])
        for crosses in table["crosses"].unique()
    }
    for part in parts:
        idle = part[~part["adopter"]]
        beyond = spread[part["crosses"].iloc[0]]
        others = float((idle["own"] + beyond).sum()) / max(len(idle), 1) ** 2
        own = part[part["adopter"]]
        error = np.sqrt(own["own"] + beyond + others)
        adopters.append(own.assign(estimate=-own["change"], std_error=error, others=len(idle)))
    found = pd.concat(adopters, ignore_index=True)
    width = t.ppf((1 + level) / 2, np.maximum(found["others"] - 1, 1)) * found["std_error"]
    found = found.assign(conf_low=found["estimate"] - width, conf_high=found["estimate"] + width)
    return found[COLUMNS].sort_values("district_id", ignore_index=True)


def _excess(idle: pd.DataFrame) -> float:
    """Return what never-adopters' changes vary beyond the chance of who is tested (Paule and Mandel, mean 0)."""
    change, own = idle["change"].to_numpy(float), idle["own"].to_numpy(float)

    def surplus(extra: float) -> float:
        return float((change**2 / (own + extra)).sum() - (len(change) - 1))

    if len(change) < 2 or ((own > 0).all() and surplus(0.0) <= 0):
        return 0.0
    return float(brentq(surplus, 1e-9, float((change**2).sum()) + 1.0))
