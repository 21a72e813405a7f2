"""When was the purpose last written anew, and how many of those here now came later?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from cbe_lib import privacy, tables
from cbe_lib.errors import CbeError, unknown_name
from cbe_lib.framework import claim
from cbe_lib.results import Result
from cbe_lib.themes.group_means import exact_limits

DAYS_A_MONTH = 365.25 / 12
PLACE = ["district_id", "school_id"]
FAMILIES = ("family", "parent", "guardian", "caregiver")
COUNTS = ["n", "arrived_after", "estimate", "conf_low", "conf_high"]


@dataclass(frozen=True, repr=False)
class Renewal(Result):
    """When the purpose was last renewed, and who came after: see `renewal`.

    Attributes
    ----------
    on : Timestamp
        The day of reading.
    of : str
        Whose texts.
    """

    on: pd.Timestamp
    of: str


def renewal(
    principles: pd.DataFrame,
    roster: pd.DataFrame,
    *,
    on: str | date | pd.Timestamp,
    of: str = "district",
    every_months: float = 36,
    level: float = 0.95,
    min_n: int = 10,
) -> Renewal:
    """How long ago was the purpose last written anew, and what share of the people here now arrived after that?

    Where most came later, the purpose belongs to people who have left.

    Parameters
    ----------
    principles : DataFrame
        Table `principles`.
    roster : DataFrame
        Table `roster`: staff, families and students with their first day. Never shown; only shares leave.
    on : day
        Day of reading; later events do not count.
    of : "district" or "school"
        Whose texts. Publish one of the two: both together may show small groups by subtraction. The roster does not
        know classrooms.
    every_months : float, months above 0
        How often the purpose is to be renewed; gives the due date.
    level : float, between 0 and 1
        Coverage of the intervals.
    min_n : int
        Groups with fewer people are hidden.

    Returns
    -------
    Renewal
        `.table`: district_id, school_id (if of schools), people (staff, families, students), last (latest day
        on which a principle was adopted or revised), months_since, due, overdue, n (people present), arrived_after,
        estimate (share), conf_low, conf_high, reason.

    Raises
    ------
    CbeError
        For what `tables.validate` finds, a day that is none, `every_months` not above 0.

    Notes
    -----
    Present: came on or before `on`, and not left before it. Exact (Clopper-Pearson) intervals take the roster as a
    sample; with a roster of everybody the share itself is exact. A revised word counts as renewal as much as a
    rewriting with the community: look at what was done on that day.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> tables = samples.state()
    >>> found = renewal(tables["principles"], tables["roster"], on="2016-06-30")
    >>> found.table[["district_id", "people", "months_since"]].round(1).head(2).to_dict("split")["data"]
    [['00013', 'families', 35.7], ['00013', 'staff', 35.7]]
    """
    if of not in ("district", "school"):
        raise unknown_name("kind of text", of, ("district", "school"))
    day, place = _day(on, every_months), PLACE[: 1 + (of == "school")]
    texts = _last(tables.validate(principles, "principles", complete=True), of, place, day)
    present = _present(tables.validate(roster, "roster", complete=True), day).dropna(subset=place)
    table = _dated(_counted(present, texts, place), day, every_months)
    table = _hidden(_with_shares(table, place, level), [*place, "people"], min_n)
    unknown = int(present["from_date"].isna().sum())
    notes = [claim("A25").label + "."]
    if unknown:
        notes.append(f"{unknown} people without a first day are left out of the shares.")
    return Renewal(table, _text(table, place, of, day, every_months), tuple(notes), None, on=day, of=of)


def _day(on: object, every_months: float) -> pd.Timestamp:
    day = pd.to_datetime(pd.Series([on]), errors="coerce")[0]
    if pd.isna(day) or isinstance(on, int | float):
        raise CbeError.build("`on` must be a day", found=f"Found {on!r}", advice="For instance on='2016-06-30'")
    if not every_months > 0:
        raise CbeError.build("`every_months` must be above 0", found=f"Found {every_months!r}")
    return day


def _last(principles: pd.DataFrame, of: str, place: list[str], day: pd.Timestamp) -> pd.DataFrame:
    """Return the last renewal of each text up to that day; missing where none is dated."""
    texts = principles[principles["level"] == of].dropna(subset=place)
    days = texts[["adopted", "revised"]]
    last = days.where(days <= day).max(axis=1).groupby([texts[name] for name in place]).max()
    return last.rename("last").reset_index()


def _present(people: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    here = ~(people["from_date"] > day) & ~(people["to_date"] < day)
    role = people["role"].str.casefold()
    group = np.select([role.isin(FAMILIES), role == "student"], ["families", "students"], "staff")
    return people.assign(people=group)[here]


def _counted(present: pd.DataFrame, texts: pd.DataFrame, place: list[str]) -> pd.DataFrame:
    """Count those present, and those of them who came after the last renewal, for each text and kind of people."""
    by = [*place, "people"]
    groups = present[by].drop_duplicates().merge(texts, on=place, how="outer")
    dated = present.dropna(subset=["from_date"]).merge(texts, on=place, how="left")
    later = (dated["from_date"] > dated["last"]).groupby([dated[name] for name in by])
    counted = later.agg(["size", "sum"]).set_axis(["n", "arrived_after"], axis=1).astype("Int64").reset_index()
    table = groups.merge(counted, on=by, how="left").sort_values(by, ignore_index=True)
    table["n"] = table["n"].fillna(0)
    table["arrived_after"] = table["arrived_after"].mask(table["last"].isna())
    return table


def _dated(table: pd.DataFrame, day: pd.Timestamp, every_months: float) -> pd.DataFrame:
    due = (table["last"] + pd.Timedelta(days=every_months * DAYS_A_MONTH)).dt.normalize()
    return table.assign(
        months_since=(day - table["last"]).dt.days / DAYS_A_MONTH,
        due=due,
        overdue=(due < day).astype("boolean").mask(due.isna()),
        reason=np.select(
            [table["last"].isna(), table["n"] == 0],
            ["cannot tell: no dated text by then", "cannot tell: nobody with a first day on the roster"],
            "",
        ),
    )


def _with_shares(table: pd.DataFrame, place: list[str], level: float) -> pd.DataFrame:
    told = table["reason"] == ""
    n, count = (table[name].astype("Float64").astype(float).where(told) for name in ("n", "arrived_after"))
    low, high = exact_limits(count, n, level)
    table = table.assign(estimate=count / n, conf_low=low, conf_high=high)
    return table[[*place, "people", "last", "months_since", "due", "overdue", *COUNTS, "reason"]]


def _hidden(table: pd.DataFrame, by: list[str], min_n: int) -> pd.DataFrame:
    listed = table["people"].notna()
    safe = privacy.suppress(table.loc[listed, [*by, "n"]], by=by, count="n", min_n=min_n).table
    hidden = pd.Series(False, index=table.index)
    hidden[listed] = safe["n"].isna().to_numpy()
    table[COUNTS] = table[COUNTS].mask(hidden)
    table["reason"] = table["reason"].mask(hidden, f"hidden: fewer than {min_n} people")
    return table


def _text(table: pd.DataFrame, place: list[str], of: str, day: pd.Timestamp, every_months: float) -> str:
    texts = table.drop_duplicates(place).dropna(subset=["last"])
    if texts.empty:
        return f"Cannot tell when a purpose was last renewed: no text of a {of} is dated."
    text = (
        f"By {day.date()}, {int(texts['overdue'].sum())} of {len(texts)} {of}s with a dated text had not renewed it "
        f"for more than {every_months:g} months (median: {texts['months_since'].median():.0f} months)."
    )
    staff = table[(table["people"] == "staff") & table["estimate"].notna()]
    if len(staff):
        most = staff.sort_values("estimate").iloc[-1]
        text += (
            f" Newcomers weigh most in {most[place[-1]]}: {most['estimate']:.0%} of the staff ({most['conf_low']:.0%} "
            f"to {most['conf_high']:.0%}) came after the last renewal."
        )
    return text + " A changed word counts here like a rewriting with the community."
