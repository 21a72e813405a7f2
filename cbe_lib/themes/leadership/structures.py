"""Who sits where decisions are prepared, whether somebody checks, and whether the purpose is in sight."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2

from cbe_lib import privacy, tables
from cbe_lib.errors import CbeError, unknown_name
from cbe_lib.framework import claim
from cbe_lib.results import Result
from cbe_lib.rubric.agreement import check_level
from cbe_lib.themes.decision_log.reading import read_log, shares
from cbe_lib.themes.decision_log.slopes import clustered, sentence
from cbe_lib.themes.decision_log.staff import of_scale, staff_scores

SAID = {
    "structures": "seats are filled",
    "processes": "decisions have a named checker",
    "purpose": "decisions cite a principle",
}
PLACE = ["district_id", "structure"]
GROUPS = ["group", "seats", "share", "conf_low", "conf_high", "students", "gap", "reason"]


@dataclass(frozen=True, repr=False)
class Structures(Result):
    """Structures of shared leadership: see `structures`.

    Attributes
    ----------
    rosters : DataFrame
        district_id, structure, seats, filled, vacancy, conf_low, conf_high, roles (kinds of seat), voting, checker
        (somebody is named to check), turnover (holders leaving a seat-year), turnover_low, turnover_high, reason.
    groups : DataFrame
        group, seats, share (of filled seats), conf_low, conf_high, students (share of enrollment), gap, reason: over
        all districts given, small groups hidden.
    effects : DataFrame
        term seats_trust, estimate, conf_low, conf_high, unit, n, districts, reason; empty without a `group`.
    """

    rosters: pd.DataFrame
    groups: pd.DataFrame
    effects: pd.DataFrame


def structures(
    seats: pd.DataFrame,
    decisions: pd.DataFrame,
    student_groups: pd.DataFrame | None = None,
    survey: pd.DataFrame | None = None,
    *,
    group: str | None = None,
    groups: Iterable[str] | None = None,
    as_of: str | pd.Timestamp | None = None,
    min_n: int = 10,
    level: float = 0.95,
) -> Structures:
    """Are seats filled, does somebody check the process, and is the purpose in sight?

    Three investments, three scores, no grand mean: a strong one does not make up for a weak one.

    Parameters
    ----------
    seats, decisions : DataFrame
        Tables `seats` and `decisions` of the same districts.
    student_groups : DataFrame, optional
        Table `student_groups`, to set the groups in the seats against those of the students (last year of each).
    survey : DataFrame, optional
        Table `survey`, for the regression of trust on who sits.
    group : str, optional
        The group whose share of seats is set against trust.
    groups : iterable of str, optional
        Groups of which each person has exactly one, those without a seat too; those met in `seats` if left out.
    as_of : date, optional
        Until when holders are followed for turnover; the last day in `seats` and `decisions` if left out.
    min_n : int
        Groups with fewer seats are hidden, with as many others as needed.
    level : float, between 0 and 1
        Coverage of the intervals.

    Returns
    -------
    Structures
        `.table`: district_id, investment (structures, processes, purpose), n, count, estimate, conf_low, conf_high,
        reason. `.rosters`, `.groups`, `.effects`: see there.

    Raises
    ------
    CbeError
        For an empty table of seats, a group that holds no seat, and what `tables.validate` finds.

    Notes
    -----
    Shares have Wilson intervals, turnover exact Poisson limits. seats_trust: staff score of trust = share of filled
    seats held by `group` + share of decisions that the planned person took in the school year of the wave;
    generalized estimating equations, clustered by district.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> state = samples.state()
    >>> found = structures(state["seats"], state["decisions"], state["student_groups"])
    >>> found.table["investment"].unique().tolist()
    ['structures', 'processes', 'purpose']
    """
    check_level(level)
    held = tables.validate(seats, "seats", complete=True)
    if held.empty:
        raise CbeError.build("`seats` holds no rows", advice="Pass a row for each seat, vacant ones too")
    log = read_log(decisions)
    if group is not None and group not in set(held["group"].dropna()):
        raise unknown_name("group in `seats`", group, sorted(held["group"].dropna().unique()))
    table = _scores(held, log, level)
    end = _end(held, log) if as_of is None else pd.Timestamp(as_of)
    rosters = _rosters(held, end, level)
    effects = _trust(held, log, survey, group, level)
    notes = (claim("A22").label + ".", f"Turnover runs to {end.date()}.")
    return Structures(
        table,
        _text(table, rosters, effects, level),
        notes,
        None,
        rosters=rosters,
        groups=_groups(held, student_groups, groups, min_n, level),
        effects=effects,
    )


def _scores(held: pd.DataFrame, log: pd.DataFrame, level: float) -> pd.DataFrame:
    hits = {
        "structures": (held["district_id"], held["person_id"].notna()),
        "processes": (log["district_id"], log["checker_id"].notna()),
        "purpose": (log["district_id"], log["cited"]),
    }
    everyone = pd.Index(sorted({*held["district_id"], *log["district_id"]}), name="district_id")
    parts = []
    for name, (district, hit) in hits.items():
        by = hit.groupby(district).agg(["size", "sum"]).reindex(everyone, fill_value=0).astype(float)
        part = shares(by["sum"], by["size"], level).reset_index()
        reason = np.where(part["n"] == 0, f"cannot tell: no {'seats' if name == 'structures' else 'decisions'}", "")
        parts.append(part.assign(investment=name, reason=reason))
    columns = ["district_id", "investment", "n", "count", "estimate", "conf_low", "conf_high", "reason"]
    return pd.concat(parts)[columns].sort_values("district_id", kind="stable", ignore_index=True)


def _end(held: pd.DataFrame, log: pd.DataFrame) -> pd.Timestamp:
    days = [held["from_date"], held["to_date"], log["date_raised"], log["date_decided"]]
    return pd.concat(days).max()


def _rosters(held: pd.DataFrame, end: pd.Timestamp, level: float) -> pd.DataFrame:
    filled = held["person_id"].notna()
    until = held["to_date"].where(held["to_date"] <= end, end)
    years = (until - held["from_date"]).dt.days / 365.25
    frame = held.assign(
        filled=filled,
        checks=held["checker"].fillna(False).astype(bool) & filled,
        votes=(held["voice"] == "vote") & filled,
        years=years.clip(lower=0).where(filled),
        left=filled & (held["to_date"] <= end),
    )
    by = frame.groupby(PLACE).agg(
        seats=("seat_id", "size"),
        filled=("filled", "sum"),
        roles=("seat_role", "nunique"),
        voting=("votes", "sum"),
        checker=("checks", "any"),
        years=("years", "sum"),
        left=("left", "sum"),
    )
    vacant = shares((by["seats"] - by["filled"]).astype(float), by["seats"].astype(float), level)
    years, left, tail = by["years"].where(by["years"] > 0), by["left"], (1 - level) / 2
    table = by.assign(
        vacancy=vacant["estimate"],
        conf_low=vacant["conf_low"],
        conf_high=vacant["conf_high"],
        turnover=left / years,
        turnover_low=np.where(left > 0, chi2.ppf(tail, 2 * left) / 2, 0.0) / years,
        turnover_high=chi2.isf(tail, 2 * left + 2) / 2 / years,
        reason=np.where(by["checker"], "", "nobody is named to check the process"),
    ).reset_index()
    order = [
        "vacancy",
        "conf_low",
        "conf_high",
        "roles",
        "voting",
        "checker",
        "turnover",
        "turnover_low",
        "turnover_high",
    ]
    return table[[*PLACE, "seats", "filled", *order, "reason"]]


def _groups(
    held: pd.DataFrame,
    student_groups: pd.DataFrame | None,
    groups: Iterable[str] | None,
    min_n: int,
    level: float,
) -> pd.DataFrame:
    """Count seats by group, hide small groups and what would give them away, and set students beside."""
    known = held.dropna(subset=["group"])
    if known.empty:
        return pd.DataFrame(columns=GROUPS)
    names = sorted({*known["group"], *(groups or ())})
    count = known["group"].value_counts().reindex(names, fill_value=0).rename_axis("group")
    counted = shares(count.astype(float), pd.Series(float(len(known)), count.index), level).reset_index()
    shown = pd.DataFrame({"group": counted["group"], "seats": counted["count"], "share": counted["estimate"]})
    shown = shown.assign(conf_low=counted["conf_low"], conf_high=counted["conf_high"])
    safe = privacy.suppress(shown, by=["group"], count="seats", known_totals=["group"], min_n=min_n).table
    hidden = safe["seats"].isna()
    table = safe.assign(reason=np.where(hidden, f"hidden: fewer than {min_n} seats, or would show such a group", ""))
    students = _students(student_groups, set(held["district_id"]), names)
    table = table.assign(students=table["group"].map(students).astype(float))
    return table.assign(gap=table["share"].astype(float) - table["students"])[GROUPS]


def _students(student_groups: pd.DataFrame | None, districts: set[str], names: list[str]) -> pd.Series:
    if student_groups is None:
        return pd.Series(dtype=float)
    frame = tables.validate(student_groups, "student_groups")
    frame = frame[frame["district_id"].isin(districts) & frame["group"].isin(names)]
    last = frame[frame["year"] == frame.groupby("district_id")["year"].transform("max")]
    total = last.groupby("group")["students"].sum().astype(float)
    return total / total.sum()


def _trust(
    held: pd.DataFrame, log: pd.DataFrame, survey: pd.DataFrame | None, group: str | None, level: float
) -> pd.DataFrame:
    if survey is None or group is None:
        return pd.DataFrame(columns=["term", "estimate", "conf_low", "conf_high", "unit", "n", "districts", "reason"])
    known = held.dropna(subset=["group"])
    sits = (known["group"] == group).groupby(known["district_id"]).mean().rename("seats_trust").reset_index()
    match = log.groupby(["district_id", "year"], as_index=False)["matched"].mean()
    rows = of_scale(staff_scores(survey, ["trust_school"]), "trust_school").astype(
        {"district_id": "str", "year": "Int64"}
    )
    rows = rows.merge(sits, on="district_id").merge(match, on=["district_id", "year"])
    units = {"seats_trust": "points per unit of share"}
    return clustered(rows["score"], rows[["seats_trust", "matched"]], rows["district_id"], units, level)


def _text(table: pd.DataFrame, rosters: pd.DataFrame, effects: pd.DataFrame, level: float) -> str:
    whole = table.groupby("investment")[["count", "n"]].sum()
    parts = [
        f"{row['count'] / row['n']:.0%} of {row['n']} {SAID[str(name)]}" for name, row in whole.iterrows() if row["n"]
    ]
    without = int((~rosters["checker"].astype(bool)).sum())
    told = "; ".join(parts) + f". {without} of {len(rosters)} structures name nobody to check the process."
    if len(effects):
        said = ("Trust was lower where the group held more seats", "Trust was higher where the group held more seats")
        unsure = "That trust goes with who holds the seats cannot be told"
        told += " " + sentence(effects.iloc[0], *said, unsure, level)
    return told + " A filled seat is not yet a voice: see whose input was used."
