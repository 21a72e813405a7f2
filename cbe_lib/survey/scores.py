"""Where does each group stand on each scale, if a mean may speak for it at all?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from cbe_lib.survey.aggregation import aggregated
from cbe_lib.survey.reliability import check_level
from cbe_lib.survey.result import Scores
from cbe_lib.survey.scoring import read, respondents


def scores(
    answers: pd.DataFrame,
    *,
    group: str | Iterable[str] = "school_id",
    scales: Mapping[str, Iterable[str]] | None = None,
    reverse: Iterable[str] = (),
    low: float | None = None,
    high: float | None = None,
    level: float = 0.95,
    min_n: int = 10,
    min_rwg: float = 0.70,
    min_rwg_skewed: float = 0.50,
    min_icc2: float = 0.60,
) -> Scores:
    """Where does each school, role or wave stand on each scale, and how sure is that?

    Parameters
    ----------
    answers, group, scales, reverse, low, high, min_n, min_rwg, min_rwg_skewed, min_icc2
        As for `aggregation`, which decides whether a group may be given a mean.
    level : float, between 0 and 1
        Coverage that the intervals aim at.

    Returns
    -------
    Scores
        `.table`: scale, the columns of `group`, n, mean, conf_low, conf_high, reason. Where agreement within the group
        or differences between groups do not justify a mean, there is none, and the reason says why.
        `.respondents`: a row for each respondent and scale with score, answered, asked, reason: about persons.

    Raises
    ------
    CbeError
        For missing columns, answers outside the ends, ends that are not known.

    Notes
    -----
    A score is the mean of the items answered, reversed items turned (low + high - answer), if they are at least half of
    the items that the respondent's role was asked. Intervals are t intervals over respondents: for other people of the
    kind, not for those who chose not to answer (see `response_rate`).

    Examples
    --------
    >>> import pandas as pd
    >>> from cbe_lib import survey
    >>> people = pd.DataFrame({"school_id": ["Oak", "Elm"] * 20, "a": [2, 4, 2, 5] * 10, "b": [2, 4, 3, 4] * 10})
    >>> found = survey.scores(people, scales={"safety": ["a", "b"]}, low=1, high=5)
    >>> found.table[["school_id", "mean", "conf_low", "conf_high"]].round(2).to_dict("split")["data"]
    [['Elm', 4.25, 4.13, 4.37], ['Oak', 2.25, 2.13, 2.37]]
    """
    check_level(level)
    frame, columns, scored = read(answers, group, scales, reverse, low, high)
    limits = {"min_n": min_n, "min_rwg": min_rwg, "min_rwg_skewed": min_rwg_skewed, "min_icc2": min_icc2}
    judged = aggregated(frame, columns, scored, **limits)
    table = _table(judged, columns, level)
    persons = respondents(frame, columns, scored)
    return Scores(table, _text(table, columns, level), _notes(persons), None, respondents=persons, level=level)


def _table(judged: pd.DataFrame, columns: tuple[str, ...], level: float) -> pd.DataFrame:
    count = judged["n"].to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        width = stdtrit(np.maximum(count - 1, 1), (1 + level) / 2) * judged["sd"].to_numpy(dtype=float) / np.sqrt(count)
    mean = judged["mean"].where(judged["justified"].astype(bool)).astype(float)
    limits = {"mean": mean, "conf_low": mean - width, "conf_high": mean + width}
    return judged[["scale", *columns, "n"]].assign(**limits, reason=judged["reason"])


def _notes(persons: pd.DataFrame) -> tuple[str, ...]:
    short = persons[persons["score"].isna() & persons["asked"].gt(0)]
    counts = short.groupby("scale", sort=False).size()
    return tuple(
        f"Scale {scale!r}: {count} respondents answered fewer than half of the items."
        for scale, count in counts.items()
    )


def _text(table: pd.DataFrame, columns: tuple[str, ...], level: float) -> str:
    known = table.dropna(subset=["mean"])
    if known.empty:
        return "No group may be given a mean: see the reasons in the table."
    low, high = (known.sort_values("mean").iloc[end] for end in (0, -1))
    lowest, highest = (
        f"{row['scale']} in {', '.join(str(row[name]) for name in columns)} ({row['mean']:.1f}, {level:.0%} interval "
        f"{row['conf_low']:.1f} to {row['conf_high']:.1f})"
        for row in (low, high)
    )
    return (
        f"{len(known)} of {len(table)} groups and scales may be given a mean. Lowest: {lowest}; highest: {highest}. "
        "The intervals are for people like those who answered, and say nothing of those who did not."
    )
