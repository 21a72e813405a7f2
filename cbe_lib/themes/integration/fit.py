"""A fit card: will, resources and helper capacity, none of which makes up for another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from cbe_lib.errors import CbeError, some, unknown_name
from cbe_lib.framework import claim
from cbe_lib.results import Result

FACTORS = {
    "will": {
        "commitment": "Board and leaders have committed in writing, for several years",
        "daring": "Leaders have taken a risk for this before, and speak of what went wrong",
        "voices": "Staff, students and families were asked, and want it",
    },
    "resources": {
        "time": "Staff have paid time for it every week",
        "money": "Money for several years, from a named source",
        "people": "It is somebody's job, and the post is filled",
    },
    "helper capacity": {
        "craft": "The helpers have done this elsewhere, and can show what came of it",
        "creativity": "They change what they do when it does not fit, and can show where they did",
        "cooperation": "They work openly with other helpers and share their tools",
        "days": "They have people and days for this district until the dip is past",
    },
}
LEVELS = ("nothing", "talked of", "begun", "in place")


@dataclass(frozen=True, repr=False)
class FitCard(Result):
    """Where district and helpers fit the change, and what is missing: see `fit_card`.

    Attributes
    ----------
    factors : DataFrame
        factor, level (its lowest question), needed, fits, weakest: a row for each of the three factors.
    fits : bool
        Whether all three do.
    """

    factors: pd.DataFrame
    fits: bool


def fit_card(given: Mapping[str, tuple[int, str]], *, needed: int = 2) -> FitCard:
    """Are will, resources and helper capacity all there, and what is missing?

    A factor is as strong as its weakest question, and a card as its weakest factor: no money makes up for missing
    will. What is said without evidence counts as nothing.

    Parameters
    ----------
    given : mapping
        {question: (level, evidence)} with the questions of `FACTORS`; levels: 0 nothing, 1 talked of, 2 begun, 3 in
        place; evidence in a few words: a document, a date, who was seen doing what. Leave out what is not known.
    needed : int, 1 to 3
        Level that every question needs.

    Returns
    -------
    FitCard
        `.table`: factor, question, asks, level, evidence, counts (the level that counts), missing ("", "not answered",
        "no evidence", or "only talked of" and the like). `.factors`, `.fits`.

    Raises
    ------
    CbeError
        For a question that is not known, a level outside 0 to 3, several at once.

    Examples
    --------
    >>> card = fit_card({"commitment": (3, "board vote of May 2014"), "money": (2, "grant to 2017"), "daring": (3, "")})
    >>> card.fits
    False
    >>> card.table.loc[card.table["missing"] == "no evidence", "question"].tolist()
    ['daring']
    """
    _check(given, needed)
    rows = [
        (factor, question, asks, *_counted(given.get(question), needed))
        for factor, questions in FACTORS.items()
        for question, asks in questions.items()
    ]
    columns = ["factor", "question", "asks", "level", "evidence", "counts", "missing"]
    table = pd.DataFrame(rows, columns=columns).astype({"level": "Int64"})
    weakest = table.loc[table.groupby("factor", sort=False)["counts"].idxmin()]
    factors = pd.DataFrame(
        {
            "factor": weakest["factor"],
            "level": weakest["counts"],
            "needed": needed,
            "fits": weakest["counts"] >= needed,
            "weakest": weakest["question"],
        }
    ).reset_index(drop=True)
    notes = (
        claim("B17").label + ".",
        f"Levels: {', '.join(f'{place} {name}' for place, name in enumerate(LEVELS))}. Needed: {needed}, a choice.",
        "One card is one group's view: fill it in apart, then compare.",
    )
    fits = bool(factors["fits"].all())
    return FitCard(table, _text(table, factors, needed), notes, None, factors=factors, fits=fits)


def _check(given: Mapping[str, tuple[int, str]], needed: int) -> None:
    known = [question for questions in FACTORS.values() for question in questions]
    for question in given:
        if question not in known:
            raise unknown_name("question of the fit card", question, known)
    bad = [f"{question}={answer!r}" for question, answer in given.items() if not _legal(answer)]
    bad += [] if isinstance(needed, int) and needed in (1, 2, 3) else [f"needed={needed!r}"]
    if bad:
        raise CbeError.build(
            "Some answers of the fit card cannot be used",
            found=f"Found {some(bad, 12)}",
            advice="Give (level, evidence): a level of 0, 1, 2 or 3, and a text; `needed` is 1, 2 or 3",
        )


def _legal(answer: object) -> bool:
    if not isinstance(answer, tuple) or len(answer) != 2:
        return False
    level, evidence = answer
    return isinstance(level, int) and not isinstance(level, bool) and 0 <= level <= 3 and isinstance(evidence, str)


def _counted(answer: tuple[int, str] | None, needed: int) -> tuple[int | None, str, int, str]:
    """Return level, evidence, the level that counts, and what is missing."""
    if answer is None:
        return None, "", 0, "not answered"
    level, evidence = answer[0], answer[1].strip()
    if level and not evidence:
        return level, "", 0, "no evidence"
    return level, evidence, level, "" if level >= needed else f"only {LEVELS[level]}" if level else LEVELS[0]


def _text(table: pd.DataFrame, factors: pd.DataFrame, needed: int) -> str:
    if factors["fits"].all():
        return (
            f"Will, resources and helper capacity all reach level {needed} ({LEVELS[needed]}) with evidence for every "
            "question. That is the place to start from, not a promise; ask again before each phase."
        )
    short = factors.loc[~factors["fits"], "factor"].tolist()
    gaps = table[table["missing"] != ""]
    mean = float(table["counts"].mean())
    hidden = f" A mean of {mean:.1f} would have hidden it." if mean >= needed else ""
    listed = some(
        [f"{question} ({missing})" for question, missing in zip(gaps["question"], gaps["missing"], strict=True)]
    )
    return (
        f"Not yet: {' and '.join(short)} fall{'s' if len(short) == 1 else ''} short, and strength elsewhere does not "
        f"make up for it.{hidden} Missing: {listed}."
    )
