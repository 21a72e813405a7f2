"""Agency and instruction: what students may choose, whether teaching fits the principles, and what is assessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cbe_lib.errors import CbeError, require_columns, require_rows, some, unknown_name
from cbe_lib.results import Result

__all__ = [
    "AssessmentBalance",
    "Coherence",
    "Permissions",
    "assessment_balance",
    "coherence",
    "permissions",
]

FITS = (-1, 0, 1)
CHOICES = ("not allowed", "on request", "student decides")
PURPOSES = ("to learn from", "to move on", "to report")
BALANCE = {"to learn from": (0.4, 0.8), "to move on": (0.15, 0.45), "to report": (0.0, 0.25)}


@dataclass(frozen=True, repr=False)
class Coherence(Result):
    """Which principles practices carry and which contradict them: see `coherence`.

    Attributes
    ----------
    grid : DataFrame
        One row a principle, one column a practice: median fit of its raters.
    """

    grid: pd.DataFrame


@dataclass(frozen=True, repr=False)
class AssessmentBalance(Result):
    """What time for assessment is spent on: see `assessment_balance`."""


@dataclass(frozen=True, repr=False)
class Permissions(Result):
    """What policies let students choose: see `permissions`.

    Attributes
    ----------
    matrix : DataFrame
        One row an area, one column a policy.
    """

    matrix: pd.DataFrame


def coherence(ratings: pd.DataFrame) -> Coherence:
    """Do the parts of the teaching approach fit its principles?

    Parameters
    ----------
    ratings : DataFrame
        principle, practice, fit: -1 works against, 0 has no bearing, 1 carries it. Several raters are several rows.

    Returns
    -------
    Coherence
        `.table`: principle, carried_by, against, disputed (practices whose raters disagree in sign), status. Status is
        "carried", "not carried" or "contradicted": one practice against it is enough, whatever the others do.

    Raises
    ------
    CbeError
        For missing columns or a fit that is not -1, 0 or 1.

    Examples
    --------
    >>> import pandas as pd
    >>> ratings = pd.DataFrame({"principle": "errors teach", "practice": ["retakes", "zeros"], "fit": [1, -1]})
    >>> coherence(ratings).table["status"].tolist()
    ['contradicted']
    """
    frame = require_rows(require_columns(ratings, ["principle", "practice", "fit"], "ratings"), "ratings").dropna(
        subset=["fit"]
    )
    wrong = frame[~frame["fit"].isin(FITS)]
    if len(wrong):
        raise CbeError.build(
            f"Column 'fit' of `ratings` must be -1, 0 or 1 in {len(wrong)} rows (index {some(wrong.index)})",
            found=f"Found {some(map(repr, wrong['fit'].unique().tolist()))}",
        )
    by = frame.groupby(["principle", "practice"], sort=False)["fit"].agg(["min", "max", "median"]).reset_index()
    rows = [_principle(str(name), group) for name, group in by.groupby("principle", sort=False)]
    table = pd.DataFrame(rows, columns=["principle", "carried_by", "against", "disputed", "status"])
    counts = table["status"].value_counts()
    text = (
        f"Of {len(table)} principles, {counts.get('carried', 0)} are carried by a practice and contradicted by none, "
        f"{counts.get('contradicted', 0)} are contradicted by at least one, and {counts.get('not carried', 0)} are "
        "carried by none. One practice against a principle is not made up for by another that carries it."
    )
    grid = by.pivot(index="principle", columns="practice", values="median")
    grid = grid.reindex(index=by["principle"].drop_duplicates(), columns=by["practice"].drop_duplicates())
    return Coherence(table, text, (), None, grid=grid)


def _principle(name: str, group: pd.DataFrame) -> tuple[str, str, str, str, str]:
    disputed = group[(group["min"] < 0) & (group["max"] > 0)]["practice"]
    carried, against = group[group["median"] > 0]["practice"], group[group["median"] < 0]["practice"]
    status = "contradicted" if len(against) else "carried" if len(carried) else "not carried"
    return name, "; ".join(carried), "; ".join(against), "; ".join(disputed), status


def assessment_balance(
    assessments: pd.DataFrame, *, norms: Mapping[str, tuple[float, float]] | None = None
) -> AssessmentBalance:
    """Is time for assessment spent to learn from, to move on, or only to report?

    Parameters
    ----------
    assessments : DataFrame
        name, purpose ("to learn from", "to move on", "to report") and minutes a student a year.
    norms : mapping, optional
        {purpose: (lowest, highest share)}; ours are a starting point for a talk, not a finding of research.

    Returns
    -------
    AssessmentBalance
        `.table`: purpose, minutes, share, low, high, status ("within", "below", "above").

    Raises
    ------
    CbeError
        For missing columns, an unknown purpose, minutes below 0 or none at all.

    Examples
    --------
    >>> import pandas as pd
    >>> given = {"name": ["state", "quiz"], "purpose": ["to report", "to learn from"], "minutes": [60, 40]}
    >>> assessment_balance(pd.DataFrame(given)).table["status"].tolist()
    ['within', 'below', 'above']
    """
    frame = require_rows(require_columns(assessments, ["name", "purpose", "minutes"], "assessments"), "assessments")
    for purpose in frame["purpose"]:
        if purpose not in PURPOSES:
            raise unknown_name("purpose of assessment", purpose, PURPOSES)
    minutes = pd.to_numeric(frame["minutes"], errors="coerce")
    if minutes.isna().any() or (minutes < 0).any() or minutes.sum() == 0:
        raise CbeError.build("Column 'minutes' of `assessments` needs numbers, 0 or more, and some above 0")
    limits = dict(BALANCE if norms is None else norms)
    spent = minutes.groupby(frame["purpose"]).sum().reindex(PURPOSES, fill_value=0.0)
    shares = spent / spent.sum()
    rows = [(each, float(spent[each]), float(shares[each]), *limits.get(each, (0.0, 1.0))) for each in PURPOSES]
    table = pd.DataFrame(rows, columns=["purpose", "minutes", "share", "low", "high"])
    table["status"] = np.select(
        [table["share"] < table["low"], table["share"] > table["high"]], ["below", "above"], "within"
    )
    text = (
        f"Of {spent.sum():,.0f} minutes of assessment a year, {shares.iloc[0]:.0%} are to learn from, "
        f"{shares.iloc[1]:.0%} to move on and {shares.iloc[2]:.0%} to report. The limits shown are a starting "
        "point for a talk, not a finding of research."
    )
    return AssessmentBalance(table, text, (), None)


def permissions(policies: pd.DataFrame) -> Permissions:
    """What do written policies let students choose, and do they agree with each other?

    Parameters
    ----------
    policies : DataFrame
        policy, area (for instance pace, topic, place, partner, how to show it) and allows ("not allowed", "on request",
        "student decides").

    Returns
    -------
    Permissions
        `.table`: area, lowest, highest, policies, status ("open", "on request", "closed", "policies disagree").

    Raises
    ------
    CbeError
        For missing columns, an unknown word in allows, or one policy that says two things about an area.

    Examples
    --------
    >>> import pandas as pd
    >>> rules = pd.DataFrame({"policy": ["P1", "P2"], "area": "pace", "allows": ["student decides", "not allowed"]})
    >>> permissions(rules).table["status"].tolist()
    ['policies disagree']
    """
    frame = require_rows(require_columns(policies, ["policy", "area", "allows"], "policies"), "policies")
    for word in frame["allows"]:
        if word not in CHOICES:
            raise unknown_name("permission", word, CHOICES)
    twice = frame[frame.duplicated(["policy", "area"])]
    if len(twice):
        pairs = [f"{row.policy} on {row.area}" for row in twice.itertuples()]
        raise CbeError.build(f"Listed twice: {some(pairs)}", advice="Keep one row for each policy and area")
    rank = frame["allows"].map(CHOICES.index)
    by = rank.groupby(frame["area"], sort=False).agg(["min", "max", "size"])
    rows = [(area, CHOICES[int(row["min"])], CHOICES[int(row["max"])], int(row["size"])) for area, row in by.iterrows()]
    table = pd.DataFrame(rows, columns=["area", "lowest", "highest", "policies"])
    named = dict(zip(CHOICES, ("closed", "on request", "open"), strict=True))
    table["status"] = np.where(table["lowest"] == table["highest"], table["lowest"].map(named), "policies disagree")
    apart = table.loc[table["status"] == "policies disagree", "area"]
    text = (
        f"Students decide in {int((table['status'] == 'open').sum())} of {len(table)} areas. "
        + (
            f"Policies contradict each other on {some(apart)}. "
            if len(apart)
            else "No two policies contradict each other. "
        )
        + "What is written may differ from what is done: ask students."
    )
    return Permissions(table, text, (), None, matrix=frame.pivot(index="area", columns="policy", values="allows"))
