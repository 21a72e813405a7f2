"""Who sits at the table, who learns, and whose input changes decisions, beside whom the schools serve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from cbe_lib import tables
from cbe_lib.errors import CbeError, closest, some
from cbe_lib.framework import claim
from cbe_lib.privacy import suppress
from cbe_lib.results import Result
from cbe_lib.themes.integration.influence import influence
from cbe_lib.themes.integration.learned import learned

ALL = "all groups"
MOST_OTHERS = 12
SEATS = {"vote": "voting seats", "advise": "advising seats", "all": "seats"}
HIDDEN = "hidden: fewer than {} people, or would show how many such a group holds"
NOT_RECORDED = "cannot tell: nobody is recorded under this group; name it in `groups` if it is asked for"


@dataclass(frozen=True, repr=False)
class Representation(Result):
    """Seats, learning and influence of groups beside their share of students: see `representation`.

    Attributes
    ----------
    learning : DataFrame
        group, events, people, person_hours, hours_per_100 (person-hours for 100 students of the group), ratio
        (against all other groups), conf_low, conf_high, reason. Empty without a learning log.
    influence : DataFrame
        role, decisions (with input of the role), people, estimate (share in which input changed the decision),
        conf_low, conf_high, without (the same share where the role gave no input), difference, diff_low,
        diff_high, reason. Empty without decisions.
    min_n : int
        Groups with fewer people are hidden.
    """

    learning: pd.DataFrame
    influence: pd.DataFrame
    min_n: int


def representation(
    seats: pd.DataFrame,
    student_groups: pd.DataFrame,
    districts: pd.DataFrame,
    *,
    roster: pd.DataFrame | None = None,
    learning_log: pd.DataFrame | None = None,
    decisions: pd.DataFrame | None = None,
    groups: Sequence[str] | None = None,
    year: int | None = None,
    on: str | pd.Timestamp | None = None,
    min_n: int = 10,
    level: float = 0.95,
) -> Representation:
    """Do those who sit, teach, learn and are heard mirror the students, and how sure can so few seats make us?

    Pass the rows of one district, or of several: shares are then pooled, and each seat is held against the students of
    its own district.

    Parameters
    ----------
    seats, student_groups, districts : DataFrame
        Tables `seats`, `student_groups` and `districts` (for the enrollment, of which a group's students are a share).
    roster : DataFrame, optional
        Table `roster`: adds rows for each role in it.
    learning_log : DataFrame, optional
        Table `learning_log`: hours by group.
    decisions : DataFrame, optional
        Table `decisions`: whose input changed them, by role.
    groups : sequence of str, optional
        Groups to compare. If left out: those that somebody is recorded under, and those that make them up to all
        students. A group of which nobody sits then counts as 0.
    year : int, optional
        Spring of the school year of the students; the last one given for each district if left out.
    on : date, optional
        Count who sits, or is on the roster, on this day; everybody listed if left out.
    min_n : int, 2 or more
        Groups of fewer people are hidden, and so are further ones from which they could be worked out.
    level : float, between 0 and 1
        Coverage of the intervals.

    Returns
    -------
    Representation
        `.table`: people (seats, voting seats, advising seats, or a role), group, count, of, estimate, conf_low,
        conf_high (share), enrollment_share, gap (estimate less enrollment_share), gap_low, gap_high, reason. Hidden
        cells are blank with a reason. `.learning`, `.influence`.

    Raises
    ------
    CbeError
        For tables that hold what they may not, a year without students, groups that nobody knows.

    Notes
    -----
    Intervals of shares are exact (Clopper and Pearson, 1934), so hold the truth at least as often as they say, if
    seats are filled one by one. The share of students is taken as known, weighted by seats over districts.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> state = samples.state()
    >>> found = representation(state["seats"], state["student_groups"], state["districts"])
    >>> found.table.query("people == 'seats'")[["group", "count", "gap"]].round(2).head(2).to_dict("split")["data"]
    [['Black', 21, -0.02], ['Hispanic', 35, -0.12]]
    """
    held = _seats(tables.validate(seats, "seats", complete=True), on)
    staff = None if roster is None else _roster(tables.validate(roster, "roster", complete=True), on)
    students = _students(student_groups, districts, year)
    counted = [held] if staff is None else [held, staff]
    names, left = _groups(counted, students, groups)
    released = [_released(part, names, min_n) for part in counted]
    pooled = pd.concat(
        [_shares(part, _expected(who, students), level) for part, who in zip(released, counted, strict=True)]
    )
    table = pd.concat([_hide_students(pooled, students, held, min_n), _unrecorded(left)], ignore_index=True)
    table = table.assign(reason=table["reason"].fillna("")).astype({"count": "Int64", "of": "Int64"})
    lost = int((~held["district_id"].isin(students["district_id"])).sum())
    notes = [claim("B18").label + ".", f"Groups of fewer than {min_n} people are hidden."]
    notes += [f"{lost} seats of districts without a count of students are left out."] if lost else []
    notes.append(
        "Exact intervals take seats as filled one by one; seats of one team that are filled together tell less."
    )
    return Representation(
        table,
        _text(table, level),
        tuple(notes),
        None,
        learning=learned(learning_log, students, names, min_n, level),
        influence=influence(decisions, min_n, level),
        min_n=min_n,
    )


def _there(frame: pd.DataFrame, on: str | pd.Timestamp | None) -> pd.DataFrame:
    if on is None:
        return frame
    day = pd.Timestamp(on)
    late = frame["from_date"].notna() & (frame["from_date"] > day)
    gone = frame["to_date"].notna() & (frame["to_date"] < day)
    return frame[~late & ~gone]


def _seats(seats: pd.DataFrame, on: str | pd.Timestamp | None) -> pd.DataFrame:
    """Return district_id, people and group of each filled seat, every seat twice: by its voice, and among all."""
    filled = _there(seats.dropna(subset="group"), on)
    if filled.empty:
        raise CbeError.build(
            "No seat is filled by somebody whose group is known",
            found=f"Found {len(seats)} seats",
            advice="Fill the column `group`, or choose another day with `on`",
        )
    voice = filled["voice"].map(SEATS).fillna("seats of unknown voice")
    rows = pd.concat([filled.assign(people=SEATS["all"]), filled.assign(people=voice)])
    return rows[["district_id", "people", "group"]]


def _roster(roster: pd.DataFrame, on: str | pd.Timestamp | None) -> pd.DataFrame:
    there = _there(roster, on).drop_duplicates(["person_id", "district_id", "role"]).dropna(subset="group")
    return there.rename(columns={"role": "people"})[["district_id", "people", "group"]]


def _students(student_groups: pd.DataFrame, districts: pd.DataFrame, year: int | None) -> pd.DataFrame:
    """Return district_id, group, students, enrollment and share, for one year of each district."""
    rows = tables.validate(student_groups, "student_groups")
    known = sorted(rows["year"].unique())
    if year is not None and year not in known:
        raise CbeError.build(f"`student_groups` has no year {year}", found=f"Found {some(known, 12)}")
    wanted = rows.groupby("district_id")["year"].transform("max") if year is None else year
    places = tables.validate(districts, "districts", complete=True)[["district_id", "enrollment"]]
    found = rows[rows["year"] == wanted].merge(places, on="district_id").dropna(subset=["students", "enrollment"])
    return found[found["enrollment"] > 0].assign(
        share=lambda frame: (frame["students"] / frame["enrollment"]).astype(float)
    )


def _groups(
    counted: list[pd.DataFrame], students: pd.DataFrame, wanted: Sequence[str] | None
) -> tuple[list[str], list[str]]:
    """Return the groups to compare, and those of which nobody is recorded."""
    known = sorted(students["group"].unique())
    if wanted is not None:
        strange = [name for name in wanted if name not in known]
        if strange:
            near = [f"{name!r} looks like {other!r}" for name in strange if (other := closest(name, known))]
            raise CbeError.build(
                f"`student_groups` does not count {some(map(repr, strange))}",
                found="; ".join(near),
                advice=f"Known: {some(known, 20)}",
            )
        return list(wanted), []
    seen = {name for part in counted for name in part["group"].unique()}
    seen |= set(_completing(seen, students))
    return [name for name in known if name in seen], [name for name in known if name not in seen]


def _completing(seen: set[str], students: pd.DataFrame) -> tuple[str, ...]:
    """Return the fewest other groups that, with those seen, make up all students of every district."""
    sizes = students.pivot_table(index="district_id", columns="group", values="students", aggfunc="sum").astype(float)
    left = students.groupby("district_id")["enrollment"].first() - sizes.filter(sorted(seen)).sum(axis=1)
    others = [name for name in sizes.columns if name not in seen][:MOST_OTHERS]
    missing, students_of = left.reindex(sizes.index).to_numpy(float), sizes[others].fillna(0).to_numpy()
    for size in range(1, len(others) + 1):
        for chosen in combinations(range(len(others)), size):
            if (students_of[:, chosen].sum(axis=1) == missing).all():
                return tuple(others[place] for place in chosen)
    return ()


def _released(part: pd.DataFrame, names: list[str], min_n: int) -> pd.DataFrame:
    """Count people and group, and blank what must be hidden."""
    sizes = part.groupby(["people", "group"]).size().unstack(fill_value=0)
    others = [name for name in sizes.columns if name not in names]
    sizes = sizes.reindex(columns=[*names, *others], fill_value=0)
    sizes[ALL] = sizes.sum(axis=1)
    long = sizes.reset_index().melt("people", var_name="group", value_name="count")
    kinds = sorted(set(long["people"]) - {SEATS["all"]})
    whole = {"group": ALL, "people": SEATS["all"]} if SEATS["all"] in set(long["people"]) else {"group": ALL}
    split = {"group": [[*names, *others]], "people": [kinds]} if len(whole) > 1 else {"group": [[*names, *others]]}
    safe = suppress(long, by=["people", "group"], count="count", totals=whole, groups=split, min_n=min_n).table
    total = safe[safe["group"] == ALL].set_index("people")["count"]
    safe["of"] = safe["people"].map(total)
    hidden = safe["count"].isna() | safe["of"].isna()
    safe["reason"] = np.where(hidden, HIDDEN.format(min_n), "")
    safe.loc[hidden, ["count", "of"]] = pd.NA
    return safe.loc[safe["group"].isin(names), ["people", "group", "count", "of", "reason"]]


def _expected(part: pd.DataFrame, students: pd.DataFrame) -> pd.DataFrame:
    """Return people, group and enrollment_share: the students' share, weighted by the people of each district."""
    weights = part.groupby(["people", "district_id"]).size().rename("weight").reset_index()
    rows = weights.merge(students[["district_id", "group", "share"]], on="district_id")
    rows = rows.assign(product=rows["weight"] * rows["share"])
    sums = rows.groupby(["people", "group"], as_index=False)[["product", "weight"]].sum()
    return sums.assign(enrollment_share=sums["product"] / sums["weight"])[["people", "group", "enrollment_share"]]


def _shares(released: pd.DataFrame, expected: pd.DataFrame, level: float) -> pd.DataFrame:
    rows = released.merge(expected, on=["people", "group"], how="left")
    known = rows["of"].notna() & (rows["of"].fillna(0) > 0)
    count = rows["count"].where(known).to_numpy(float, na_value=np.nan)
    size = rows["of"].where(known).to_numpy(float, na_value=np.nan)
    low, high = proportion_confint(count, size, alpha=1 - level, method="beta")
    share = count / size
    return rows.assign(
        estimate=share,
        conf_low=np.where(np.isnan(share), np.nan, low),
        conf_high=np.where(np.isnan(share), np.nan, high),
        gap=share - rows["enrollment_share"],
        gap_low=np.where(np.isnan(share), np.nan, low - rows["enrollment_share"]),
        gap_high=np.where(np.isnan(share), np.nan, high - rows["enrollment_share"]),
    )[list(COLUMNS)]


COLUMNS = (
    "people", "group", "count", "of", "estimate", "conf_low", "conf_high",
    "enrollment_share", "gap", "gap_low", "gap_high", "reason",
)  # fmt: skip


def _hide_students(table: pd.DataFrame, students: pd.DataFrame, held: pd.DataFrame, min_n: int) -> pd.DataFrame:
    """Blank the share of students, and the gap, of groups with too few of them in these districts."""
    there = students[students["district_id"].isin(held["district_id"])]
    sizes = there.groupby("group")["students"].sum()
    few = table["group"].map(sizes).astype("Float64").between(1, min_n - 1).fillna(False).to_numpy(bool)
    table = table.copy()
    table.loc[few, ["enrollment_share", "gap", "gap_low", "gap_high"]] = np.nan
    table.loc[few & (table["reason"] == ""), "reason"] = f"hidden: fewer than {min_n} students"
    return table


def _unrecorded(left: list[str]) -> pd.DataFrame:
    rows = pd.DataFrame({"people": SEATS["all"], "group": left, "reason": NOT_RECORDED})
    return rows.reindex(columns=list(COLUMNS))


def _text(table: pd.DataFrame, level: float) -> str:
    known = table[(table["people"] == SEATS["all"]) & table["gap"].notna()]
    if known.empty:
        return (
            "Cannot tell whether seats mirror the students: every group is too small to show, or not recorded. Look at "
            "several years or districts together."
        )
    said = [
        f"{row['group']}: {row['estimate']:.0%} of seats, {row['enrollment_share']:.0%} of students (the gap may be "
        f"{100 * row['gap_low']:+.0f} to {100 * row['gap_high']:+.0f} points)"
        for row in known.sort_values("gap").to_dict("records")
    ]
    sure = known[(known["gap_low"] > 0) | (known["gap_high"] < 0)]["group"]
    told = f"beyond chance for {some(sure)}" if len(sure) else "within what chance could do for every group"
    return (
        f"{'. '.join(said[:2])}. With {int(known['of'].iloc[0])} seats the gaps are {told}, at {level:.0%} for each "
        "group by itself. A seat is not yet influence: see whose input changed decisions."
    )
