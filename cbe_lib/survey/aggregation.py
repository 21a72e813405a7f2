"""May a group be given one mean: do its members agree, and do groups differ?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pandas as pd

from cbe_lib.survey import within
from cbe_lib.survey.result import Aggregation
from cbe_lib.survey.scoring import Scored, read

HIDDEN = "Fewer than {min_n} members with a score: hidden, so that nobody can be recognized."
DISAGREE = (
    "Members differ too much for one mean to speak for them (rwg {rwg:.2f}, against a leaning null {skewed:.2f})."
)
ALIKE = "Groups do not differ beyond chance (p = {p:.2f}), so a mean of the group says no more than the mean of all."
NOISY = "The mean of a group is too noisy (ICC(2) {icc2:.2f})."
MEASURES = ["n", "mean", "sd", "rwg_j", "rwg_j_skewed", "icc1", "icc2", "justified", "reason"]
SIGNIFICANT = 0.05


def aggregation(
    answers: pd.DataFrame,
    *,
    group: str | Iterable[str] = "school_id",
    scales: Mapping[str, Iterable[str]] | None = None,
    reverse: Iterable[str] = (),
    low: float | None = None,
    high: float | None = None,
    min_n: int = 10,
    min_rwg: float = 0.70,
    min_rwg_skewed: float = 0.50,
    min_icc2: float = 0.60,
) -> Aggregation:
    """Do the members of a group agree enough, and groups differ enough, for a mean to speak for the group?

    A school where half the staff feel safe and half do not has a mean that describes nobody.

    Parameters
    ----------
    answers : DataFrame
        Wide (a row a respondent) or long (respondent, item_id, answer).
    group : str or sequence of str
        Columns that name a group: "school_id", "role", ["school_id", "role"].
    scales, reverse, low, high
        As for `reliability`; the ends must be known.
    min_n : int
        Groups with fewer scores are hidden.
    min_rwg, min_rwg_skewed : float, 0 to 1
        Least agreement within a group, against answers all equally likely, and against answers that lean to agreement.
    min_icc2 : float, 0 to 1
        Least reliability of the group means.

    Returns
    -------
    Aggregation
        `.table`: scale, the columns of `group`, n, mean, sd, rwg_j, rwg_j_skewed, icc1, icc2 (of the scale, over all
        groups), justified (a group mean may be told), reason (why not).

    Raises
    ------
    CbeError
        For missing columns, answers outside the ends, ends that are not known.

    Notes
    -----
    rwg_j = J (1 - s2/v) / (J (1 - s2/v) + s2/v) for J items with mean variance s2 and null variance v (James, Demaree
    and Wolf 1984); 0 where s2 > v. ICC(1) and ICC(2) by one-way analysis of variance (Bliese 2000). A mean is justified
    where n, both rwg and ICC(2) reach their least values and groups differ at p < 0.05. The usual .70 for rwg is a
    convention, not a test; answers lean to agreement, so the uniform null alone overstates it.

    References
    ----------
    James, L. R., Demaree, R. G. and Wolf, G. (1984). Estimating within-group interrater reliability with and without
    response bias. Journal of Applied Psychology, 69, 85-98.
    Bliese, P. D. (2000). Within-group agreement, non-independence, and reliability. In Klein and Kozlowski (eds.).
    LeBreton, J. M. and Senter, J. L. (2008). Answers to 20 questions about interrater reliability and interrater
    agreement. Organizational Research Methods, 11, 815-852.

    Examples
    --------
    >>> import pandas as pd
    >>> from cbe_lib import survey
    >>> low, high = {"a": 2, "b": 2}, {"a": 4, "b": 5}
    >>> people = pd.DataFrame([{"school_id": "Oak", **low}, {"school_id": "Elm", **high}] * 10)
    >>> found = survey.aggregation(people, scales={"safety": ["a", "b"]}, low=1, high=5)
    >>> found.table[["school_id", "n", "mean", "rwg_j", "justified"]].to_dict("split")["data"]
    [['Elm', 10, 4.5, 1.0, True], ['Oak', 10, 2.0, 1.0, True]]
    """
    frame, columns, scored = read(answers, group, scales, reverse, low, high)
    limits = {"min_n": min_n, "min_rwg": min_rwg, "min_rwg_skewed": min_rwg_skewed, "min_icc2": min_icc2}
    table = aggregated(frame, columns, scored, **limits)
    return Aggregation(table, _text(table), _notes(frame, columns), None, group=columns)


def aggregated(
    frame: pd.DataFrame,
    columns: tuple[str, ...],
    scored: list[Scored],
    *,
    min_n: int,
    min_rwg: float,
    min_rwg_skewed: float,
    min_icc2: float,
) -> pd.DataFrame:
    """Return the table of `aggregation` for answers that were read before."""
    place, labels = places(frame, columns)
    rows = []
    for each in scored:
        overall = within.between(each.score, place)
        for number, label, items, score in _members(each, place, labels):
            measured = _measured(items, score, each)
            reason = (
                HIDDEN.format(min_n=min_n)
                if number < min_n
                else _against(measured, overall, min_rwg, min_rwg_skewed, min_icc2)
            )
            shown = measured if number >= min_n else dict.fromkeys(measured, float("nan"))
            icc = {"icc1": overall.icc1, "icc2": overall.icc2}
            row = {"scale": each.block.scale, **dict(zip(columns, label, strict=True)), "n": number, **shown, **icc}
            rows.append({**row, "justified": not reason, "reason": reason})
    return pd.DataFrame(rows, columns=["scale", *columns, *MEASURES])


def places(frame: pd.DataFrame, columns: tuple[str, ...]) -> tuple[np.ndarray, list[tuple]]:
    """Number the groups in sorted order, -1 where a label is missing; return the labels beside."""
    keys = frame[list(columns)]
    place = keys.groupby(list(columns), observed=True, sort=True).ngroup().to_numpy()
    place = np.where(keys.isna().any(axis=1), -1, place)
    first = np.unique(place, return_index=True)[1][int((place < 0).any()) :]
    return place, [tuple(keys.iloc[row]) for row in first]


def _members(
    each: Scored, place: np.ndarray, labels: list[tuple]
) -> Iterator[tuple[int, tuple, np.ndarray, np.ndarray]]:
    for number, label in enumerate(labels):
        here = (place == number) & ~np.isnan(each.score)
        if (place == number).any() and (each.asked[place == number] > 0).any():
            yield int(here.sum()), label, each.items[here], each.score[here]


def _measured(items: np.ndarray, score: np.ndarray, each: Scored) -> dict[str, float]:
    answers = round((each.block.high or 0.0) - (each.block.low or 0.0)) + 1
    return {
        "mean": float(score.mean()) if score.size else float("nan"),
        "sd": float(score.std(ddof=1)) if score.size > 1 else float("nan"),
        "rwg_j": within.rwg(items, within.uniform_variance(answers)),
        "rwg_j_skewed": within.rwg(items, within.skewed_variance(answers)),
    }


def _against(
    measured: dict[str, float], overall: within.Between, min_rwg: float, min_rwg_skewed: float, min_icc2: float
) -> str:
    """Say what speaks against a group mean; nothing if it is justified."""
    if not (measured["rwg_j"] >= min_rwg and measured["rwg_j_skewed"] >= min_rwg_skewed):
        return DISAGREE.format(rwg=measured["rwg_j"], skewed=measured["rwg_j_skewed"])
    if overall.reason:
        return overall.reason
    if overall.p_value >= SIGNIFICANT:
        return ALIKE.format(p=overall.p_value)
    return "" if overall.icc2 >= min_icc2 else NOISY.format(icc2=overall.icc2)


def _notes(frame: pd.DataFrame, columns: tuple[str, ...]) -> tuple[str, ...]:
    missing = int(frame[list(columns)].isna().any(axis=1).sum())
    return (f"{missing} respondents without {' or '.join(columns)} left out.",) if missing else ()


def _text(table: pd.DataFrame) -> str:
    if table.empty:
        return "Cannot tell: no group has an answer."
    fine = int(table["justified"].sum())
    return (
        f"A mean may be told for {fine} of {len(table)} groups and scales. For the others the reason stands beside: "
        "members who disagree, groups that do not differ, or too few answers. A mean that nobody in the group would "
        "recognize is worse than none."
    )
