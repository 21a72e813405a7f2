"""Which districts are like mine, and in what are they not?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cbe_lib import survey as surveys
from cbe_lib import tables
from cbe_lib.errors import CbeError, unknown_name
from cbe_lib.framework import claim, read_survey
from cbe_lib.results import Result

TRAITS = {
    "log2_enrollment": "doublings of enrollment",
    "lunch": "percent",
    "english_learners": "percent",
    "disability": "percent",
}
TRUST = {"trust_school": "trust inside the school", "trust_community": "trust between school and community"}
NOT_MATCHED = "how they changed (strategy, ramp-up, starting point), money, staff turnover, history, state rules"
CLOSE = 0.25


@dataclass(frozen=True, repr=False)
class Alike(Result):
    """Districts like one's own: see `alike`.

    Attributes
    ----------
    balance : DataFrame
        variable, unit, mine, error (of mine, where people were asked), matched, others (means), gap_matched,
        gap_others (mine less theirs, in standard deviations between districts), balanced, reason.
    district : str
        Whose like was looked for.
    """

    balance: pd.DataFrame
    district: str


def alike(
    districts: pd.DataFrame,
    *,
    district: str,
    survey: pd.DataFrame | None = None,
    student_groups: pd.DataFrame | None = None,
    n: int = 5,
    min_n: int = 10,
) -> Alike:
    """Which districts are like mine in size, need, groups and trust, and in what were they not matched?

    Parameters
    ----------
    districts : DataFrame
        Table `districts`: mine and those to choose from.
    district : str
        district_id of mine.
    survey : DataFrame, optional
        Table `survey`: trust measured twice, inside the school (staff) and between school and community (staff and
        families), in each district's first wave. Only districts that asked can then be chosen.
    student_groups : DataFrame, optional
        Table `student_groups`: shares of the groups in each district's last year.
    n : int
        How many districts, 1 or more.
    min_n : int
        Trust of fewer people is hidden and not used.

    Returns
    -------
    Alike
        `.table`: rank, district_id, name, distance (root mean square of the gaps, in standard deviations), and each
        variable that was matched. `.balance` says how well.

    Raises
    ------
    CbeError
        For a district that is not in the table, fewer than `n` others with all variables.

    Notes
    -----
    Every variable counts alike, enrollment as its logarithm. A gap of .25 standard deviations or less is called
    balanced, a habit and no law. Trust is measured with error; a match on it is looser than it looks.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> found = alike(samples.state()["districts"], district="00113", n=3)
    >>> found.table["rank"].tolist()
    [1, 2, 3]
    """
    places = tables.validate(districts, "districts", complete=True)
    if district not in set(places["district_id"]):
        raise unknown_name("district", district, places["district_id"].tolist())
    known = variables(places, survey, student_groups, min_n)
    return picked(places, known, district, n, asked=survey is not None)


def picked(
    places: pd.DataFrame,
    known: tuple[pd.DataFrame, dict[str, str], dict[str, dict[str, float]]],
    district: str,
    n: int,
    *,
    asked: bool,
) -> Alike:
    """Pick the `n` districts nearest to `district` by what `variables` knows of them; `asked`: trust among it."""
    values, units, errors = known
    mine = pd.Series(values.loc[[district]].iloc[0])
    used = list(mine.index[mine.notna()])
    others = values.drop(index=district)
    complete = others.dropna(subset=used)
    if n < 1 or not used or len(complete) < n:
        raise CbeError.build(
            f"Cannot pick {n} districts like {district}",
            found=f"{len(complete)} others have all {len(used)} variables that it has",
            advice="Ask for fewer, or leave out `survey` or `student_groups`",
        )
    spread = pd.concat([complete[used], values.loc[[district], used]]).std().replace(0, np.nan)
    gaps = (complete[used] - mine[used]) / spread
    distance = (gaps.fillna(0) ** 2).mean(axis=1).pow(0.5).sort_values(kind="stable")
    chosen = complete.loc[distance.index[:n]]
    balance = _balance(values, mine, chosen, complete, used, units, errors.get(district, {}))
    names = places.set_index("district_id")["name"]
    table = pd.DataFrame({"rank": range(1, n + 1), "district_id": chosen.index, "name": names[chosen.index].to_numpy()})
    table = table.assign(distance=distance.iloc[:n].to_numpy()).join(chosen[used].reset_index(drop=True))
    notes = [f"Not matched: {NOT_MATCHED}.", claim("B15").label + "."]
    left = len(others) - len(complete)
    notes += [f"{left} districts lack a variable and could not be chosen."] if left else []
    notes += [] if asked else ["Trust was not matched, as no survey was given."]
    return Alike(
        table, _text(table, balance, str(names[district])), tuple(notes), None, balance=balance, district=district
    )


def variables(
    places: pd.DataFrame, survey: pd.DataFrame | None, groups: pd.DataFrame | None, min_n: int
) -> tuple[pd.DataFrame, dict[str, str], dict[str, dict[str, float]]]:
    """Return what can be matched by district, the unit of each, and the errors of trust by district."""
    frame = places.set_index("district_id")
    size = frame["enrollment"].astype("float64")
    values = frame[["lunch", "english_learners", "disability"]].astype("float64")
    values.insert(0, "log2_enrollment", np.log2(size.where(size > 0)))
    units, errors = dict(TRAITS), {}
    if groups is not None:
        shares = _shares(tables.validate(groups, "student_groups", complete=True), size)
        values = values.join(shares)
        units |= dict.fromkeys(shares.columns, "percent")
    if survey is not None:
        trust, errors = _trust(tables.validate(survey, "survey", complete=True), min_n)
        values = values.join(trust)
        units |= {name: f"points of 1 to 5, {TRUST[name]}" for name in trust.columns}
    return values, units, errors


def _shares(groups: pd.DataFrame, enrollment: pd.Series) -> pd.DataFrame:
    """Return each group's percent of enrollment in the last year; groups that the districts' table has are left out."""
    last = groups[groups["year"] == groups.groupby("district_id")["year"].transform("max")]
    wide = last.pivot(index="district_id", columns="group", values="students").astype("float64")
    known = {"low income", "english learners", "students with disabilities"}
    wide = wide[[name for name in wide.columns if name.casefold() not in known]]
    return wide.div(enrollment.reindex(wide.index), axis=0).mul(100).rename_axis(columns=None)


def _trust(survey: pd.DataFrame, min_n: int) -> tuple[pd.DataFrame, dict[str, dict[str, float]]]:
    items = {item.id: item.scale for item in read_survey().items if item.scale in TRUST}
    inside = survey["item_id"].map(items).eq("trust_school")
    rows = survey[survey["item_id"].isin(list(items)) & ~(inside & survey["role"].isin(["student", "family"]))]
    rows = rows[rows["wave"].fillna("") == rows["wave"].fillna("").groupby(rows["district_id"]).transform("min")]
    if rows.empty:
        return pd.DataFrame(columns=list(TRUST), dtype="float64"), {}
    rows = rows.assign(wave=rows["wave"].fillna(""))
    people = surveys.scores(rows, group="wave", min_n=min_n).respondents.dropna(subset="score")
    each = people.groupby(["district_id", "scale"])["score"].agg(["mean", "std", "size"])
    each = each[each["size"] >= min_n]
    each["error"] = each["std"] / np.sqrt(each["size"])
    means, errors = (each[name].unstack().reindex(columns=list(TRUST)) for name in ("mean", "error"))
    return means.rename_axis(columns=None), {
        str(name): dict(zip(TRUST, row, strict=True)) for name, *row in errors.itertuples(name=None)
    }


def _balance(
    values: pd.DataFrame,
    mine: pd.Series,
    chosen: pd.DataFrame,
    complete: pd.DataFrame,
    used: list[str],
    units: dict[str, str],
    errors: dict[str, float],
) -> pd.DataFrame:
    rows = []
    for name in values.columns:
        if name not in used:
            blank = (np.nan,) * 6
            rows.append(
                (name, units[name], *blank, False, "not matched: not known for this district, or too few people")
            )
            continue
        spread = float(pd.concat([complete[name], pd.Series([mine[name]])]).std())
        near, far = float(chosen[name].mean()), float(complete[name].mean())
        gap, usual = ((mine[name] - other) / spread if spread else 0.0 for other in (near, far))
        error = errors.get(name, np.nan)
        rows.append((name, units[name], mine[name], error, near, far, gap, usual, abs(gap) <= CLOSE, ""))
    columns = ["variable", "unit", "mine", "error", "matched", "others", "gap_matched", "gap_others", "balanced"]
    return pd.DataFrame(rows, columns=[*columns, "reason"])


def _text(table: pd.DataFrame, balance: pd.DataFrame, name: str) -> str:
    known = balance[balance["reason"] == ""]
    off = known.loc[~known["balanced"].astype(bool), "variable"].str.replace("_", " ").tolist()
    left = f"they still differ in {', '.join(off)}" if off else "the means agree on all that was matched"
    return (
        f"Most like {name}: {', '.join(table['name'])}. On {len(known)} variables {left}. They were not matched on "
        "how they changed, on money or on history, so a different course may have come from any of these."
    )
