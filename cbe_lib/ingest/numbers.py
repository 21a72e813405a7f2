"""One cell that should hold a number: a number, an interval, a reason why there is none, or what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from cbe_lib.ingest import sheetdates
from cbe_lib.ingest.texts import cleaned, codes, folded, is_blank, is_error, repaired

LONGEST = 200
Kind = Literal["number", "interval", "blank", "hidden", "date", "error", "two", "unknown"]

_NUMBER = r"(\d+(?:\.\d*)?|\.\d+)"
_PLAIN = re.compile(
    r"([+-]?)(?:(\d{1,3}(?:[, ]\d{3})+)|(\d*))(\.\d*)?(?:e([+-]?\d{1,3}))?\s*(%|percent|pct)?", re.IGNORECASE
)
_SIMPLE = re.compile(r"[0-9]{1,15}(?:\.([0-9]*))?")
_MARKS = re.compile(r"(.*[\d%.])\s*(?:[*†‡§¶#]+|[¹²³⁰⁴-⁹ᵃ-ᵍ]+|\[\w{1,2}\]|\([a-z]\)|\^\w)", re.IGNORECASE)
_SIGNS = {
    "ge": (">=", "≥", "=>", "≧", "ge", "at least"),
    "gt": (">", "gt", "more than", "greater than", "over", "above"),
    "le": ("<=", "≤", "=<", "≦", "le", "at most", "up to", "no more than"),
    "lt": ("<", "lt", "less than", "fewer than", "under", "below"),
}
_SIGN_OF = {word: sign for sign, words in _SIGNS.items() for word in words}
_BEFORE = re.compile(
    rf"({'|'.join(re.escape(word) for word in sorted(_SIGN_OF, key=len, reverse=True))})\s*{_NUMBER}\s*(%|percent)?"
)
_AFTER = re.compile(
    rf"{_NUMBER}\s*(%|percent)?\s*(?:(\+)|(?:(?:or|and) (more|above|higher|greater|over|less|fewer|lower|below|under)))"
)
_RANGE = re.compile(rf"{_NUMBER}\s*(%|percent)?\s*(?:-|to|through|\.\.)\s*{_NUMBER}\s*(%|percent)?")
_FEW = re.compile(
    r"n\s*(?P<sign><=|<|≤)\s*(?P<n>\d+)|(?:fewer than|less than|under|<)\s*(?P<m>\d+) (?:students|pupils|tested)"
)
_SEVERAL = re.compile(r"[\r\n;|]|(?<=\d)\s*/\s*(?=\d)|,\s+(?=\d)|(?<=\d)%?\s+(?:and|&)\s+(?=\d)|(?<=[\d%])\s+(?=[\d.])")


class Cell(NamedTuple):
    """What one cell says.

    low, high: the number, or the ends of an interval (None: no end); sign: "gt" or "lt" where the end itself is
    excluded; percent: whether it carries a percent sign; decimals: digits after the point; reason: why a number is
    hidden; footnote, thousands, mended: what had to be removed or repaired to read it.
    """

    kind: Kind
    low: float | None = None
    high: float | None = None
    sign: str = ""
    percent: bool = False
    decimals: int = 0
    reason: str = ""
    footnote: bool = False
    thousands: bool = False
    mended: bool = False


BLANK, ERROR, TWO, UNKNOWN = Cell("blank"), Cell("error"), Cell("two"), Cell("unknown")


def read(text: str, suppressed: Mapping[str, str]) -> Cell:
    """Read one cell; `suppressed` gives the reason for each folded code declared for this file."""
    if (simple := _SIMPLE.fullmatch(text)) and text not in suppressed:
        number = float(text)
        return Cell("number", number, number, "", False, len((simple[1] or "").rstrip("0")))
    if len(text) > LONGEST:
        return UNKNOWN
    key = folded(text)
    if key in suppressed:
        return Cell("hidden", reason=suppressed[key])
    if is_blank(text):
        return BLANK
    if is_error(text):
        return ERROR
    if key in codes().suppressed:
        return Cell("hidden", reason=codes().suppressed[key])
    if few := _FEW.fullmatch(key):
        than = "at most" if few["sign"] in ("<=", "≤") else "fewer than"
        return Cell("hidden", reason=f"suppressed: {than} {few['n'] or few['m']} students")
    mended = repaired(text)
    if mended != text:
        return read(mended, suppressed)._replace(mended=True)
    return _number_or_not(cleaned(text))


def _number_or_not(text: str) -> Cell:
    cell = _without_mark(text)
    if cell.kind == "unknown" and (marked := _MARKS.fullmatch(text)):
        cell = _without_mark(marked[1].strip())._replace(footnote=True)
    if cell.kind == "unknown" and _several(text):
        return TWO
    return UNKNOWN if cell.kind == "unknown" else cell


def _without_mark(text: str) -> Cell:
    if plain := _PLAIN.fullmatch(text):
        return _plain(plain)
    if sheetdates.pieces(text):
        return Cell("date")
    key = " ".join(text.casefold().split())
    return _interval(key) or UNKNOWN


def _plain(found: re.Match[str]) -> Cell:
    sign, grouped, digits, fraction, power, percent = found.groups()
    if not (grouped or digits or (fraction and len(fraction) > 1)):
        return UNKNOWN
    whole = re.sub("[, ]", "", grouped) if grouped else digits
    number = float(f"{sign}{whole or 0}{fraction or ''}e{power or 0}")
    return Cell(
        "number",
        number,
        number,
        percent=bool(percent),
        decimals=max(0, len((fraction or ".").rstrip("0")) - 1 - int(power or 0)),
        thousands=bool(grouped),
    )


def _interval(key: str) -> Cell | None:
    key = re.sub(r"(?<=\d),(?=\d{3}\b)", "", key)
    if found := _BEFORE.fullmatch(key):
        return _one_sided(_SIGN_OF[found[1]], float(found[2]), bool(found[3]))
    if found := _AFTER.fullmatch(key):
        up = found[3] or found[4] in ("more", "above", "higher", "greater", "over")
        return _one_sided("ge" if up else "le", float(found[1]), bool(found[2]))
    if found := _RANGE.fullmatch(key):
        return Cell("interval", float(found[1]), float(found[3]), percent=bool(found[2] or found[4]))
    return None


def _one_sided(sign: str, end: float, percent: bool) -> Cell:
    strict = sign if sign in ("gt", "lt") else ""
    low, high = (end, None) if sign in ("ge", "gt") else (None, end)
    return Cell("interval", low, high, strict, percent)


def _several(text: str) -> bool:
    """Say whether the cell falls into two or more answers."""
    return len([part for part in _SEVERAL.split(text) if part.strip()]) > 1
