"""What was in place before the start, and whether to start, to wait, or to begin smaller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cbe_lib import tables
from cbe_lib.errors import CbeError, closest, some
from cbe_lib.results import Result

CHECKLIST = ("board commitment", "communication plan", "teacher time", "early measures", "work on values")
CORE = ("board commitment",)
REASONS = {
    "in place": "",
    "no evidence": "a day is given, but nothing that shows it",
    "too late": "dated on the day of the start or after it",
    "not yet": "no day is given",
    "not listed": "the district's list does not name it",
    "cannot tell": "the day of the start is not known well enough",
}
DISTRICTS = ["district_id", "start", "in_place", "needed", "missing", "advice", "why"]


@dataclass(frozen=True, repr=False)
class Readiness(Result):
    """Which preparations were in place before the start: see `readiness`.

    Attributes
    ----------
    districts : DataFrame
        district_id, start, in_place, needed, missing, advice, why: a row for each district.
    """

    districts: pd.DataFrame


def readiness(
    preparations: pd.DataFrame,
    rollout: pd.DataFrame,
    *,
    needed: Sequence[str] = CHECKLIST,
    core: Sequence[str] = CORE,
) -> Readiness:
    """Was the district ready for the dip: what was in place before the start, and who can show it?

    Parameters
    ----------
    preparations : DataFrame
        Table `preparations`: a row for each thing that should be in place, with its day and what shows it.
    rollout : DataFrame
        Table `rollout` with `date`; the first event of each district counts as its start.
    needed : sequence of str
        The checklist. Upper and lower case are alike.
    core : sequence of str
        Preparations of `needed` without which the advice is to wait.

    Returns
    -------
    Readiness
        `.table`: district_id, preparation, date, evidence, days_before, state, reason. States: in place, no evidence,
        too late, not yet, not listed, cannot tell. `.districts`: district_id, start, in_place, needed, missing, advice
        (start, shrink scope, delay, cannot tell), why.

    Raises
    ------
    CbeError
        For an empty checklist, core preparations that are not on it, and what `tables.validate` finds.

    Notes
    -----
    The advice counts, and weighs nothing: start if everything is in place; delay if a core preparation or more than
    half of the list is missing; else shrink the scope to what the preparations carry. Where only the month or the year
    of the start is known, or two days are named, a preparation counts if it came before the earliest possible day.

    Examples
    --------
    >>> import pandas as pd
    >>> list_ = pd.DataFrame({"district_id": ["a", "a"], "preparation": ["board commitment", "teacher time"],
    ...                       "date": ["2013-03-01", None], "evidence": ["minutes", None]})
    >>> start = pd.DataFrame({"district_id": ["a"], "rollout_year": [2014], "date": ["2013-08-20"]})
    >>> found = readiness(list_, start, needed=["board commitment", "teacher time"])
    >>> found.districts["advice"].tolist()
    ['shrink scope']
    """
    needed, core = _checklist(needed, core)
    listed = tables.validate(preparations, "preparations", complete=True)
    starts = _starts(tables.validate(rollout, "rollout", complete=True))
    listed = listed.assign(preparation=listed["preparation"].str.strip().str.casefold())
    table = _judged(_grid(listed, needed), starts)
    districts = _advised(table, starts, core)
    notes = (_rule(core), *_strangers(listed["preparation"], needed))
    return Readiness(table, _text(table, districts), notes, None, districts=districts)


def _checklist(needed: Sequence[str], core: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    folded = tuple(dict.fromkeys(name.strip().casefold() for name in needed))
    # The usual core is meant only where the checklist has it.
    held = tuple(name.strip().casefold() for name in core if core is not CORE or name in folded)
    strange = [name for name in held if name not in folded]
    if not folded or strange:
        raise CbeError.build(
            "`needed` must list what should be in place, and `core` a part of it",
            found=f"Not in `needed`: {some(map(repr, strange))}" if strange else "`needed` is empty",
            advice="For instance needed=['board commitment', 'teacher time'], core=['board commitment']",
        )
    return folded, held


def _starts(rollout: pd.DataFrame) -> pd.DataFrame:
    """Return the start of each district with the earliest and latest day that it may have been."""
    first = rollout.sort_values("date", kind="stable").drop_duplicates("district_id").set_index("district_id")
    day, other = first["date"], first["alternative_date"]
    exact = first["date_precision"].fillna("day")
    period = {"month": "M", "year": "Y"}
    low, high = day.copy(), day.copy()
    for precision, letter in period.items():
        span = day.dt.to_period(letter)
        low = low.mask(exact == precision, span.dt.start_time)
        high = high.mask(exact == precision, span.dt.end_time.dt.normalize())
    both = pd.DataFrame({"low": low, "high": high, "other": other})
    return pd.DataFrame(
        {"start": day, "low": both[["low", "other"]].min(axis=1), "high": both[["high", "other"]].max(axis=1)}
    ).where(day.notna())


def _grid(listed: pd.DataFrame, needed: Sequence[str]) -> pd.DataFrame:
    wanted = pd.MultiIndex.from_product([listed["district_id"].unique(), needed], names=["district_id", "preparation"])
    rows = listed[["district_id", "preparation", "date", "evidence"]].assign(listed=True)
    rows = rows.sort_values("date", kind="stable").drop_duplicates(["district_id", "preparation"])
    return wanted.to_frame(index=False).merge(rows, on=["district_id", "preparation"], how="left")


def _judged(grid: pd.DataFrame, starts: pd.DataFrame) -> pd.DataFrame:
    frame = grid.join(starts, on="district_id")
    states = [
        (frame["listed"].isna(), "not listed"),
        (frame["date"].isna(), "not yet"),
        (frame["start"].isna(), "cannot tell"),
        (frame["date"] >= frame["high"], "too late"),
        (frame["date"] >= frame["low"], "cannot tell"),
        (frame["evidence"].isna(), "no evidence"),
    ]
    state = np.select([condition for condition, _ in states], [name for _, name in states], "in place")
    days = (frame["start"] - frame["date"]).dt.days.astype("Int64")
    table = grid.drop(columns="listed").assign(days_before=days, state=state)
    return table.assign(reason=table["state"].map(REASONS))


def _advised(table: pd.DataFrame, starts: pd.DataFrame, core: Sequence[str]) -> pd.DataFrame:
    ready = table["state"].eq("in place")
    absent = table["preparation"].where(~ready)
    by = table["district_id"]
    frame = pd.DataFrame(
        {
            "in_place": ready.groupby(by).sum(),
            "needed": ready.groupby(by).size(),
            "missing": absent.groupby(by).agg(lambda names: "; ".join(names.dropna())),
            "bare": (~ready & table["preparation"].isin(core)).groupby(by).any(),
        }
    )
    frame = frame.join(starts["start"])
    rules = [
        (frame["start"].isna(), "cannot tell", "no day of the start"),
        (frame["missing"].eq(""), "start", "everything is in place"),
        (frame["bare"], "delay", f"missing: {some(core)}"),
        (frame["in_place"] * 2 < frame["needed"], "delay", "more than half is missing"),
    ]
    held = [rule for rule, _, _ in rules]
    frame["advice"] = np.select(held, [advice for _, advice, _ in rules], "shrink scope")
    frame["why"] = np.select(held, [why for *_, why in rules], "half or more is in place, but not all")
    return frame.reset_index()[DISTRICTS]


def _rule(core: Sequence[str]) -> str:
    vital = f"{some(core)} or " if core else ""
    return (
        "The advice is a rule of thumb: start if all is in place, delay if "
        f"{vital}more than half is missing, else shrink the scope. How many preparations suffice is not known."
    )


def _strangers(names: pd.Series, needed: Sequence[str]) -> list[str]:
    others = sorted(set(names.dropna()) - set(needed))
    near = {name: closest(name, needed) for name in others}
    listed = some(f"{name!r}" + (f" (looks like {like!r})" if like else "") for name, like in near.items())
    return [f"Not on the checklist, so not counted: {listed}."] if others else []


def _text(table: pd.DataFrame, districts: pd.DataFrame) -> str:
    if len(districts) == 1:
        row = districts.iloc[0]
        when = f"the start on {row['start']:%B %-d, %Y}" if pd.notna(row["start"]) else "a start without a day"
        gaps = f"Missing or not shown: {row['missing'].replace(';', ',')}. " if row["missing"] else ""
        return (
            f"{row['in_place']} of {row['needed']} preparations were in place, with evidence, before {when}. {gaps}"
            f"By the rule of thumb in the notes: {row['advice']}. The list says what was there, not how well it works."
        )
    counts = districts["advice"].value_counts()
    told = ", ".join(f"{counts.get(name, 0)} {name}" for name in ("start", "shrink scope", "delay", "cannot tell"))
    return (
        f"In {len(districts)} districts, {(table['state'] == 'in place').mean():.0%} of the preparations were in "
        f"place, with evidence, before the start. The rule of thumb in the notes says: {told}. The list says what was "
        "there, not how well it works."
    )
