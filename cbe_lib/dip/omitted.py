"""What a fit leaves out or refuses: results published only as a range, and trends over two tests."""

from __future__ import annotations

import pandas as pd

from cbe_lib.errors import ValuesError, rows_of, some

REGIME = "test_regime"


def notes_on(frame: pd.DataFrame, missing: pd.Series, value: str) -> list[str]:
    """Count the rows without a number: those with a published range apart from the rest."""
    ranged = missing & published_as_range(frame)
    blank = missing & ~ranged
    notes = []
    if ranged.any():
        notes.append(
            f"{rows_of(frame, ranged)} published only as a range (lo to hi) left out: no midpoint is made up. A top "
            "code hides good years and a bottom code bad ones, and leaving those out bends the curve."
        )
    if blank.any():
        notes.append(f"{rows_of(frame, blank)} without a number in {value!r} left out; nothing is filled in.")
    return notes


def published_as_range(frame: pd.DataFrame) -> pd.Series:
    """Say for each row whether the columns `lo` and `hi` of the table `outcomes` hold a published range."""
    ranged = pd.Series(False, frame.index)
    for limit in ("lo", "hi"):
        if limit in frame:
            ranged |= frame[limit].notna()
    return ranged


def refuse_two_tests(frame: pd.DataFrame, regime: str | None) -> None:
    """Raise where the table names more than one test and no `regime` is given to part them."""
    if regime is None and len(names := named_tests(frame)) > 1:
        raise ValuesError.build(
            f"`outcomes` holds {two_tests(names)}",
            found=f"Column {REGIME!r} names {some(names)}",
            advice=f"Pass regime={REGIME!r} to dip.fit, or keep the rows of one test",
        )


def named_tests(frame: pd.DataFrame) -> list[str]:
    """List the tests that the table names."""
    return [str(name) for name in frame[REGIME].dropna().unique()] if REGIME in frame else []


def two_tests(names: list[str]) -> str:
    """Say why no trend may run over several tests."""
    return f"results of {len(names)} tests, which are not comparable: no trend may run over them"
