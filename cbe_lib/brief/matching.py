"""Which further districts are near enough in size and need to be worth a visit?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cbe_lib.brief.record import Record
from cbe_lib.brief.words import listed, short
from cbe_lib.errors import CbeError
from cbe_lib.framework import claim
from cbe_lib.results import Result
from cbe_lib.themes import starting_points
from cbe_lib.themes.starting_points.alike import NOT_MATCHED

TRAITS = ("enrollment", "lunch", "english_learners", "disability")
TIE = 0.1
FURTHER, MIXED, OPEN, BEHIND = "further", "further in some, behind in others", "cannot tell", "not further"
COLUMNS = [
    "district_id",
    "name",
    "distance",
    *TRAITS,
    "wave",
    "ahead",
    "behind",
    "open",
    "n_rated",
    "standing",
    "reason",
]
COMPARED = ["district_id", "dimension", "name", "mine", "host", "finding"]
NOT_STARTED = "not rated, no rollout: held against the lowest level"
UNKNOWN = "the district itself is not rated, so nothing can be said to be further"


@dataclass(frozen=True, repr=False)
class Hosts(Result):
    """Districts that may be worth a visit: see `hosts`.

    Attributes
    ----------
    dimensions : DataFrame
        district_id, dimension, name, mine, host (median levels), finding (further, behind, cannot tell): what
        `standing` rests on.
    district : str
        Who would travel.
    """

    dimensions: pd.DataFrame
    district: str


def hosts(tables: Mapping[str, pd.DataFrame], district: str, *, n: int = 3) -> Hosts:
    """Which districts that have come further, and are like this one in size and need, could its leaders visit?

    Nothing here ranks districts. A host is further only where raters put it there beyond their own disagreement, in
    one dimension of the rubric or more, and behind in none; no dimension makes up for another.

    Parameters
    ----------
    tables : mapping
        Tables by name, for instance `samples.state()`: districts, outcomes and ratings; evidence if there is any.
    district : str
        district_id or exact name of the district that would travel.
    n : int, 1 or more
        How many of the nearest are named in `.text`.

    Returns
    -------
    Hosts
        `.table`, a row for each other district that was rated, nearest first: district_id, name, distance (root mean
        square of the gaps in size and need, in standard deviations between districts), enrollment, lunch,
        english_learners, disability, wave (of its last rating), ahead, behind, open (dimensions), n_rated
        (dimensions), standing (further; further in some, behind in others; not further; cannot tell), reason.
        `.dimensions`: the comparison behind each standing.

    Raises
    ------
    CbeError
        For an unknown district, naming the nearest, and what `cbe_lib.tables.validate` finds.

    Notes
    -----
    A dimension counts as ahead where the interval of the host's median lies wholly above this district's, as behind
    where it lies wholly below, and else as open. A district without ratings and without a rollout is held against the
    lowest level. Size counts as its logarithm; distances that differ by less than 0.1 are ties. Not matched: how they
    changed, money, history, state rules.

    Examples
    --------
    >>> from cbe_lib import brief, samples
    >>> found = brief.hosts(samples.state(), "00113")
    >>> set(found.table["standing"]) <= {"further", "further in some, behind in others", "not further", "cannot tell"}
    True
    """
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise CbeError.build("`n` must be a whole number, 1 or more", found=f"Found {n!r}")
    return hosts_of(Record(tables, district), n)


def hosts_of(record: Record, n: int) -> Hosts:
    """Return the hosts for the district of a record."""
    compared, notes = _compared(record)
    table = _table(record, compared)
    notes = [
        "No ranking: the order is nearness in size and need.",
        f"Not matched: {NOT_MATCHED}.",
        *notes,
        *_ties(table, n),
        claim("B15").label + ".",
    ]
    return Hosts(table, _text(table, n), tuple(notes), None, dimensions=compared, district=record.id)


def nearest(record: Record) -> pd.DataFrame:
    """Return every district that can be compared, nearest first: district_id, name, distance."""
    traits = record.districts.set_index("district_id")[list(TRAITS)].astype("float64")
    traits["enrollment"] = traits["enrollment"].where(traits["enrollment"] > 0)
    mine: dict[Any, float] = traits.loc[record.id].to_dict()
    used = [name for name in TRAITS if not pd.isna(mine[name])]
    others = traits.drop(index=record.id)[used].dropna()
    if not used or others.empty:
        return pd.DataFrame(columns=["district_id", "name", "distance"])
    places = record.districts[record.districts["district_id"].isin([record.id, *others.index])]
    found = starting_points.alike(places, district=record.id, n=len(others))
    return found.table[["district_id", "name", "distance"]]


def _compared(record: Record) -> tuple[pd.DataFrame, list[str]]:
    """Hold every other rated district's dimensions against those of this one."""
    scores = record.scores
    if scores is None:
        return pd.DataFrame(columns=COMPARED), ["No district is rated: who has come further cannot be told."]
    rated = scores.dimensions[scores.dimensions["n_rated"] > 0]
    last = rated[rated["wave"] == rated.groupby("district")["wave"].transform("max")]
    mine = last[last["district"] == record.id].set_index("dimension")
    others = last[last["district"] != record.id]
    lowest = mine.empty and record.rollout is None
    rows = [_held_against(row, mine, lowest, scores.rubric.levels[0]) for row in others.to_dict("records")]
    notes = [NOT_STARTED.capitalize() + "."] if lowest else [UNKNOWN.capitalize() + "."] if mine.empty else []
    return pd.DataFrame(rows, columns=COMPARED), notes


def _held_against(host: Mapping[Any, Any], mine: pd.DataFrame, lowest: bool, floor: str) -> tuple[Any, ...]:
    key = (host["district"], host["dimension"], host["name"])
    if lowest:
        own = {"median": floor, "conf_low": 1, "conf_high": 1}
    elif host["dimension"] in mine.index:
        own = mine.loc[host["dimension"]].to_dict()
    else:
        return *key, "", host["median"], OPEN
    ends = [own["conf_low"], own["conf_high"], host["conf_low"], host["conf_high"]]
    finding = OPEN
    if not any(pd.isna(end) for end in ends):
        finding = FURTHER if ends[2] > ends[1] else "behind" if ends[3] < ends[0] else OPEN
    return *key, own["median"], host["median"], finding


def _table(record: Record, compared: pd.DataFrame) -> pd.DataFrame:
    counts = pd.crosstab(compared["district_id"], compared["finding"]).reindex(columns=[FURTHER, "behind", OPEN])
    counts = counts.fillna(0).astype(int).set_axis(["ahead", "behind", "open"], axis=1)
    counts["n_rated"] = counts.sum(axis=1)
    traits = record.districts.set_index("district_id")[["name", *TRAITS]]
    table = counts.join(traits).join(nearest(record).set_index("district_id")["distance"].astype(float))
    table["wave"] = _waves(record)
    both = [
        (table["ahead"] > 0) & (table["behind"] == 0),
        (table["ahead"] > 0) & (table["behind"] > 0),
        table["behind"] > 0,
    ]
    table["standing"] = np.select(both, [FURTHER, MIXED, BEHIND], OPEN)
    table["reason"] = np.where(
        table["standing"] == OPEN, "cannot tell: no dimension lies beyond what raters disagree on", ""
    )
    missing = table["distance"].isna()
    table.loc[missing, "reason"] = "distance: cannot tell, size and need are not known for both"
    table = table.rename_axis("district_id").reset_index().sort_values(["distance", "district_id"], kind="stable")
    return table[COLUMNS].reset_index(drop=True)


def _waves(record: Record) -> pd.Series:
    if record.scores is None:
        return pd.Series(dtype="str")
    known = record.scores.dimensions
    return known[known["n_rated"] > 0].groupby("district")["wave"].max()


def _ties(table: pd.DataFrame, n: int) -> list[str]:
    near = table[(table["standing"] == FURTHER) & table["distance"].notna()]
    if len(near) < 2:
        return []
    last = float(near["distance"].iloc[min(n, len(near)) - 1])
    tied = near[(near["distance"] - last).abs() < TIE]["name"]
    return (
        [f"Equally near, as distances differ by less than {TIE}: {listed(map(short, tied))}."] if len(tied) > 1 else []
    )


def _text(table: pd.DataFrame, n: int) -> str:
    near = table[table["standing"] == FURTHER]
    if near.empty:
        return (
            "Cannot tell which district has come further: no rated one lies above this district beyond what raters "
            "disagree on. Rate this district, or more hosts, with evidence first."
        )
    said = [
        f"{short(row['name'])} (distance {row['distance']:.1f}; further in {row['ahead']} of {row['n_rated']} "
        f"dimensions, rated {row['wave'] or 'on an unknown date'})"
        for row in near.head(n).to_dict("records")
    ]
    return (
        f"{len(near)} of {len(table)} rated districts have come further in a dimension or more and lag in none. "
        f"Nearest in size and need: {'; '.join(said)}. This is no ranking: a host that is unlike in money, history or "
        "state rules may still teach less."
    )
