"""The register of written commitments: how many years they stood, and what they outlived."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import NamedTuple

import pandas as pd

from cbe_lib import tables
from cbe_lib.errors import CbeError
from cbe_lib.framework import claim
from cbe_lib.results import Result

MAKES = ("makes", "renews")
CHANGES = ("board election", "new superintendent")
COLUMNS = [
    "district_id",
    "adopted",
    "until",
    "years",
    "unbroken",
    "estimate",
    "strict",
    "changes",
    "outlived",
    "state",
    "reason",
]
SPANS = ["district_id", "from_date", "to_date", "state"]


class Span(NamedTuple):
    """Days in which the written commitment was standing, weakened or ended."""

    start: pd.Timestamp
    end: pd.Timestamp
    state: str


@dataclass(frozen=True, repr=False)
class Commitment(Result):
    """How long written commitments stood: see `commitment`.

    Attributes
    ----------
    timeline : DataFrame
        district_id, from_date, to_date, state (standing, weakened, ended).
    events : DataFrame
        district_id, date, kind, effect, text, in order of time.
    """

    timeline: pd.DataFrame
    events: pd.DataFrame


def commitment(commitments: pd.DataFrame, *, until: str | pd.Timestamp | None = None) -> Commitment:
    """In how many of the years since its adoption did the written commitment stand unbroken?

    Parameters
    ----------
    commitments : DataFrame
        Table `commitments`: votes, policies, budgets, elections and changes of superintendent.
    until : date, optional
        Last day looked at; left out, the day of the last event in the table.

    Returns
    -------
    Commitment
        `.table`: district_id, adopted, until, years (whole years since), unbroken, estimate (stability index: share of
        those years in which the commitment had not ended), strict (the same, where a weakened one does not count),
        changes (elections and new superintendents since), outlived (those after which it had not ended), state,
        reason. `.timeline` and `.events`.

    Raises
    ------
    CbeError
        If `until` is no day, and for what `tables.validate` finds.

    Notes
    -----
    A commitment begins with the first event that makes or renews it, and stands until one ends it; one that is made or
    renewed again stands again. Years run from the day of adoption; the last, begun one does not count. This is a count
    of what the register holds, so there is no interval; what nobody wrote down is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> register = pd.DataFrame({"commitment_id": ["1", "2", "3"], "district_id": "a",
    ...     "date": ["2010-01-10", "2012-06-01", "2012-09-01"], "kind": ["policy", "board vote", "board vote"],
    ...     "effect": ["makes", "ends", "makes"]})
    >>> commitment(register, until="2014-01-31").table[["years", "unbroken", "estimate"]].to_dict("records")
    [{'years': 4, 'unbroken': 3, 'estimate': 0.75}]
    """
    events = tables.validate(commitments, "commitments", complete=True)
    events = events.sort_values(["district_id", "date"], kind="stable", ignore_index=True)
    last = _until(until, events)
    rows, spans = [], []
    early = events.loc[events["date"] <= last, ["district_id", "date", "effect", "kind"]]
    for name, group in groupby(early.itertuples(index=False, name=None), key=lambda event: event[0]):
        each = [event[1:] for event in group]
        found = _spans(((day, effect) for day, effect, _ in each), last)
        people = [day for day, _, kind in each if kind in CHANGES]
        rows.append(_row(name, people, found, last))
        spans += [(name, *span) for span in found]
    table = pd.DataFrame(rows, columns=COLUMNS)
    late = int((events["date"] > last).sum())
    notes = [claim("A07").label + ".", f"Counted until {last:%B %-d, %Y}."]
    notes += [f"{late} events after that day left out."] if late else []
    kept = events[["district_id", "date", "kind", "effect", "text"]]
    timeline = pd.DataFrame(spans, columns=SPANS)
    return Commitment(table, _text(table), tuple(notes), None, timeline=timeline, events=kept)


def _until(until: str | pd.Timestamp | None, events: pd.DataFrame) -> pd.Timestamp:
    if events.empty:
        raise CbeError.build("`commitments` holds no rows", advice="Pass a row for each vote, policy or change")
    day = events["date"].max() if until is None else pd.to_datetime(until, errors="coerce")
    if not isinstance(day, pd.Timestamp) or pd.isna(day):
        raise CbeError.build("`until` is not a day", found=f"Found {until!r}", advice="Give it as YYYY-MM-DD")
    return day


def _spans(events: Iterable[tuple[pd.Timestamp, str]], last: pd.Timestamp) -> list[Span]:
    """Return the days since adoption, parted where the state changed."""
    changes: list[tuple[pd.Timestamp, str]] = []
    for day, effect in events:
        state = _after(changes[-1][1] if changes else "", effect)
        if state and (not changes or state != changes[-1][1]):
            changes.append((day, state))
    ends = [day for day, _ in changes[1:]] + [last]
    spans = zip(changes, ends[: len(changes)], strict=True)
    return [Span(day, end, state) for (day, state), end in spans if day < end or end == last]


def _after(state: str, effect: str) -> str:
    if effect in MAKES:
        return "standing"
    if not state or state == "ended":
        return state
    return {"weakens": "weakened", "ends": "ended"}.get(effect, state)


def _row(name: str, people: list[pd.Timestamp], spans: list[Span], last: pd.Timestamp) -> tuple:
    if not spans:
        return (
            name,
            pd.NaT,
            last,
            0,
            0,
            float("nan"),
            float("nan"),
            0,
            0,
            "none",
            "nothing on record makes a commitment",
        )
    adopted = spans[0].start
    years = _years(adopted, last)
    since = [day for day in people if day >= adopted]
    outlived = sum(_state(spans, day) != "ended" for day in since)
    counted = (len(since), outlived, spans[-1].state)
    if not years:
        return name, adopted, last, 0, 0, float("nan"), float("nan"), *counted, "cannot tell: less than a year since"
    whole = sum(_unbroken(spans, year, ("ended",)) for year in years)
    strict = sum(_unbroken(spans, year, ("ended", "weakened")) for year in years)
    return name, adopted, last, len(years), whole, whole / len(years), strict / len(years), *counted, ""


def _years(adopted: pd.Timestamp, last: pd.Timestamp) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    day = adopted.replace(day=28) if (adopted.month, adopted.day) == (2, 29) else adopted
    anniversaries = [day.replace(year=day.year + k) for k in range(last.year - day.year + 1)]
    return [(start, end) for start, end in pairwise(anniversaries) if end <= last]


def _unbroken(spans: list[Span], year: tuple[pd.Timestamp, pd.Timestamp], bad: tuple[str, ...]) -> bool:
    return not any(span.state in bad and span.start < year[1] and span.end > year[0] for span in spans)


def _state(spans: list[Span], day: pd.Timestamp) -> str:
    return [span.state for span in spans if span.start <= day][-1]


def _text(table: pd.DataFrame) -> str:
    known = table[table["reason"] == ""]
    if known.empty:
        return f"No stability index can be told for {len(table)} districts: see the reasons in the table."
    caution = "A text that stands is not yet a practice, and what nobody recorded is missing."
    if len(table) == 1:
        row = known.iloc[0]
        return (
            f"In {row['unbroken']} of {row['years']} years since {row['adopted']:%B %-d, %Y} a written commitment "
            f"stood unbroken (stability index {row['estimate']:.2f}; {row['strict']:.2f} if a weakened one does not "
            f"count). It outlived {row['outlived']} of {row['changes']} elections and changes of superintendent. "
            f"{caution}"
        )
    return (
        f"In {(known['estimate'] == 1).sum()} of {len(known)} districts the written commitment has not ended since its "
        f"adoption; in {(known['strict'] == 1).sum()} it was not weakened either. {caution}"
    )
