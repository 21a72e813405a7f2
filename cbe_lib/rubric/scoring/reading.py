"""Ratings and evidence as people hand them in, coded for scoring; everything wrong with them in one error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from cbe_lib.errors import CbeError, closest, require_columns, require_frame, rows_of, some
from cbe_lib.framework import Rubric
from cbe_lib.tables.spec import known

NOT_RATED = ("", "nr", "not rated")
FLAGS = {"": False, "true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
EVIDENCE = ("evidence_id", "district_id", "criterion_id", "date", "kind", "role_group", "supports")


class Columns(NamedTuple):
    """The headings of the ratings table."""

    district: str
    criterion: str
    rater: str
    rating: str
    wave: str | None


class Problems:
    """What is wrong with the tables so far, each with its rows."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, column: str, frame: pd.DataFrame, bad: np.ndarray, problem: str, advice: str) -> None:
        """Remember one problem, if any row has it."""
        if bad.any():
            self.lines.append(f"{column}: {problem} in {rows_of(frame, bad)}; {advice}")

    def unknown(
        self, column: str, cells: pd.Series, bad: np.ndarray, names: Iterable[str], advice: str = "correct it"
    ) -> None:
        """Remember names outside a list, each with the nearest one."""
        listed = list(names)
        found = [
            f"{name!r}{f' (did you mean {near!r}?)' if (near := closest(name, listed)) else ''}"
            for name in dict.fromkeys(cells[bad].astype(str))
        ]
        self.add(column, cells.to_frame(), bad, f"found {some(found)}", f"known are {some(listed, 40)}; {advice}")

    def raise_all(self) -> None:
        """Raise one CbeError that lists every problem, if there is any."""
        if self.lines:
            count = f"{len(self.lines)} problem{'s' if len(self.lines) > 1 else ''}"
            lines = "".join(f"\n  {line}." for line in self.lines)
            raise CbeError(f"These ratings and evidence cannot be scored as they are: {count}.{lines}")


def words(cells: pd.Series) -> pd.Series:
    """Return cells as stripped text, blanks as "", whole numbers without decimals."""
    codes, labels = pd.factorize(cells)
    text = [_word(label) for label in labels]
    return pd.Series(np.array([*text, ""], dtype=object)[codes], index=cells.index, name=cells.name, dtype="str")


def _word(cell: object) -> str:
    if isinstance(cell, (float, np.floating)) and float(cell).is_integer():
        return str(int(cell))
    return str(cell).strip()


def read_ratings(
    frame: object, columns: Columns, rubric: Rubric, problems: Problems
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return one row a rating (district, wave, criterion, rater, position, consensus, blind, role, date), and notes.

    `criterion` and `position` count from 0; rows without a rating have position -1.
    """
    needed = [columns.district, columns.criterion, columns.rater, columns.rating]
    frame = require_columns(frame, [*needed, *([columns.wave] if columns.wave else [])], "ratings")
    coded = pd.DataFrame({"district": _named(frame, columns.district, "ratings", problems)})
    coded["criterion"] = _criteria(frame[columns.criterion], rubric, f"ratings.{columns.criterion}", problems)
    coded["position"] = _positions(frame[columns.rating], rubric.levels, f"ratings.{columns.rating}", problems)
    coded["wave"] = _named(frame, columns.wave, "ratings", problems) if columns.wave else ""
    coded["rater"], coded["role"] = words(frame[columns.rater]), _optional(frame, "role")
    for flag, absent in (("consensus", False), ("blind", True)):
        coded[flag] = _flags(frame, flag, absent, problems)
    coded["date"] = _dates(frame, "date", "ratings", problems)
    nameless = (coded["rater"].eq("") & coded["position"].ge(0) & ~coded["consensus"]).to_numpy()
    problems.add(f"ratings.{columns.rater}", frame, nameless, "blank", "say who rated")
    _refuse_repeats(frame, coded, columns, problems)
    return coded, _rating_notes(coded)


def _named(frame: pd.DataFrame, column: str, table: str, problems: Problems) -> pd.Series:
    text = words(frame[column])
    problems.add(f"{table}.{column}", frame, text.eq("").to_numpy(), "blank", "fill it in or leave the row out")
    return text


def _criteria(cells: pd.Series, rubric: Rubric, place: str, problems: Problems) -> np.ndarray:
    ids, text = [criterion.id for criterion in rubric.criteria], words(cells)
    code = pd.Index(ids, dtype=object).get_indexer(pd.Index(text.astype(object)))
    problems.unknown(place, text, code < 0, ids)
    return code


def _positions(cells: pd.Series, levels: Sequence[str], place: str, problems: Problems) -> np.ndarray:
    text = words(cells)
    place_of = dict.fromkeys(NOT_RATED, -1) | {level.casefold(): each for each, level in enumerate(levels)}
    codes, labels = pd.factorize(text)
    position = np.array([place_of.get(str(label).casefold(), -2) for label in labels], dtype=int)[codes]
    problems.unknown(place, text, position == -2, levels, "write NR or leave blank what was not rated")
    return position


def _optional(frame: pd.DataFrame, column: str) -> pd.Series:
    return words(frame[column]) if column in frame.columns else pd.Series("", index=frame.index, dtype="str")


def _flags(frame: pd.DataFrame, column: str, absent: bool, problems: Problems) -> pd.Series:
    if column not in frame.columns:
        return pd.Series(absent, index=frame.index)
    text = words(frame[column]).str.lower()
    bad = ~text.isin(list(FLAGS)).to_numpy()
    problems.unknown(f"ratings.{column}", text, bad, ["true", "false"])
    yes = [word for word, meaning in FLAGS.items() if meaning] + ([""] if absent else [])
    return text.isin(yes)


def _dates(frame: pd.DataFrame, column: str, table: str, problems: Problems) -> pd.Series:
    if column not in frame.columns:
        return pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us]")
    cells = frame[column]
    if pd.api.types.is_datetime64_any_dtype(cells):
        naive = cells.dt.tz_localize(None) if cells.dt.tz is not None else cells
        return naive.astype("datetime64[us]")
    text = words(cells)
    dates = pd.to_datetime(text.where(text.ne("")), errors="coerce", format="ISO8601", utc=True).dt.tz_localize(None)
    bad = (dates.isna() & text.ne("")).to_numpy()
    shown = some(map(repr, dict.fromkeys(text[bad])))
    problems.add(f"{table}.{column}", frame, bad, f"found {shown}", "give dates as YYYY-MM-DD, or leave blank")
    return dates.astype("datetime64[us]")


def _refuse_repeats(frame: pd.DataFrame, coded: pd.DataFrame, columns: Columns, problems: Problems) -> None:
    rated = coded[coded["position"].ge(0)]
    key = ["district", "wave", "criterion"]
    votes, agreed = rated[~rated["consensus"]], rated[rated["consensus"]]
    advice = "keep one of them"
    if columns.wave is None:
        advice += ", or name the column that tells the waves apart with wave="
    for rows, by, what in (
        (votes, [*key, "rater"], "one rater rates one criterion twice"),
        (agreed, key, "more than one consensus for one criterion"),
    ):
        again = coded.index.isin(rows.index[rows.duplicated(by, keep=False)])
        problems.add(f"ratings.{columns.rater}", frame, again, what, advice)


def _rating_notes(coded: pd.DataFrame) -> tuple[str, ...]:
    blank = int(coded["position"].lt(0).sum())
    seen = int((~coded["blind"] & ~coded["consensus"] & coded["position"].ge(0)).sum())
    notes = []
    if blank:
        notes.append(f"{blank} row{'s' if blank > 1 else ''} without a level (NR or blank) left out.")
    if seen:
        notes.append(
            f"{seen} vote{'s were' if seen > 1 else ' was'} not blind: raters who know each other's levels look more "
            "alike than they are, so intervals are too short."
        )
    return tuple(notes)


def read_evidence(frame: object, rubric: Rubric, problems: Problems) -> pd.DataFrame:
    """Return one row a piece of evidence: the columns of the table `evidence`, typed, `criterion` counted from 0."""
    frame = require_columns(require_frame(frame, "evidence"), EVIDENCE, "evidence")
    coded = pd.DataFrame({"evidence_id": _named(frame, "evidence_id", "evidence", problems)})
    coded["district"] = _named(frame, "district_id", "evidence", problems)
    coded["criterion"] = _criteria(frame["criterion_id"], rubric, "evidence.criterion_id", problems)
    coded["date"], coded["since"] = (_dates(frame, name, "evidence", problems) for name in ("date", "since"))
    coded["kind"] = words(frame["kind"]).str.lower()
    coded["role_group"] = _optional(frame, "role_group").str.lower()
    coded["school_id"], coded["text"] = _optional(frame, "school_id"), _optional(frame, "text")
    coded["supports"] = words(frame["supports"]).replace({"−": "-", "–": "-"})
    again = (coded["evidence_id"].duplicated(keep=False) & coded["evidence_id"].ne("")).to_numpy()
    problems.add("evidence.evidence_id", frame, again, "one id for several pieces", "give each piece its own id")
    kinds = dict.fromkeys([*_choices("kind"), *(kind.lower() for kind in rubric.rules.self_report_kinds)])
    problems.unknown("evidence.kind", coded["kind"], ~coded["kind"].isin(list(kinds)).to_numpy(), kinds)
    problems.unknown("evidence.supports", coded["supports"], ~coded["supports"].isin(["+", "-"]).to_numpy(), ["+", "-"])
    late = (coded["since"] > coded["date"]).to_numpy()
    problems.add("evidence.since", frame, late, "later than the date of the piece", "correct one of them")
    return coded


def _choices(column: str) -> tuple[str, ...]:
    return next(each.choices for each in known("evidence").columns if each.name == column)
