"""What any cell may hold before it is read as something: stray spaces, blanks, spreadsheet errors, broken encodings."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import pandas as pd

from cbe_lib.ingest.distinct import Distinct
from cbe_lib.ingest.findings import Finding

ERROR = "spreadsheet error"
ERROR_ADVICE = "A formula failed or the column was too narrow: correct the cell in the spreadsheet, or leave it blank"
TWO = "two answers in one cell"
TWO_ADVICE = "Give each answer its own row, or keep one of them"
BROKEN = "broken encoding"
PROSE = 80

_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d"), "-")
_SPACES = dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u200a\u202f\u3000\t"), " ")
_NOTHING = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"), "")
_PLAIN = {**_DASHES, **_SPACES, **_NOTHING}
_ERRORS = re.compile(r"#(value!|div/0!|ref!|name\?|num!|null!|n/a|spill!|calc!|getting_data|#+)", re.IGNORECASE)
# UTF-8 read as cp1252 leaves a capital with tilde, circumflex or "â" before a sign that no English text has there.
_MOJIBAKE = re.compile("[\u00c2\u00c3\u00e2\u00ef][\u0080-\u00bf\u2013-\u2122\u0152-\u0178\u20ac\u02c6\u02dc]")


@dataclass(frozen=True)
class Codes:
    """Words in place of a number: those that say nothing, and those that hide one, with the reason."""

    blanks: frozenset[str]
    suppressed: dict[str, str]


@cache
def codes() -> Codes:
    """Return the words that come along, in folded form."""
    data = tomllib.loads(files("cbe_lib.ingest").joinpath("codes.toml").read_text(encoding="utf-8"))
    return Codes(frozenset(data["blanks"]), data["suppressed"])


def cleaned(text: str) -> str:
    """Return a cell with ordinary dashes and spaces, without invisible signs; line breaks within it stay."""
    if text.isascii() and "\t" not in text:
        return text.strip()
    return text.translate(_PLAIN).strip()


def folded(text: str) -> str:
    """Return a cell for looking up: clean, lower case, single spaces."""
    return " ".join(cleaned(text).casefold().split())


def is_blank(text: str) -> bool:
    """Say whether a cell holds nothing, or one of the words for it."""
    return not (key := folded(text)) or key in codes().blanks


def is_error(text: str) -> bool:
    """Say whether a cell holds what a spreadsheet shows when a formula fails."""
    return _ERRORS.fullmatch(text.strip()) is not None


def repaired(text: str) -> str:
    """Return what a cell said before UTF-8 was read as cp1252; the cell itself where it was not."""
    if text.isascii() or not _MOJIBAKE.search(text):
        return text
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text


def broken(text: str) -> bool:
    """Say whether a cell shows traces of a wrong encoding."""
    return not text.isascii() and ("\ufffd" in text or _MOJIBAKE.search(text) is not None)


def warn_broken(cells: Distinct, number: int) -> None:
    """Note a cell with traces of a wrong encoding, with what it most likely said."""
    text = cells.texts[number]
    if broken(text):
        meant = repaired(text)
        likely = f"; it most likely said {meant!r}" if meant != text else ""
        cells.note(number, BROKEN, "warned", f"Save the file again as UTF-8{likely}")


def refuse_common(cells: Distinct, number: int) -> bool:
    """Note a spreadsheet error; say whether the cell was one."""
    if is_error(cells.texts[number]):
        cells.note(number, ERROR, "rejected", ERROR_ADVICE)
        return True
    return False


def parse_texts(raw: pd.Series, heading: str) -> tuple[pd.Series, list[Finding]]:
    """What does each cell of a text column say?

    Spaces around and within are tidied; words such as N/A become missing; spreadsheet errors are rejected, and so are
    cells of several lines, unless some cell of the column is longer than 80 signs: then the column holds prose.

    Parameters
    ----------
    raw : Series of str
        Cells as they stand in the file; NA where empty.
    heading : str
        Heading to name in the findings.

    Returns
    -------
    Series of str, list of Finding

    Examples
    --------
    >>> parse_texts(pd.Series(["  Grade  8 ", "N/A"], dtype="str"), "grade")[0].tolist()
    ['Grade 8', nan]
    """
    cells = Distinct(raw, heading)
    prose = max(map(len, cells.texts), default=0) > PROSE
    values: list[str | None] = []
    for number, text in enumerate(cells.texts):
        if refuse_common(cells, number) or is_blank(text) or (not prose and _several(cells, number)):
            values.append(None)
            continue
        warn_broken(cells, number)
        values.append(" ".join(text.replace("\u00a0", " ").replace("\ufeff", "").split()))
    return cells.spread(values, None, "str"), cells.findings()


def _several(cells: Distinct, number: int) -> bool:
    """Note two answers parted by a line break; say whether there are."""
    if len([line for line in cells.texts[number].splitlines() if line.strip()]) < 2:
        return False
    cells.note(number, TWO, "rejected", TWO_ADVICE)
    return True


def parse_choices(raw: pd.Series, heading: str, choices: tuple[str, ...]) -> tuple[pd.Series, list[Finding]]:
    """Which of a fixed list of words does each cell name?

    Examples
    --------
    >>> values, findings = parse_choices(pd.Series(["Day", "weekday"], dtype="str"), "precision", ("day", "month"))
    >>> values.tolist(), findings[0].rule
    (['day', nan], 'not one of the allowed words')
    """
    values, findings = parse_texts(raw, heading)
    allowed = {choice.casefold(): choice for choice in choices}
    cells = Distinct(values, heading)
    chosen = [allowed.get(text.casefold()) for text in cells.texts]
    for number, choice in enumerate(chosen):
        if choice is None:
            cells.note(number, "not one of the allowed words", "rejected", f"Allowed: {', '.join(choices)}")
    return cells.spread(chosen, None, "str"), findings + cells.findings()
