"""Which things are fixed for every school, which are free, and what does each school lack?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cbe_lib import tables
from cbe_lib.errors import CbeError, closest, require_columns, rows_of, some
from cbe_lib.results import Result

KINDS = ("non-negotiable", "flexible")
PLACE = ["district_id", "school_id"]
STATES = ("in place", "said, not shown", "missing")
VALUES, CODE = "values written by the school", "code of cooperation in its classrooms"


@dataclass(frozen=True, repr=False)
class NonNegotiables(Result):
    """What each school has of what was agreed: see `non_negotiables`.

    Attributes
    ----------
    schools : DataFrame
        district_id, school_id, required, in_place, missing (the things, parted by semicolons).
    """

    schools: pd.DataFrame


def non_negotiables(things: Mapping[str, str], states: pd.DataFrame) -> NonNegotiables:
    """Which non-negotiables does each school lack, and which flexible things did it choose?

    Flexible things are shown but never missed: a list on which everything is non-negotiable leaves no room to own.

    Parameters
    ----------
    things : mapping
        {thing: "non-negotiable" or "flexible"}, as agreed.
    states : DataFrame
        district_id, school_id, thing, since (day; blank: not yet), evidence (what shows it): a row for each school and
        thing. A school without a row for a thing has it missing. `codes_in_place` fills it from written principles.

    Returns
    -------
    NonNegotiables
        `.table`: district_id, school_id, thing, kind, state ("in place": a day and evidence; "said, not shown": one of
        the two; "missing"; "not chosen" for flexible things), since, evidence.

    Raises
    ------
    CbeError
        For unknown kinds or things, blank or repeated keys, days that are none.

    Examples
    --------
    >>> things = {"shared values": "non-negotiable", "grade bands": "flexible"}
    >>> states = pd.DataFrame(
    ...     {
    ...         "district_id": ["00013"] * 2,
    ...         "school_id": ["oak", "elm"],
    ...         "thing": ["shared values", "grade bands"],
    ...         "since": ["2014-09-01", "2015-01-10"],
    ...         "evidence": ["poster and minutes", "timetable"],
    ...     }
    ... )
    >>> found = non_negotiables(things, states)
    >>> found.schools[["school_id", "missing"]].to_dict("split")["data"]
    [['elm', 'shared values'], ['oak', '']]
    """
    kinds = _kinds(things)
    checked = _checked(states, kinds)
    schools = checked[PLACE].drop_duplicates().sort_values(PLACE)
    every = schools.merge(pd.DataFrame({"thing": list(kinds), "kind": list(kinds.values())}), how="cross")
    table = every.merge(checked, on=[*PLACE, "thing"], how="left")
    dated, shown = table["since"].notna(), table["evidence"].fillna("").str.strip() != ""
    absent = np.where(table["kind"] == "flexible", "not chosen", STATES[2])
    table["state"] = np.where(dated & shown, STATES[0], np.where(dated | shown, STATES[1], absent))
    table = table[[*PLACE, "thing", "kind", "state", "since", "evidence"]]
    by_school = _by_school(table)
    return NonNegotiables(table, _text(table, by_school), (), None, schools=by_school)


def codes_in_place(principles: pd.DataFrame, schools: pd.DataFrame) -> pd.DataFrame:
    """Which schools have written values of their own, and codes of cooperation in their classrooms?

    Parameters
    ----------
    principles : DataFrame
        Table `principles`.
    schools : DataFrame
        district_id, school_id: every school, for instance from the roster; repeats count once.

    Returns
    -------
    DataFrame
        district_id, school_id, thing, since, evidence, as `non_negotiables` takes it.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> tables = samples.state()
    >>> states = codes_in_place(tables["principles"], tables["roster"])
    >>> found = non_negotiables(dict.fromkeys(states["thing"], "non-negotiable"), states)
    >>> found.table["state"].value_counts().to_dict()
    {'in place': 62, 'missing': 26}
    """
    texts = tables.validate(principles, "principles", complete=True).dropna(subset=["school_id"])
    places = require_columns(schools, PLACE, "schools")[PLACE].dropna().drop_duplicates()
    parts = []
    for thing, level in ((VALUES, "school"), (CODE, "classroom")):
        of_level = texts[texts["level"] == level]
        by = of_level.groupby(PLACE).agg(
            since=("adopted", "min"), count=("text", "size"), rooms=("classroom_id", "nunique")
        )
        part = places.merge(by.reset_index(), on=PLACE, how="left")
        wording = "principles written: {count:.0f}" + ("; classrooms: {rooms:.0f}" if level == "classroom" else "")
        said = [
            wording.format(count=row["count"], rooms=row["rooms"]) if row["count"] > 0 else None
            for row in part.to_dict("records")
        ]
        parts.append(part[PLACE].assign(thing=thing, since=part["since"], evidence=pd.Series(said, dtype="str")))
    return pd.concat(parts, ignore_index=True)


def _kinds(things: Mapping[str, str]) -> dict[str, str]:
    wrong = {thing: kind for thing, kind in things.items() if kind not in KINDS}
    if wrong or not things:
        raise CbeError.build(
            "`things` must say of each thing whether it is non-negotiable or flexible",
            found=f"Found {some(f'{thing}: {kind!r}' for thing, kind in wrong.items()) or 'no thing at all'}",
            advice="For instance things={'shared values': 'non-negotiable', 'grade bands': 'flexible'}",
        )
    return dict(things)


def _checked(states: pd.DataFrame, kinds: Mapping[str, str]) -> pd.DataFrame:
    """Return the states with days; raise one error that names all bad rows."""
    states = require_columns(states, [*PLACE, "thing", "since", "evidence"], "states")
    key = [*PLACE, "thing"]
    since = pd.to_datetime(states["since"], errors="coerce", format="ISO8601")
    unknown = states["thing"].notna() & ~states["thing"].isin(list(kinds))
    names = states.loc[unknown, "thing"].unique()
    near = [f"{name!r} looks like {other!r}" for name in names if (other := closest(name, kinds))]
    problems = {
        "district_id, school_id or thing is blank": states[key].isna().any(axis=1),
        f"thing is not on the list ({some([*map(repr, names), *near])})": unknown,
        "since is not a day": states["since"].notna() & since.isna(),
        "a school has a thing twice": states.duplicated(key, keep=False) & states[key].notna().all(axis=1),
    }
    told = [f"{problem} in {rows_of(states, bad)}" for problem, bad in problems.items() if bad.any()]
    if told:
        raise CbeError.build("`states` cannot be used as it is", found="; ".join(told), advice="Correct these rows")
    return states[[*key, "evidence"]].assign(since=since)


def _by_school(table: pd.DataFrame) -> pd.DataFrame:
    fixed = table[table["kind"] == KINDS[0]].assign(done=lambda rows: rows["state"] == STATES[0])
    lacking = fixed["thing"].where(~fixed["done"])
    by = fixed.assign(lacking=lacking).groupby(PLACE)
    counted = by.agg(required=("done", "size"), in_place=("done", "sum"), missing=("lacking", _joined))
    every = table[PLACE].drop_duplicates().merge(counted.reset_index(), on=PLACE, how="left")
    return every.fillna({"required": 0, "in_place": 0, "missing": ""}).astype({"required": int, "in_place": int})


def _joined(things: pd.Series) -> str:
    return "; ".join(things.dropna())


def _text(table: pd.DataFrame, schools: pd.DataFrame) -> str:
    fixed = table[table["kind"] == KINDS[0]]
    if fixed.empty:
        return "Nothing on the list is non-negotiable, so no school can lack anything."
    whole = int((schools["in_place"] == schools["required"]).sum())
    said = int((fixed["state"] == STATES[1]).sum())
    lacking = fixed[fixed["state"] != STATES[0]]["thing"].value_counts()
    most = f" Most often missing: {lacking.index[0]} (in {lacking.iloc[0]} schools)." if len(lacking) else ""
    return (
        f"{whole} of {len(schools)} schools have every non-negotiable in place, with a day and something that shows "
        f"it; {said} entries are said but not shown.{most} That something is in place does not say that it is used."
    )
