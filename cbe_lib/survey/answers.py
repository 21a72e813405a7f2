"""Answers as a table: the packaged survey, long answers turned wide, and what may stand in a cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from os import PathLike

import numpy as np
import pandas as pd

from cbe_lib.errors import CbeError, ColumnError, ValuesError, closest, require_columns, rows_of, some
from cbe_lib.framework import Survey, read_survey

LONG = ("respondent", "item_id", "answer")
ABOUT = ("respondent", "district_id", "school_id", "role", "wave", "link_code", "language", "years_here", "seconds")
ALL_ITEMS = "all items"


@dataclass(frozen=True)
class Block:
    """The items of one scale that a table holds.

    Attributes
    ----------
    scale : str
        Name of the scale.
    items : tuple of str
        Columns, in the order of the table or as given.
    reverse : frozenset of str
        Items for which agreeing means less of the scale.
    low, high : float or None
        Ends of the answers; None where they were not declared.
    """

    scale: str
    items: tuple[str, ...]
    reverse: frozenset[str]
    low: float | None
    high: float | None


def load(path: str | PathLike[str] | None = None) -> Survey:
    """What does the survey ask, and which items belong to which scale?

    Parameters
    ----------
    path : path, optional
        A survey of your own as a TOML file of the same shape; the packaged one if left out.

    Returns
    -------
    Survey
        `.scales`, `.items`, `.forms`, `.open_questions` and `.table` (a row for each closed item).

    Raises
    ------
    CbeError
        Listing every problem of the file.

    Examples
    --------
    >>> len(load().items_of("staff"))
    26
    """
    return read_survey(path)


def wide(answers: pd.DataFrame, *, survey: Survey | None = None) -> pd.DataFrame:
    """What did each respondent answer to each item? A row a respondent, from a row an answer.

    Parameters
    ----------
    answers : DataFrame
        Long: respondent, item_id, answer (a number; blank: not answered), and what is known about the respondent
        (district_id, school_id, role, wave and the like), the same in each of the respondent's rows of one wave.
    survey : Survey, optional
        Whose ends each answer must keep within; the packaged survey for the items that are its own.

    Returns
    -------
    DataFrame
        respondent and what is known, then a column for each item, in the order of the survey or of appearance. A
        respondent who answered in two waves has two rows.

    Raises
    ------
    CbeError
        For missing columns, an item answered twice by one respondent in one wave, answers that are no numbers or lie
        outside the ends of the item; the rows are named.

    Examples
    --------
    >>> import pandas as pd
    >>> long = pd.DataFrame({"respondent": ["r1", "r1"], "item_id": ["safety_1", "safety_2"], "answer": [4, 5]})
    >>> wide(long).to_dict("records")
    [{'respondent': 'r1', 'safety_1': 4.0, 'safety_2': 5.0}]
    """
    frame = require_columns(answers, LONG, "answers")
    _refuse_blanks(frame, ("respondent", "item_id"))
    known = [name for name in ABOUT if name in frame.columns]
    person = ["respondent", *(["wave"] if "wave" in known else [])]
    frame = frame.assign(answer=_numbers(frame, "answer"))
    _refuse_outside(frame, survey)
    _refuse_repeats(frame, person)
    one = frame.drop_duplicates(known)
    if one.duplicated(person).any():
        again = one.duplicated(person, keep=False)
        raise ValuesError.build(
            f"What is known about one respondent differs between rows in {rows_of(one, again)} of `answers`",
            found=f"Columns {some(map(repr, known))} must be the same in all rows of a respondent",
            advice="Correct the rows, or give each person an own respondent code",
        )
    table = frame.pivot(index=person, columns="item_id", values="answer").rename_axis(columns=None)
    order = {item.id: place for place, item in enumerate((survey or load()).items)}
    seen = list(dict.fromkeys(frame["item_id"]))
    columns = sorted(seen, key=lambda item: (order.get(item, len(order)), seen.index(item)))
    return one[known].merge(table[columns].reset_index(), on=person, how="left", validate="one_to_one")


def as_wide(answers: object, table: str = "answers") -> pd.DataFrame:
    """Return a row a respondent, whether `answers` came long or wide, with unlike columns."""
    frame = require_columns(answers, (), table)
    if frame.columns.has_duplicates:
        twice = frame.columns[frame.columns.duplicated()]
        raise ColumnError.build(f"`{table}` has more than one column {some(map(repr, twice))}", advice="Rename one")
    return wide(frame) if set(LONG) <= set(frame.columns) else frame


def blocks(
    frame: pd.DataFrame,
    scales: Mapping[str, Iterable[str]] | None,
    reverse: Iterable[str],
    low: float | None,
    high: float | None,
    about: Iterable[str] = (),
) -> list[Block]:
    """Return the scales of a wide table: as declared, or the packaged survey's, or all items as one."""
    reversed_items = frozenset([reverse] if isinstance(reverse, str) else reverse)
    ends = _ends(low, high)
    apart = {*ABOUT, *about}
    items = [name for name in frame.columns if name not in apart]
    if scales is None:
        packaged = _packaged(items)
        declared = packaged or [Block(ALL_ITEMS, tuple(items), frozenset(), *ends)]
    else:
        declared = [Block(str(name), _listed(name, columns), frozenset(), *ends) for name, columns in scales.items()]
    require_columns(frame, [item for block in declared for item in block.items], "answers")
    every = {item for block in declared for item in block.items}
    unknown = sorted(str(item) for item in reversed_items - every)
    if unknown:
        near = closest(unknown[0], [str(item) for item in every])
        raise ColumnError.build(
            f"`reverse` names {some(map(repr, unknown))}, which no scale holds",
            found=f"{unknown[0]!r} looks like {near!r}" if near else "",
        )
    return [
        Block(each.scale, each.items, each.reverse | (reversed_items & set(each.items)), each.low, each.high)
        for each in declared
    ]


def matrix(frame: pd.DataFrame, block: Block) -> np.ndarray:
    """Return the answers to the items of `block`, NaN where there is none; raise for what is no answer."""
    columns = [_numbers(frame, item) for item in block.items]
    values = np.column_stack(columns) if columns else np.empty((len(frame), 0))
    low = -np.inf if block.low is None else block.low
    high = np.inf if block.high is None else block.high
    for item, column in zip(block.items, values.T, strict=True):
        outside = (column < low) | (column > high)
        if outside.any():
            strange = some(f"{value:g}" for value in np.unique(column[outside]))
            raise ValuesError.build(
                f"Column {item!r} holds answers outside the scale in {rows_of(frame, outside)}",
                found=f"Found {strange}; it runs from {low:g} to {high:g}",
                advice="Correct these cells, or declare the ends with low= and high=",
            )
    return values


def turned(values: np.ndarray, block: Block) -> np.ndarray:
    """Return the answers with reversed items turned: ends must be known, except for consistency."""
    flip = np.array([item in block.reverse for item in block.items], dtype=bool)
    if not flip.any():
        return values
    around = 0.0 if block.low is None or block.high is None else block.low + block.high
    return np.where(flip, around - values, values)


def _packaged(items: list[str]) -> list[Block]:
    present = [item for item in load().items if item.id in set(items)]
    names = dict.fromkeys(item.scale for item in present)
    return [_block(name, [item for item in present if item.scale == name]) for name in names]


def _block(name: str, items: list) -> Block:
    reverse = frozenset(item.id for item in items if item.reverse)
    return Block(name, tuple(item.id for item in items), reverse, items[0].low, items[0].high)


def _listed(name: object, columns: Iterable[str]) -> tuple[str, ...]:
    found = () if isinstance(columns, str) or not isinstance(columns, Iterable) else tuple(columns)
    if found and len(set(found)) == len(found):
        return found
    raise CbeError.build(
        f"Scale {name!r} must list its item columns, each once",
        found=f"Found {columns!r}",
        advice="For instance scales={'safety': ['safety_1', 'safety_2', 'safety_3']}",
    )


def _ends(low: float | None, high: float | None) -> tuple[float | None, float | None]:
    given = [end for end in (low, high) if end is not None]
    sound = all(isinstance(end, (int, float, np.number)) and np.isfinite(end) for end in given)
    if not sound or (len(given) == 2 and not given[0] < given[1]):
        raise CbeError.build(
            "`low` and `high` must be numbers, the lower first",
            found=f"Found low={low!r}, high={high!r}",
            advice="For five-point answers: low=1, high=5",
        )
    return low, high


def _numbers(frame: pd.DataFrame, column: str) -> np.ndarray:
    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    bad = frame[column].notna().to_numpy() & ~np.isfinite(values)
    if not bad.any():
        return values
    raise ValuesError.build(
        f"Column {column!r} holds what is not a number in {rows_of(frame, bad)}",
        found=f"Found {some(map(repr, frame.loc[bad, column].unique().tolist()))}",
        advice="Code answers as numbers (1 = strongly disagree), blank for none; name items by scales=",
    )


def _refuse_blanks(frame: pd.DataFrame, columns: Iterable[str]) -> None:
    for column in columns:
        blank = frame[column].isna().to_numpy()
        if blank.any():
            raise ValuesError.build(
                f"Column {column!r} is empty in {rows_of(frame, blank)} of `answers`",
                advice="Say who answered what in every row",
            )


def _refuse_outside(frame: pd.DataFrame, survey: Survey | None) -> None:
    ends = {item.id: (item.low, item.high) for item in (survey or load()).items}
    low, high = (frame["item_id"].map({item: pair[end] for item, pair in ends.items()}) for end in (0, 1))
    outside = ((frame["answer"] < low.astype(float)) | (frame["answer"] > high.astype(float))).to_numpy()
    if outside.any():
        first = frame.loc[outside, "item_id"].iloc[0]
        raise ValuesError.build(
            f"Column 'answer' lies outside the scale of its item in {rows_of(frame, outside)} of `answers`",
            found=f"{first!r} runs from {ends[first][0]} to {ends[first][1]}; found "
            + some(f"{value:g}" for value in frame.loc[outside, "answer"].unique()),
            advice="Correct these answers, or leave them blank",
        )


def _refuse_repeats(frame: pd.DataFrame, person: list[str]) -> None:
    again = frame.duplicated([*person, "item_id"], keep=False).to_numpy()
    if again.any():
        raise ValuesError.build(
            f"One respondent answered one item more than once in {rows_of(frame, again)} of `answers`",
            found=f"The same {some(map(repr, [*person, 'item_id']))} stand in more than one row",
            advice="Keep one of them; name the round of the survey in column 'wave' if there were more",
        )
