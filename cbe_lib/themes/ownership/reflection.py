"""Does everyone reflect on their part, how often, and do two people read the answers alike?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cbe_lib import privacy, rubric, tables
from cbe_lib.errors import CbeError, require_rows, rows_of
from cbe_lib.results import Result
from cbe_lib.themes.group_means import exact_limits

BY = ["district_id", "role"]
FACTS = ["district_id", "date", "role", "invited", "completed"]
COUNTS = ["invited", "completed", "estimate", "conf_low", "conf_high"]
TENTATIVE, TOO_LOW = 0.67, 0.4
JUDGED = "krippendorff_alpha"


@dataclass(frozen=True, repr=False)
class Reflection(Result):
    """Who reflected, how steadily, and on what: see `reflection`.

    Attributes
    ----------
    cadence : DataFrame
        district_id, role, rounds, first, last, longest_gap (days between rounds), too_long.
    themes : DataFrame
        theme, rounds (that all coders gave this theme), share of the agreed rounds.
    agreement : Agreement
        Of the coders on the themes: see `cbe_lib.rubric.agreement`; None with fewer than two coders.
    """

    cadence: pd.DataFrame
    themes: pd.DataFrame
    agreement: rubric.Agreement | None


def reflection(
    reflections: pd.DataFrame, *, most_days: float = 240, level: float = 0.95, min_n: int = 10
) -> Reflection:
    """Do all roles reflect on their part, month by month, without long silences, and do coders read them alike?

    Parameters
    ----------
    reflections : DataFrame
        Table `reflections`: a row for each round and coder.
    most_days : float, days above 0
        A longer silence between two rounds of one role is too long.
    level : float, between 0 and 1
        Coverage of the intervals.
    min_n : int
        Rounds to which fewer people were invited are hidden.

    Returns
    -------
    Reflection
        `.table`: district_id, role, month, invited, completed, estimate (share), conf_low, conf_high, reason.
        `.cadence`, `.themes` and `.agreement` tell the rest.

    Raises
    ------
    CbeError
        For what `tables.validate` finds, more who completed than were invited, coders whose rows of a round differ.

    Notes
    -----
    Exact (Clopper-Pearson) intervals, as if people answered each for themselves. Themes count only where all coders
    agree; below an alpha of 0.67 they are tentative, below 0.4 they are not told.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> found = reflection(samples.state()["reflections"])
    >>> found.table[["role", "month", "invited", "completed"]].head(1).to_dict("split")["data"]
    [['family', '2012-10', 40, 33]]
    >>> found.agreement.raters
    2
    """
    if not most_days > 0:
        raise CbeError.build("`most_days` must be above 0", found=f"Found {most_days!r}")
    rows = require_rows(tables.validate(reflections, "reflections", complete=True), "reflections")
    _refuse_impossible(rows)
    rounds = rows.drop_duplicates("reflection_id")
    table = _completion(rounds, level, min_n)
    cadence = _cadence(rounds, most_days)
    agreement, notes = _agreement(rows, level)
    themes = _themes(rows, agreement)
    text = _text(table, cadence, themes, agreement, most_days)
    return Reflection(table, text, notes, None, cadence=cadence, themes=themes, agreement=agreement)


def _refuse_impossible(rows: pd.DataFrame) -> None:
    """Raise one error for all rows with more answers than people, or that contradict another coder's row."""
    many = (rows["completed"] > rows["invited"]).fillna(False).astype(bool)
    facts = rows[FACTS].astype("str").agg("|".join, axis=1)
    unlike = facts.groupby(rows["reflection_id"]).transform("nunique") > 1
    told = [
        f"{problem} in {rows_of(rows, bad)}"
        for problem, bad in (("completed is above invited", many), ("coders of one round give other facts", unlike))
        if bad.any()
    ]
    if told:
        raise CbeError.build(
            "`reflections` cannot be used as it is", found="; ".join(told), advice="Correct these rows"
        )


def _completion(rounds: pd.DataFrame, level: float, min_n: int) -> pd.DataFrame:
    by = [*BY, "month"]
    known = rounds.dropna(subset=["invited", "completed"]).assign(month=rounds["date"].dt.strftime("%Y-%m"))
    table = known.groupby(by)[["invited", "completed"]].sum().reset_index()
    asked, done = table["invited"].astype(float), table["completed"].astype(float)
    low, high = exact_limits(done.where(asked > 0), asked.where(asked > 0), level)
    table = table.assign(estimate=done / asked.where(asked > 0), conf_low=low, conf_high=high)
    safe = privacy.suppress(table[[*by, "invited"]], by=by, count="invited", min_n=min_n).table
    hidden = pd.Series(safe["invited"].isna().to_numpy(), index=table.index)
    table["reason"] = np.where(
        hidden,
        f"hidden: fewer than {min_n} people invited, or shows such a round",
        np.where(asked > 0, "", "cannot tell: nobody was invited"),
    )
    table[COUNTS] = table[COUNTS].mask(hidden)
    return table[[*by, *COUNTS, "reason"]]


def _cadence(rounds: pd.DataFrame, most_days: float) -> pd.DataFrame:
    ordered = rounds.sort_values("date", kind="stable")
    gap = ordered.groupby(BY)["date"].diff().dt.days
    by = ordered.assign(gap=gap).groupby(BY)
    table = by.agg(rounds=("date", "size"), first=("date", "min"), last=("date", "max"), longest_gap=("gap", "max"))
    return table.assign(too_long=table["longest_gap"] > most_days).reset_index()


def _agreement(rows: pd.DataFrame, level: float) -> tuple[rubric.Agreement | None, tuple[str, ...]]:
    coded = rows.dropna(subset=["coder", "theme"])
    if coded["coder"].nunique() < 2:
        return None, (
            "Themes were coded by fewer than two people, so nobody can tell whether they would be read alike.",
        )
    found = rubric.agreement(
        coded,
        unit="reflection_id",
        rater="coder",
        rating="theme",
        levels=sorted(coded["theme"].unique()),
        weights="identity",
        level=level,
    )
    return found, found.notes


def _themes(rows: pd.DataFrame, agreement: rubric.Agreement | None) -> pd.DataFrame:
    by = rows.dropna(subset=["coder", "theme"]).groupby("reflection_id")["theme"].agg(["nunique", "size", "first"])
    agreed = by[(by["nunique"] == 1) & (by["size"] > 1)]["first"].value_counts()
    themes = pd.DataFrame({"theme": agreed.index, "rounds": agreed.to_numpy()})
    themes["share"] = themes["rounds"] / max(themes["rounds"].sum(), 1)
    alpha = _alpha(agreement)
    return themes if alpha >= TOO_LOW else themes.iloc[:0]


def _alpha(agreement: rubric.Agreement | None) -> float:
    if agreement is None:
        return float("nan")
    return float(agreement.table.set_index("coefficient")["estimate"].loc[JUDGED])


def _text(
    table: pd.DataFrame,
    cadence: pd.DataFrame,
    themes: pd.DataFrame,
    agreement: rubric.Agreement | None,
    most_days: float,
) -> str:
    shown = table.dropna(subset=["estimate"])
    if shown.empty:
        return "Cannot tell how many reflect: no round with enough people says who was invited and who answered."
    by = shown.groupby("role")[["completed", "invited"]].sum().astype(float)
    share = (by["completed"] / by["invited"]).sort_values()
    text = (
        f"{share.index[0].capitalize()} rounds were completed least ({share.iloc[0]:.0%}), {share.index[-1]} rounds "
        f"most ({share.iloc[-1]:.0%}). {int(cadence['too_long'].sum())} of {len(cadence)} roles fell silent for more "
        f"than {most_days:g} days."
    )
    return f"{text} {_theme_text(themes, _alpha(agreement))}"


def _theme_text(themes: pd.DataFrame, alpha: float) -> str:
    if np.isnan(alpha):
        return "What they said cannot be told: two coders are needed to see whether the themes are read alike."
    if themes.empty:
        return f"Coders read the answers so differently (alpha {alpha:.2f}) that no theme is reported."
    hedge = "" if alpha >= TENTATIVE else ", so this is tentative"
    return f"The commonest agreed theme is {themes['theme'].iloc[0]} (agreement of coders: alpha {alpha:.2f}{hedge})."
