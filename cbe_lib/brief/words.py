"""Small wordings that every section shares: a number never stands without its count and its year."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd

from cbe_lib.brief.content import Text
from cbe_lib.errors import CbeError
from cbe_lib.framework import claim

LONGEST = 40


def short(text: object, most: int = LONGEST) -> str:
    """Cut a name from data to a length that a table can hold; it stands in full on top of the brief."""
    words = " ".join(str(text).split())
    return words if len(words) <= most else words[: most - 1] + "…"


def interval(low: float, high: float) -> str:
    """Write the interval of a share: 95% interval 49% to 73%."""
    return f"95% interval {100 * low:.0f}% to {100 * high:.0f}%"


def share(estimate: float, low: float, high: float, of: str) -> str:
    """Write a share with what it is of and its interval."""
    return f"{100 * estimate:.0f}% of {of} ({interval(low, high)})"


def years(values: Iterable[Any]) -> str:
    """Write the years that something spans: 2012-2015."""
    known = sorted({int(value) for value in values if not pd.isna(value)})
    if not known:
        return "no year"
    return f"{known[0]}" if len(known) == 1 else f"{known[0]}-{known[-1]}"


def spread(counts: pd.Series) -> str:
    """Write smallest and largest of counts: 88 to 97."""
    low, high = int(counts.min()), int(counts.max())
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def listed(words: Iterable[str], joint: str = "and") -> str:
    """Write a list in a sentence: a, b and c."""
    known = list(words)
    return known[0] if len(known) == 1 else f"{', '.join(known[:-1])} {joint} {known[-1]}" if known else ""


def claims(*ids: str) -> Text:
    """Say in small letters which claims of the posts a section rests on, and of what kind they are."""
    kinds: dict[str, list[str]] = {}
    for id_ in ids:
        kinds.setdefault(claim(id_).kind, []).append(id_)
    said = "; ".join(f"{kind} {', '.join(known)}" for kind, known in kinds.items())
    return Text(f"Of the posts, not findings: {said}.", style="small")


def told(lead: str, make: Callable[[], str], *, missing: str, rows: pd.DataFrame) -> Text:
    """Return what `make` says, or what could not be told: because nothing was given, or for the reason that it met."""
    if rows.empty:
        return Text(f"Cannot tell: {missing}.", lead, "item")
    return Text(attempted(make), lead, "item")


def attempted(make: Callable[[], str]) -> str:
    """Return what `make` says, or why it cannot; a table that must be mended first is an error all the same."""
    try:
        return make()
    except CbeError as problem:
        if "cannot be used as it is" in str(problem):
            raise
        return f"Cannot tell: {textwrap.shorten(str(problem), 160, placeholder='…')}"
