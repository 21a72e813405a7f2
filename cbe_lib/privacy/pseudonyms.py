"""Names of those who rated, coded or checked become numbers before a table leaves."""

from __future__ import annotations

import numpy as np
import pandas as pd

# Columns that say who made a record. The row is about something else, so the table may leave without the name.
MAKERS = {"rater": "rater", "coder": "coder", "checker_id": "checker"}
DEALT = (
    "Names in {} are replaced by numbers, dealt at random anew for each release, and the rows put in their order. "
    "Whoever was there may still know people by role, day or level, and nothing looks for names in free text: read it."
)


def numbered(frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Who rated what, told apart but not named?

    Parameters
    ----------
    frame : DataFrame
        What is to be shown, written or sent; left as it is.

    Returns
    -------
    table, notes : DataFrame, tuple of str
        "rater 1" and so on in place of names, one number for one person throughout, blanks kept, and rows in the order
        of the numbers, since the order of the names would tell them. As it is, and no note, without such a column.

    Examples
    --------
    >>> table, _ = numbered(pd.DataFrame({"rater": ["Ana", "Ben", "Ana"], "level": ["Emerging"] * 3}))
    >>> sorted(set(table["rater"]))
    ['rater 1', 'rater 2']
    """
    found = [name for name in frame.columns if str(name).casefold() in MAKERS]
    if not found:
        return frame, ()
    rng = np.random.default_rng()
    dealt = {name: _dealt(frame[name], rng) for name in found}
    texts = {name: _texts(frame[name], number, MAKERS[str(name).casefold()]) for name, number in dealt.items()}
    order = np.lexsort([dealt[name] for name in reversed(found)])
    return frame.assign(**texts).iloc[order].reset_index(drop=True), (DEALT.format(" and ".join(map(repr, found))),)


def _dealt(names: pd.Series, rng: np.random.Generator) -> np.ndarray:
    """Number the names from 1 in a random order; blanks come last."""
    codes, labels = pd.factorize(names)
    return np.append(rng.permutation(len(labels)), len(labels))[codes] + 1


def _texts(names: pd.Series, number: np.ndarray, word: str) -> pd.Series:
    return pd.Series([f"{word} {each}" for each in number], index=names.index, dtype="str").where(names.notna())
