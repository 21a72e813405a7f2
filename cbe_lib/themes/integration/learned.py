"""The learning log: which groups had the time to become well-versed."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import t

from cbe_lib import tables
from cbe_lib.errors import some

COLUMNS = ("group", "events", "people", "person_hours", "hours_per_100", "ratio", "conf_low", "conf_high", "reason")
FEWEST = 5


def learned(
    log: pd.DataFrame | None, students: pd.DataFrame, groups: list[str], min_n: int, level: float
) -> pd.DataFrame:
    """Return person-hours of each group for 100 of its students, against all other groups.

    The interval treats events as the sample: the log of the ratio has variance sum(h^2) / sum(h)^2 over the events of
    the group, plus the same over those of the others, h being person-hours.
    """
    if log is None:
        return pd.DataFrame(columns=list(COLUMNS))
    events = tables.validate(log, "learning_log", complete=True)
    there = students[students["district_id"].isin(events["district_id"])]
    sizes = there.groupby("group")["students"].sum().astype(float)
    names = [*groups, *sorted(set(events["group"]) - set(groups))]
    events = events.assign(work=(events["people"] * events["hours"]).astype("Float64"))
    rows = [_row(events, sizes, name, groups, min_n, level) for name in names]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(
    events: pd.DataFrame, sizes: pd.Series, name: str, groups: list[str], min_n: int, level: float
) -> tuple[object, ...]:
    own = events[events["group"] == name]
    people = int(own["people"].sum())
    if 0 < people < min_n or 0 < sizes.get(name, min_n) < min_n:
        return (name, *[np.nan] * 7, f"hidden: fewer than {min_n} people")
    hours = own["work"].dropna().to_numpy(float)
    counted = (len(own), people, float(hours.sum()))
    size = sizes.get(name, 0.0)
    if not size:
        return name, *counted, *[np.nan] * 4, "cannot tell: students of this group are not counted"
    rest = events[events["group"].isin([other for other in groups if other != name])]["work"].dropna().to_numpy(float)
    others = sizes.reindex([other for other in groups if other != name]).sum()
    per = 100 * counted[2] / size
    if name not in groups or len(hours) < FEWEST or len(rest) < FEWEST or not hours.sum() or not rest.sum():
        return name, *counted, per, np.nan, np.nan, np.nan, _why(name, groups, len(hours))
    ratio = per / (100 * rest.sum() / others)
    error = np.sqrt(sum((each**2).sum() / each.sum() ** 2 for each in (hours, rest)))
    half = t.isf((1 - level) / 2, len(hours) - 1) * error
    return name, *counted, per, ratio, ratio * np.exp(-half), ratio * np.exp(half), ""


def _why(name: str, groups: list[str], events: int) -> str:
    if name not in groups:
        return f"ratio: not among the groups compared ({some(groups, 12)})"
    return f"ratio: cannot tell from {events} events" if events < FEWEST else "ratio: cannot tell, no hours to compare"
