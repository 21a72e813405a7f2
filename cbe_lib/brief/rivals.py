"""What else happened in those years that could explain a fall, as far as the tables know."""

from __future__ import annotations

import pandas as pd

from cbe_lib import privacy
from cbe_lib.brief.record import Record
from cbe_lib.brief.series import Series
from cbe_lib.brief.words import listed, short

NEAR = 3  # years around the rollout
MOST_GAPS = 3
LEADERS = ["new superintendent", "board election"]
MOVED = 5.0  # points of enrollment
TURNED_OUT = 95.0


def rivals(record: Record, series: Series) -> list[str]:
    """List rival explanations on record: new tests, years without one, turnout, mergers, leaders, who enrolls."""
    found = [_tests(series.rows), _gaps(series.rows), _turnout(series.rows), _mergers(record), _leaders(record)]
    return [words for words in (*found, _enrolled(record)) if words]


def _tests(rows: pd.DataFrame) -> str:
    named = rows.dropna(subset=["test_regime"])
    changed = named["test_regime"].ne(named["test_regime"].shift()) & (named.index != named.index.min())
    years = named.loc[changed, "year"]
    return f"a new test in {listed(map(str, years))}" if len(years) else ""


def _gaps(rows: pd.DataFrame) -> str:
    years = set(range(int(rows["year"].min()), int(rows["year"].max()))) - set(rows["year"])
    return f"no result in {listed(map(str, sorted(years)))}" if 0 < len(years) <= MOST_GAPS else ""


def _turnout(rows: pd.DataFrame) -> str:
    low = rows[rows["participation"] < TURNED_OUT]
    if low.empty:
        return ""
    least = low.sort_values("participation", kind="stable").iloc[0]
    return f"only {least['participation']:.1f}% of students tested in {least['year']}"


def _mergers(record: Record) -> str:
    history = record.whole("entity_history")
    if "successor_ids" not in history:
        return ""
    into = [record.id in {id_.strip() for id_ in str(ids).split(";")} for ids in history["successor_ids"]]
    rows = history[pd.Series(into, history.index) & (history["district_id"] != record.id)]
    if rows.empty:
        return ""
    ends = pd.to_datetime(rows["to_date"], errors="coerce").dropna() if "to_date" in rows else []
    when = f" in {max(ends).year}" if len(ends) else ""
    return f"a merger of {listed(short(name, 24) for name in rows['name'])}{when}"


def _leaders(record: Record) -> str:
    rows, rollout = record.own("commitments"), record.rollout
    if rows.empty or rollout is None:
        return ""
    years = pd.to_datetime(rows["date"], errors="coerce").dt.year
    near = rows[rows["kind"].isin(LEADERS) & years.between(rollout.year - NEAR, rollout.year + NEAR)]
    said = [f"a {row['kind']} in {pd.Timestamp(row['date']).year}" for row in near.to_dict("records")]
    return listed(dict.fromkeys(said))


def _enrolled(record: Record) -> str:
    """Name groups whose share of the students counted in the same year moved by 5 points or more."""
    rows = record.own("student_groups")
    size = record.place["enrollment"]
    if rows.empty or rows["year"].nunique() < 2 or pd.isna(size) or not size:
        return ""
    shown = privacy.for_release(rows, "student_groups", min_n=record.min_n).table
    first, last = int(shown["year"].min()), int(shown["year"].max())
    counts = shown.pivot(index="group", columns="year", values="students").astype("float64")
    moved = (counts[last] - counts[first]).abs() / float(size) * 100
    said = [
        f"{short(group, 28)} {counts.loc[group, first]:,.0f} to {counts.loc[group, last]:,.0f} students"
        for group in moved.index[moved >= MOVED]
    ]
    return f"who enrolls ({first} to {last}: {', '.join(said)})" if said else ""
