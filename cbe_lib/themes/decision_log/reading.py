"""The decision log, checked as a whole, with what several questions ask of each decision."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cbe_lib import tables
from cbe_lib.errors import CbeError, closest, rows_of, some

LEVELS = ("classroom", "school", "district", "board", "state")
DAYS_A_MONTH = 365.25 / 12


def read_log(decisions: pd.DataFrame) -> pd.DataFrame:
    """Return the log with cited, escalated, matched, used, year and months; refuse what no log can hold."""
    log = tables.validate(decisions, "decisions", complete=True)
    if log.empty:
        raise CbeError.build("`decisions` holds no rows", advice="Pass a row for each decision")
    _refuse_downward(log)
    known = log["decider_planned"].notna() & log["decider_actual"].notna()
    start = pd.to_datetime((school_year(log["date_raised"]) - 1).astype("Int64").astype("str") + "-08-15")
    return log.assign(
        cited=listed(log["principles_cited"]).str.len() > 0,
        escalated=log["escalated_to"].notna(),
        matched=(log["decider_actual"] == log["decider_planned"]).astype(float).where(known),
        used=(log["input_used"] == "yes").astype(float).where(log["input_used"].notna()),
        year=school_year(log["date_raised"]),
        months=(log["date_raised"] - start.groupby(log["district_id"]).transform("min")).dt.days / DAYS_A_MONTH,
    )


def _refuse_downward(log: pd.DataFrame) -> None:
    rank = {name: place for place, name in enumerate(LEVELS)}
    bad = log["escalated_to"].notna() & (log["escalated_to"].map(rank) <= log["level"].map(rank))
    if bad.any():
        pairs = (log["level"] + " to " + log["escalated_to"])[bad].unique()
        raise CbeError.build(
            f"`decisions` cannot be used as it is: escalated_to is not above level in {rows_of(log, bad)}",
            found=f"Found {some(pairs)}",
            advice=f"Levels from below: {', '.join(LEVELS)}. Correct the rows, or leave escalated_to blank",
        )


def school_year(days: pd.Series) -> pd.Series:
    """Return the spring in which the school year of a day ends; missing where the day is."""
    return (days.dt.year + (days.dt.month >= 8)).astype("Int64").where(days.notna())


def wave_year(waves: pd.Series) -> pd.Series:
    """Return the spring of the school year of a wave: its four digits, and one more for a wave of the fall."""
    digits = pd.to_numeric(waves.str.extract(r"(\d{4})", expand=False), errors="coerce")
    return (digits + waves.str.contains("fall|autumn", case=False, na=False)).astype("Int64")


def listed(cells: pd.Series) -> pd.Series:
    """Return the texts of each cell that are parted by semicolons, as a list."""
    lists = {cell: [part.strip() for part in cell.split(";") if part.strip()] for cell in cells.dropna().unique()}
    return cells.map(lambda cell: lists.get(cell, []) if isinstance(cell, str) else [])


def refuse_unknown(frame: pd.DataFrame, pairs: pd.DataFrame, known: pd.DataFrame, table: str, column: str) -> None:
    """Raise one error that names every principle in `pairs` (index of `frame`, district_id, name) not in `known`."""
    wanted = pd.MultiIndex.from_frame(pairs[["district_id", "principle_id"]])
    bad = ~wanted.isin(pd.MultiIndex.from_frame(known[["district_id", "principle_id"]]))
    if not bad.any():
        return
    names = pairs.loc[bad, "principle_id"].unique()
    near = [(name, closest(name, known["principle_id"].unique())) for name in names[:5]]
    hints = [f"{name!r} looks like {other!r}" for name, other in near if other]
    rows = frame.index.isin(pairs.index[bad])
    raise CbeError.build(
        f"Column {column!r} of `{table}` names principles that the district has not written in {rows_of(frame, rows)}",
        found="; ".join([f"Found {some(map(repr, names))}", *hints]),
        advice="Correct the names, or add the principles to `principles`",
    )


def share_table(hits: pd.Series, by: list[pd.Series], level: float) -> pd.DataFrame:
    """Return n, count, estimate, conf_low, conf_high (Wilson) of the hits in each group."""
    counted = hits.groupby(by, sort=True).agg(["size", "sum"])
    return shares(counted["sum"].astype(float), counted["size"].astype(float), level)


def shares(count: pd.Series, size: pd.Series, level: float) -> pd.DataFrame:
    """Return n, count, estimate, conf_low, conf_high (Wilson) for counts out of sizes; nothing out of 0 is missing."""
    from statsmodels.stats.proportion import proportion_confint

    known = size.where(size > 0)
    hits, total = (cells.to_numpy(float, na_value=np.nan) for cells in (count.where(size > 0), known))
    limits = proportion_confint(hits, total, alpha=1 - level, method="wilson")
    low, high = (pd.Series(np.asarray(limit), size.index) for limit in limits)
    ends = {"conf_low": low.mask((count == 0) & (size > 0), 0.0), "conf_high": high.mask(count == known, 1.0)}
    return pd.DataFrame({"n": size.astype(int), "count": count.astype(int), "estimate": count / known, **ends})
