"""The exercise on ruling by principle: dilemmas, rulings of people, and whether they would rule alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from cbe_lib import rubric
from cbe_lib.errors import CbeError, closest, require_columns, rows_of, some
from cbe_lib.framework.checking import Checked
from cbe_lib.results import Result

RULINGS = ("do it", "do it for a limited time", "not as it stands", "do not do it")
"""What may be ruled, from yes to no."""


@dataclass(frozen=True)
class Dilemma:
    """One case to rule on: id, title, story, and what pulls on either side."""

    id: str
    title: str
    story: str
    at_stake: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Rulings(Result):
    """Rulings of people on dilemmas: see `rulings`.

    Attributes
    ----------
    agreement : Agreement
        All coefficients, credit given for near rulings.
    principles : DataFrame
        dilemma_id, principle_id, share: which principle people say decided it; no rows where nobody said so.
    """

    agreement: rubric.Agreement
    principles: pd.DataFrame


@cache
def _dilemmas() -> tuple[Dilemma, ...]:
    file = Checked(Path(__file__).with_name("dilemmas.toml"))
    found = []
    for each in file.tables(file.top, "dilemma", "file"):
        name, title, story = (file.text(each, key, "dilemma") for key in ("id", "title", "story"))
        found.append(Dilemma(name, title, story, file.texts(each, "at_stake", "dilemma")))
    file.raise_problems()
    return tuple(found)


def dilemmas() -> pd.DataFrame:
    """Which cases does the exercise offer to rule on?

    Returns
    -------
    DataFrame
        id, title, story, at_stake: a row for each case, invented for the exercise.

    Examples
    --------
    >>> dilemmas()["title"].tolist()[:3]
    ['The late bus', 'The honor roll', 'The third retake']
    """
    rows = [{**asdict(each), "at_stake": "; ".join(each.at_stake)} for each in _dilemmas()]
    return pd.DataFrame(rows)


def rulings(
    made: pd.DataFrame, *, cases: Iterable[str] | None = None, principles: Iterable[str] = (), level: float = 0.95
) -> Rulings:
    """Would people who apply the same principles to the same case rule alike?

    Rulings that differ show where a principle is read in different ways, or where two of them pull apart. That is what
    the talk is for; agreement alone is no proof that a ruling is right.

    Parameters
    ----------
    made : DataFrame
        dilemma_id, person_id, ruling (one of `RULINGS`), and if known principle_id (the one that decided).
    cases : iterable of str, optional
        Ids that may be ruled on; those of `dilemmas` if left out.
    principles : iterable of str
        Names that may stand in principle_id; any if left out.
    level : float, between 0 and 1
        Coverage of the intervals.

    Returns
    -------
    Rulings
        `.table`: dilemma_id, n (rulings), most (the ruling given most often), share, reason. Persons are not named.
        `.agreement`, `.principles`: see there.

    Raises
    ------
    CbeError
        For unknown dilemmas, rulings or principles, and for a person who rules twice on a case, all told at once.

    Notes
    -----
    Agreement by `rubric.agreement` with linear credit over the four rulings; krippendorff_alpha is quoted, as people
    may skip cases.

    Examples
    --------
    >>> made = pd.DataFrame(
    ...     {
    ...         "dilemma_id": ["late-bus", "late-bus", "honor-roll", "honor-roll"],
    ...         "person_id": ["a", "b", "a", "b"],
    ...         "ruling": ["do it", "do it", "do not do it", "not as it stands"],
    ...     }
    ... )
    >>> rulings(made).table[["dilemma_id", "most", "share"]].to_dict("split")["data"]
    [['honor-roll', 'split', 0.5], ['late-bus', 'do it', 1.0]]
    """
    known = [each.id for each in _dilemmas()] if cases is None else list(cases)
    frame = _checked(made, known, list(principles))
    agreement = rubric.agreement(
        frame,
        unit="dilemma_id",
        rater="person_id",
        rating="ruling",
        levels=list(RULINGS),
        weights="linear",
        level=level,
    )
    table = pd.DataFrame([_case(case, part["ruling"]) for case, part in frame.groupby("dilemma_id")])
    said = frame.dropna(subset=["principle_id"])
    share = said.groupby("dilemma_id")["principle_id"].value_counts(normalize=True).rename("share").reset_index()
    alpha = agreement.table[agreement.table["coefficient"] == "krippendorff_alpha"].iloc[0]
    notes = ("The shares are those of the people who took part, and of nobody else.",)
    return Rulings(table, _text(table, alpha, level), notes, None, agreement=agreement, principles=share)


def _checked(made: pd.DataFrame, cases: list[str], principles: list[str]) -> pd.DataFrame:
    frame = require_columns(made, ["dilemma_id", "person_id", "ruling"], "made")
    if frame.empty:
        raise CbeError.build("There are no rulings yet", advice="Pass a row for each person and case")
    frame = frame.assign(principle_id=frame["principle_id"] if "principle_id" in frame.columns else None)
    problems = []
    for column, known in (("dilemma_id", cases), ("ruling", list(RULINGS)), ("principle_id", principles)):
        bad = ~frame[column].isin(known) & (frame[column].notna() | (column != "principle_id"))
        if known and bad.any():
            names = list(frame.loc[bad, column].unique())
            near = closest(names[0], known)
            hint = f"; did you mean {near!r}?" if near else ""
            problems.append(f"unknown {column} {some(map(repr, names))} in {rows_of(frame, bad)}{hint}")
    again = frame.duplicated(["dilemma_id", "person_id"], keep=False)
    if again.any():
        problems.append(f"one person rules twice on a case in {rows_of(frame, again)}")
    if problems:
        raise CbeError.build(
            "The rulings cannot be used as they are", found="; ".join(problems), advice=f"Rulings: {', '.join(RULINGS)}"
        )
    return frame


def _case(case: object, given: pd.Series) -> dict:
    share = given.value_counts(normalize=True)
    tied = int((share == share.max()).sum()) > 1
    return {
        "dilemma_id": case,
        "n": len(given),
        "most": "split" if tied else share.index[0],
        "share": float(share.max()),
        "reason": "only one person ruled" if len(given) == 1 else "",
    }


def _text(table: pd.DataFrame, alpha: pd.Series, level: float) -> str:
    known = table[table["reason"] == ""]
    if known.empty or pd.isna(alpha["estimate"]):
        return "Cannot tell whether people would rule alike: no two of them ruled on enough of the same cases."
    apart = known.sort_values("share").iloc[0]
    return (
        f"On {len(known)} cases, agreement beyond chance is {alpha['estimate']:.2f} ({level:.0%} interval "
        f"{alpha['conf_low']:.2f} to {alpha['conf_high']:.2f}; 1 is full agreement). People differ most on "
        f"{apart['dilemma_id']!r}: talk about that one first. With so few cases the number is rough, and to "
        "agree is not to be right."
    )
