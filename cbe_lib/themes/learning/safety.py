"""Is it safe for adults to err, and how often do notes of problems look for somebody to blame?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from cbe_lib import tables
from cbe_lib.framework import claim
from cbe_lib.results import Result
from cbe_lib.themes.decision_log.reading import school_year
from cbe_lib.themes.group_means import exact_limits, group_means, staff_rows

SCALE = "safety"
BLAME = ["district_id", "school_year", "n", "count", "estimate", "conf_low", "conf_high"]


@dataclass(frozen=True, repr=False)
class Safety(Result):
    """How safe staff feel to err, and how much notes blame: see `safety`.

    Attributes
    ----------
    blame : DataFrame
        district_id, school_year, n (notes), count, estimate (share that blames), conf_low, conf_high.
    by : tuple of str
        Columns that name a group, beside the wave.
    """

    blame: pd.DataFrame
    by: tuple[str, ...]


def safety(
    answers: pd.DataFrame,
    corrections: pd.DataFrame | None = None,
    *,
    by: str | Iterable[str] = ("district_id", "role"),
    level: float = 0.95,
    min_n: int = 10,
) -> Safety:
    """Do staff feel safe to say that something failed, role by role and wave by wave, and do notes blame people?

    Parameters
    ----------
    answers : DataFrame
        Table `survey` with the items of safety on the staff form.
    corrections : DataFrame, optional
        Table `corrections` with `blame`; brings `.blame`.
    by : str or sequence of str
        What a group is, beside the wave. Groups of several districts are taken as one, which hides their differences.
    level : float, between 0 and 1
        Coverage of the intervals.
    min_n : int
        Groups with fewer respondents are hidden.

    Returns
    -------
    Safety
        `.table`: the columns of `by`, wave, n, estimate (mean, 1 to 5), conf_low, conf_high, reason.

    Raises
    ------
    CbeError
        For what `tables.validate` finds, and no answers to the scale.

    Notes
    -----
    t intervals over respondents; a mean stands only where members agree (rwg). Shares of notes have exact
    (Clopper-Pearson) intervals. Whether a note blames is the judgment of whoever coded it.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> tables = samples.state()
    >>> found = safety(tables["survey"], tables["corrections"])
    >>> found.table.query("district_id == '00013' and role == 'teacher'")[["wave", "n"]].to_dict("split")["data"]
    [['2012', 14], ['2013', 14], ['2014', 14]]
    >>> found.blame[["school_year", "n", "count"]].head(1).to_dict("split")["data"]
    [[2013, 9, 1]]
    """
    columns = (by,) if isinstance(by, str) else tuple(by)
    rows = staff_rows(answers, [SCALE])
    table = group_means(rows, [*columns, "wave"], level=level, min_n=min_n).drop(columns="scale")
    table = table.sort_values([*columns, "wave"], ignore_index=True)
    blame = pd.DataFrame(columns=BLAME) if corrections is None else _blame(corrections, level)
    return Safety(table, _text(table, blame, columns), (claim("A30").label + ".",), None, blame=blame, by=columns)


def _blame(corrections: pd.DataFrame, level: float) -> pd.DataFrame:
    notes = tables.validate(corrections, "corrections", complete=True).dropna(subset=["blame"])
    notes = notes.assign(school_year=school_year(notes["date_noted"]), blame=notes["blame"].astype(int))
    counted = notes.groupby(["district_id", "school_year"])["blame"].agg(["size", "sum"]).reset_index()
    low, high = exact_limits(counted["sum"], counted["size"], level)
    named = counted.rename(columns={"size": "n", "sum": "count"})
    return named.assign(estimate=named["count"] / named["n"], conf_low=low, conf_high=high)[BLAME]


def _text(table: pd.DataFrame, blame: pd.DataFrame, by: tuple[str, ...]) -> str:
    shown = table.dropna(subset=["estimate"])
    if shown.empty:
        return "Cannot tell how safe staff feel: every group is too small, or its members differ too much."
    ends = shown.groupby(list(by)).agg(
        waves=("wave", "nunique"), low=("conf_low", "first"), high=("conf_high", "first"),
        last_low=("conf_low", "last"), last_high=("conf_high", "last"),
    ).query("waves > 1")  # fmt: skip
    up, down = int((ends["last_low"] > ends["high"]).sum()), int((ends["last_high"] < ends["low"]).sum())
    lowest = shown.sort_values("estimate").iloc[0]
    named = ", ".join(str(lowest[name]) for name in (*by, "wave"))
    text = (
        f"From the first to the last wave, safety to err rose clearly in {up} and fell clearly in {down} of "
        f"{len(ends)} groups; intervals of the others overlap. It is lowest in {named} ({lowest['estimate']:.1f} of 5, "
        f"{lowest['conf_low']:.1f} to {lowest['conf_high']:.1f})."
    )
    if len(blame):
        count, n = int(blame["count"].sum()), int(blame["n"].sum())
        text += (
            f" {count} of {n} notes of problems ({count / n:.0%}) blame a person or group, as their coder read them."
        )
    return text
