"""Where operations have changed, has the spirit come along?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t

from cbe_lib import survey as surveys
from cbe_lib import tables
from cbe_lib.errors import CbeError, require_columns, unknown_name
from cbe_lib.framework import claim, read_rubric, read_survey
from cbe_lib.results import Result

STRUCTURES = ("D2", "D4", "D6")
SCALES = ("purpose_used", "ownership", "safety", "compliance_motive")
AGAINST = frozenset({"compliance_motive", "confusion"})
MOTIONS = "going through the motions"
QUADRANTS = {
    (True, True): "structure and spirit",
    (True, False): MOTIONS,
    (False, True): "spirit ahead of structure",
    (False, False): "neither yet",
}
NAMED = ("district_id", "school_id")


@dataclass(frozen=True, repr=False)
class Spirit(Result):
    """Structure against values and behavior: see `operations_and_spirit`.

    Attributes
    ----------
    cuts : tuple of float
        Structure (level as a number) and spirit (points) from which a place counts as high.
    level : float
        Coverage that the intervals aim at.
    """

    cuts: tuple[float, float]
    level: float


def operations_and_spirit(
    ratings: pd.DataFrame,
    survey: pd.DataFrame,
    *,
    unit: str = "district_id",
    dimensions: Iterable[str] = STRUCTURES,
    scales: Iterable[str] = SCALES,
    cuts: tuple[float, float] = (2.5, 3.0),
    min_n: int = 10,
    level: float = 0.95,
) -> Spirit:
    """Which places have the structures but go through the motions, and where can nobody tell?

    Parameters
    ----------
    ratings : DataFrame
        Table `ratings`: the last wave of each place, ratings made before any consensus.
    survey : DataFrame
        Table `survey`: the last wave of each place, staff only.
    unit : str
        Column of both tables that names the places; "school_id" needs ratings by school.
    dimensions : iterable of str
        Dimensions of the rubric that are about what is set up; shared leadership, ramp-up and mastery design.
    scales : iterable of str
        Scales of the survey that are about values and behavior; "doing it because told to" and confusion are turned.
    cuts : pair of float
        From which level (1 is the lowest of the rubric) and from which mean score a place counts as high.
    min_n : int
        Places with fewer answering people get no score.
    level : float, between 0 and 1
        Coverage of the intervals.

    Returns
    -------
    Spirit
        `.table`: place, structure, structure_low, structure_high, raters, spirit, spirit_low, spirit_high, n, quadrant,
        reason. A quadrant stands only where both intervals lie on one side of their cut; else "cannot tell".

    Raises
    ------
    CbeError
        For unknown dimensions or scales, missing columns, no rating of these dimensions.

    Notes
    -----
    Structure = mean level over the criteria of the dimensions, first by rater, then over raters; its error is the
    spread of raters within places, pooled over all places, since most have few. It holds the raters' disagreement and
    severity, not the choice of criteria. Spirit = mean over people of their mean over scales, with a t interval.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> state = samples.state()
    >>> found = operations_and_spirit(state["ratings"], state["survey"])
    >>> found.table.loc[found.table["quadrant"] == "going through the motions", "place"].tolist()
    ['00063', '00103']
    """
    dims, scored = tuple(dimensions), tuple(scales)
    _check(dims, scored, level)
    structure = _structure(tables.validate(ratings, "ratings", complete=True), unit, dims, level)
    spirit = _spirit(tables.validate(survey, "survey", complete=True), unit, scored, min_n, level)
    table = structure.merge(spirit, on="place", how="outer").sort_values("place", ignore_index=True)
    table["quadrant"] = [_quadrant(row, cuts) for row in table.to_dict("records")]
    table["reason"] = [_reason(row, min_n) for row in table.to_dict("records")]
    table["n"] = table["n"].where(table["n"] >= min_n).astype("Int64")
    table["raters"] = table["raters"].astype("Int64")
    notes = (
        f"Structure: dimensions {', '.join(dims)}, high from {cuts[0]:g}. Spirit: scales "
        f"{', '.join(scored).replace('_', ' ')}, high from {cuts[1]:g}. The cuts are a choice.",
        claim("B08").label + ".",
    )
    return Spirit(table, _text(table, level), notes, None, cuts=(float(cuts[0]), float(cuts[1])), level=level)


def _check(dims: tuple[str, ...], scales: tuple[str, ...], level: float) -> None:
    known = [dimension.id for dimension in read_rubric().dimensions]
    for name in dims:
        if name not in known:
            raise unknown_name("dimension", name, known)
    carried = [scale.id for scale in read_survey().scales]
    for name in scales:
        if name not in carried:
            raise unknown_name("scale", name, carried)
    if not dims or not scales or not 0 < level < 1:
        raise CbeError.build("At least one dimension, one scale and a `level` between 0 and 1 are needed")


def _structure(ratings: pd.DataFrame, unit: str, dims: tuple[str, ...], level: float) -> pd.DataFrame:
    frame = require_columns(ratings, [unit], "ratings")
    places = {name: k for k, name in enumerate(read_rubric().levels, start=1)}
    position = frame["level"].map(places)
    about = frame["criterion_id"].str.split(".").str[0].isin(dims)
    votes = frame[about & position.notna() & ~frame["consensus"].fillna(False).astype(bool)]
    if votes.empty:
        raise CbeError.build("`ratings` holds no rating of these dimensions", found=", ".join(dims))
    votes = votes.assign(position=position, wave=votes["wave"].fillna(""))
    votes = votes[votes["wave"] == votes.groupby(unit)["wave"].transform("max")]
    # Less what a criterion usually gets, so that a rater who saw other criteria is not taken for a harsher one.
    usual = votes.groupby([unit, "criterion_id"])["position"].transform("mean")
    rest = (votes["position"] - usual).groupby([votes[unit], votes["rater"]]).mean()
    each = rest.groupby(level=0)
    freedom = int((each.size() - 1).sum())
    means = usual.groupby([votes[unit], votes["criterion_id"]]).first().groupby(level=0).mean()
    table = pd.DataFrame({"structure": means, "raters": each.size()}).rename_axis("place").reset_index()
    if freedom < 1:
        return table.assign(structure_low=np.nan, structure_high=np.nan)
    within = float(((rest - each.transform("mean")) ** 2).sum() / freedom)
    width = t.ppf((1 + level) / 2, freedom) * np.sqrt(within / table["raters"])
    return table.assign(structure_low=table["structure"] - width, structure_high=table["structure"] + width)


def _spirit(survey: pd.DataFrame, unit: str, scales: tuple[str, ...], min_n: int, level: float) -> pd.DataFrame:
    frame = require_columns(survey, [unit], "survey")
    items = {item.id: item for item in read_survey().items if item.scale in scales and "staff" in item.forms}
    rows = frame[frame["item_id"].isin(list(items)) & ~frame["role"].isin(["student", "family"]) & frame[unit].notna()]
    if rows.empty:
        raise CbeError.build("`survey` holds no answers of staff to these scales", found=", ".join(scales))
    rows = rows.assign(wave=rows["wave"].fillna(""))
    rows = rows[rows["wave"] == rows.groupby(unit)["wave"].transform("max")]
    # Grouping by wave is quick; the columns that name district and school come along in any case.
    persons = surveys.scores(rows, group="wave" if unit in NAMED else unit, min_n=min_n).respondents
    turned = persons["score"].where(~persons["scale"].isin(AGAINST), 6 - persons["score"])
    people = turned.groupby([persons[unit], persons["respondent"]]).mean().dropna()
    by = people.groupby(level=0)
    table = pd.DataFrame({"spirit": by.mean(), "n": by.size(), "sd": by.std()}).rename_axis("place").reset_index()
    width = t.ppf((1 + level) / 2, np.maximum(table["n"] - 1, 1)) * table["sd"] / np.sqrt(table["n"])
    enough = table["n"] >= min_n
    table["spirit"] = table["spirit"].where(enough)
    limits = {"spirit_low": table["spirit"] - width, "spirit_high": table["spirit"] + width}
    return table.assign(**limits).drop(columns="sd")


def _side(low: float, high: float, cut: float) -> bool | None:
    if low > cut:
        return True
    return False if high < cut else None


def _quadrant(row: dict, cuts: tuple[float, float]) -> str:
    structure = _side(row["structure_low"], row["structure_high"], cuts[0])
    spirit = _side(row["spirit_low"], row["spirit_high"], cuts[1])
    return "cannot tell" if structure is None or spirit is None else QUADRANTS[structure, spirit]


def _reason(row: dict, min_n: int) -> str:
    if row["quadrant"] != "cannot tell":
        return ""
    if pd.isna(row["structure"]):
        return "cannot tell: not rated"
    if pd.isna(row["structure_low"]):
        return "cannot tell: no place has two raters, so how far raters differ is not known"
    if pd.isna(row["n"]):
        return "cannot tell: no survey"
    if row["n"] < min_n:
        return f"hidden: fewer than {min_n} people answered"
    return "cannot tell: an interval reaches over its cut"


def _text(table: pd.DataFrame, level: float) -> str:
    motions = table[table["quadrant"] == MOTIONS]
    told = int((table["quadrant"] != "cannot tell").sum())
    who = f" ({', '.join(motions['place'].astype(str)[:5])})" if len(motions) else ""
    return (
        f"Of {len(table)} places, {len(motions)} go through the motions{who}: structures are in place, values and "
        f"behavior are not. For {len(table) - told} nobody can tell, as the {level:.0%} intervals reach over a cut. "
        "Scores say where to go and look, not who is to blame."
    )
