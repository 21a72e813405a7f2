"""One score for each respondent and scale: the mean of the items answered, if they are half of those asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cbe_lib.errors import CbeError, require_columns
from cbe_lib.survey.answers import ABOUT, Block, as_wide, blocks, matrix, turned

TOO_FEW = "Answered {answered} of {asked} items; half are needed."
NOT_ASKED = "Not asked of this group."


@dataclass(frozen=True)
class Scored:
    """Answers to one scale, reversed items turned, and the score of each respondent.

    Attributes
    ----------
    block : Block
        The scale, with known ends.
    items : array
        Respondents x items, NaN where there is no answer.
    score : array
        Mean of the items answered; NaN where they are fewer than half of those asked.
    answered, asked : array
        Items with an answer, and items that the respondent's role was asked.
    """

    block: Block
    items: np.ndarray
    score: np.ndarray
    answered: np.ndarray
    asked: np.ndarray


def read(
    answers: pd.DataFrame,
    group: str | Iterable[str],
    scales: Mapping[str, Iterable[str]] | None,
    reverse: Iterable[str],
    low: float | None,
    high: float | None,
) -> tuple[pd.DataFrame, tuple[str, ...], list[Scored]]:
    """Return the wide answers, the columns of `group`, and every scale with its scores."""
    frame = as_wide(answers)
    columns = (group,) if isinstance(group, str) else tuple(group)
    require_columns(frame, columns, "answers")
    if not columns:
        raise CbeError.build("`group` must name a column or more", advice="For instance group='school_id'")
    if frame.empty:
        raise CbeError.build("`answers` holds no rows", advice="Pass a row for each respondent")
    declared = blocks(frame, scales, reverse, low, high, columns)
    return frame, columns, [scored(frame, block) for block in declared]


def scored(frame: pd.DataFrame, block: Block) -> Scored:
    """Score every respondent on one scale."""
    if block.low is None or block.high is None:
        raise CbeError.build(
            f"The ends of the answers to scale {block.scale!r} are not known",
            advice="Pass low= and high=, for instance low=1, high=5",
        )
    items = turned(matrix(frame, block), block)
    given = ~np.isnan(items)
    answered = given.sum(axis=1)
    asked = _asked(frame, given).sum(axis=1)
    total = np.where(given, items, 0.0).sum(axis=1)
    enough = (answered > 0) & (2 * answered >= asked)
    return Scored(block, items, np.where(enough, total / np.maximum(answered, 1), np.nan), answered, asked)


def respondents(frame: pd.DataFrame, group: tuple[str, ...], scales: list[Scored]) -> pd.DataFrame:
    """Return a row for each respondent and scale."""
    known = [name for name in dict.fromkeys((*ABOUT, *group)) if name in frame.columns]
    parts = []
    for each in scales:
        missing = [
            TOO_FEW.format(answered=a, asked=b) if b else NOT_ASKED
            for a, b in zip(each.answered, each.asked, strict=True)
        ]
        part = frame[known].assign(scale=each.block.scale, score=each.score, answered=each.answered, asked=each.asked)
        parts.append(part.assign(reason=np.where(np.isnan(each.score), missing, "")))
    return pd.concat(parts, ignore_index=True)


def _asked(frame: pd.DataFrame, given: np.ndarray) -> np.ndarray:
    """Say which items each respondent was asked: those that anyone of the same role answered."""
    if "role" not in frame.columns:
        return np.broadcast_to(given.any(axis=0), given.shape)
    roles, _ = pd.factorize(frame["role"], use_na_sentinel=False)
    by_role = pd.DataFrame(given).groupby(roles).transform("any")
    return by_role.to_numpy(dtype=bool)
