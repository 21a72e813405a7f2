"""Ownership beside acceptance: who goes along without making the change their own, and does blame follow?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from cbe_lib import survey, tables
from cbe_lib.framework import claim
from cbe_lib.results import Result
from cbe_lib.themes.decision_log.reading import school_year
from cbe_lib.themes.decision_log.slopes import COLUMNS, clustered
from cbe_lib.themes.decision_log.staff import means_before, staff_scores
from cbe_lib.themes.group_means import group_means, latest_wave, staff_rows

SCALES = ("ownership", "acceptance")
NAMES = {
    (True, True): "owning and accepting",
    (False, True): "accepting, not owning",
    (True, False): "owning, not accepting",
    (False, False): "neither",
}
DOES = dict(
    zip(
        NAMES.values(),
        (
            "owns the change and accepts it",
            "accepts the change without owning it",
            "owns the change without accepting it",
            "neither owns the change nor accepts it",
        ),
        strict=True,
    )
)
CANNOT_TELL = "cannot tell"
PER_POINT = "log odds a scale point"
UNCLEAR = "too few answers, too much disagreement, or too near the line of"
UNITS = {"ownership": PER_POINT, "acceptance": PER_POINT}


@dataclass(frozen=True, repr=False)
class Quadrants(Result):
    """Who owns the change and who only accepts it: see `quadrants`.

    Attributes
    ----------
    people : DataFrame
        The columns of `by`, n, and the share of people in each quadrant, and of those who cannot be placed.
    blame : DataFrame
        term (ownership, acceptance), estimate (log odds a scale point), conf_low, conf_high, unit, n, districts,
        reason; empty without corrections.
    by : tuple of str
        Columns that name a group.
    cut : float
        The line between low and high on both scales.
    """

    people: pd.DataFrame
    blame: pd.DataFrame
    by: tuple[str, ...]
    cut: float


def quadrants(
    answers: pd.DataFrame,
    corrections: pd.DataFrame | None = None,
    *,
    by: str | Iterable[str] = "district_id",
    wave: str | None = None,
    cut: float = 3.0,
    level: float = 0.95,
    min_n: int = 10,
) -> Quadrants:
    """Who owns the change, who only goes along with it, and do notes of problems blame more where few own it?

    Parameters
    ----------
    answers : DataFrame
        Table `survey` with the items of ownership and acceptance on the staff form.
    corrections : DataFrame, optional
        Table `corrections` with `blame`; brings `.blame`.
    by : str or sequence of str
        What a group is: "district_id", "school_id", ["district_id", "role"].
    wave : str, optional
        Which wave; the last of each district if left out. `.blame` uses all of them.
    cut : float, 1 to 5
        Line between low and high on both scales: 3 is the middle of the answers.
    level : float, between 0 and 1
        Coverage of the intervals.
    min_n : int
        Groups with fewer respondents are hidden.

    Returns
    -------
    Quadrants
        `.table`: the columns of `by`, n, ownership, ownership_low, ownership_high, acceptance, acceptance_low,
        acceptance_high, quadrant, reason. A group is placed only where neither interval holds the cut.

    Raises
    ------
    CbeError
        For what `tables.validate` finds, an unknown wave, no answers to the two scales.

    Notes
    -----
    Group intervals are t intervals over respondents, so noise of single items is in them; a mean stands only where
    members agree (rwg). A person's interval is score +- z x standard error of measurement, sd x sqrt(1 - alpha), with
    alpha of all respondents: most people cannot be placed by three items. Blame: logit(a note blames someone) =
    ownership + acceptance, district means of the spring before that school year, notes of a district taken as alike.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> tables = samples.state()
    >>> found = quadrants(tables["survey"], tables["corrections"])
    >>> found.table["quadrant"].value_counts()[["owning and accepting", "accepting, not owning"]].to_dict()
    {'owning and accepting': 4, 'accepting, not owning': 3}
    >>> found.blame["term"].tolist()
    ['ownership', 'acceptance']
    """
    columns = (by,) if isinstance(by, str) else tuple(by)
    every = staff_rows(answers, SCALES)
    rows = latest_wave(every, wave)
    table = placed(rows, columns, cut, level, min_n)
    people, noise = _people(rows, columns, cut, level, min_n)
    blame = pd.DataFrame(columns=COLUMNS) if corrections is None else _blame(every, corrections, level)
    notes = (noise, claim("A24").label + ".")
    return Quadrants(table, _text(table, blame, cut), notes, None, people=people, blame=blame, by=columns, cut=cut)


def placed(
    rows: pd.DataFrame,
    by: tuple[str, ...] = ("district_id",),
    cut: float = 3.0,
    level: float = 0.95,
    min_n: int = 10,
) -> pd.DataFrame:
    """Return `.table` of `quadrants` for rows that `staff_rows` has checked."""
    means = group_means(rows, by, level=level, min_n=min_n)
    sides = []
    for scale in SCALES:
        side = means[means["scale"] == scale].drop(columns="scale")
        named = {"estimate": scale, "conf_low": f"{scale}_low", "conf_high": f"{scale}_high"}
        sides.append(side.rename(columns=named))
    table = sides[0].merge(sides[1], on=list(by), how="outer", suffixes=("", "_other"))
    table["n"] = table[["n", "n_other"]].min(axis=1)
    reasons = table[["reason", "reason_other"]].fillna("cannot tell: one scale was not asked")
    table["reason"] = reasons["reason"].where(reasons["reason"] != "", reasons["reason_other"])
    limits = {scale: (table[f"{scale}_low"], table[f"{scale}_high"]) for scale in SCALES}
    table["quadrant"] = quadrant_of(limits, cut)
    unclear = (table["quadrant"] == CANNOT_TELL) & (table["reason"] == "")
    table["reason"] = table["reason"].mask(unclear, f"cannot tell: an interval holds {cut:g}")
    values = [name for scale in SCALES for name in (scale, f"{scale}_low", f"{scale}_high")]
    return table[[*by, "n", *values, "quadrant", "reason"]]


def quadrant_of(limits: dict[str, tuple], cut: float) -> np.ndarray:
    """Name the quadrant where both intervals lie on one side of the cut."""
    high = {scale: np.asarray(low, float) > cut for scale, (low, _) in limits.items()}
    low = {scale: np.asarray(up, float) < cut for scale, (_, up) in limits.items()}
    picked = [
        (high["ownership"] if owns else low["ownership"]) & (high["acceptance"] if accepts else low["acceptance"])
        for owns, accepts in NAMES
    ]
    return np.select(picked, list(NAMES.values()), CANNOT_TELL)


def _people(rows: pd.DataFrame, by: tuple[str, ...], cut: float, level: float, min_n: int) -> tuple[pd.DataFrame, str]:
    """Count people by quadrant in each group, as far as one person's answers can tell; return it with a note."""
    wide = survey.wide(rows)
    kept = survey.scores(wide, group=list(by), min_n=min_n).respondents
    score = kept.pivot_table(index=["respondent", "wave", *by], columns="scale", values="score").reindex(columns=SCALES)
    alpha = survey.reliability(wide).table.query("coefficient == 'cronbach_alpha'").set_index("scale")["estimate"]
    share = alpha.reindex(SCALES).clip(lower=0).astype(float)
    reach = norm.ppf((1 + level) / 2) * score.std() * np.sqrt(1 - share)
    limits = {scale: (score[scale] - reach[scale], score[scale] + reach[scale]) for scale in SCALES}
    known = score.notna().all(axis=1)
    placed = pd.Series(quadrant_of(limits, cut), index=score.index)[known]
    names = [*NAMES.values(), CANNOT_TELL]
    counts = pd.get_dummies(placed).reindex(columns=names, fill_value=False).groupby(level=list(by)).agg("mean")
    n = placed.groupby(level=list(by)).size()
    hidden = n < min_n
    people = counts.astype(float).mask(hidden, axis=0)
    people.insert(0, "n", n.astype("Int64").mask(hidden))
    people["reason"] = np.where(hidden, f"hidden: fewer than {min_n} people", "")
    known = share.map("{:.2f}".format).where(share.notna(), "cannot be told")
    told = ", ".join(f"{scale} {known[scale]}" for scale in SCALES)
    note = f"Reliability (alpha) of one person's score: {told}; a person counts as placed only beyond that noise."
    return people.reset_index(), note


def _blame(answers: pd.DataFrame, corrections: pd.DataFrame, level: float) -> pd.DataFrame:
    notes = tables.validate(corrections, "corrections", complete=True)
    notes = notes.assign(year=school_year(notes["date_noted"]))
    scores = staff_scores(answers, SCALES)
    for scale in SCALES:
        notes = notes.merge(means_before(scores, scale), on=["district_id", "year"], how="left")
    found = clustered(
        notes["blame"].astype("Float64"), notes[list(SCALES)], notes["district_id"], UNITS, level, odds=True
    )
    return found.assign(reason=found["reason"].str.replace("decisions", "notes"))


def _text(table: pd.DataFrame, blame: pd.DataFrame, cut: float) -> str:
    count = table["quadrant"].value_counts()
    text = _one_group(table["quadrant"].iloc[0], cut) if len(table) == 1 else _groups(count, len(table), cut)
    return f"{text} {_blame_text(blame)}".strip()


def _groups(count: pd.Series, groups: int, cut: float) -> str:
    said = (
        _counted(count.get(NAMES[True, True], 0), "owns the change and accepts it", "own the change and accept it"),
        _counted(count.get(NAMES[False, True], 0), "accepts it without owning it", "accept it without owning it"),
        f"{count.get(CANNOT_TELL, 0)} cannot be placed: {UNCLEAR} {cut:g}",
    )
    return f"Of {groups} groups of staff, {said[0]}, {said[1]}, and {said[2]}."


def _counted(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"


def _one_group(quadrant: str, cut: float) -> str:
    if quadrant == CANNOT_TELL:
        return f"The one group of staff cannot be placed: {UNCLEAR} {cut:g}."
    return f"The one group of staff {DOES[quadrant]}."


def _blame_text(blame: pd.DataFrame) -> str:
    if blame.empty:
        return ""
    parts = []
    for term, row in blame.set_index("term").iterrows():
        odds, low, high = np.exp(row[["estimate", "conf_low", "conf_high"]].to_numpy(float))
        if row["reason"]:
            parts.append(f"for {term}: {row['reason']}")
        elif low <= 1 <= high:
            parts.append(f"for {term} no link can be told (odds times {low:.1f} to {high:.1f} a scale point)")
        else:
            parts.append(f"with a point more {term}, the odds of blame are {odds:.2f} times ({low:.2f} to {high:.2f})")
    return f"Blame in notes of problems: {'; '.join(parts)}. This is what goes together, not what brings it about."
