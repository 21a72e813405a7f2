"""Columns of ids: text whose leading zeros and digits a spreadsheet may have lost."""

from __future__ import annotations

import re
from decimal import Decimal

import pandas as pd

from cbe_lib.errors import CbeError
from cbe_lib.ingest.distinct import Distinct
from cbe_lib.ingest.findings import Finding
from cbe_lib.ingest.numeric import DATE, date_advice
from cbe_lib.ingest.sheetdates import pieces
from cbe_lib.ingest.texts import cleaned, is_blank, refuse_common, warn_broken

_FLOAT = re.compile(r"(\d+)\.0*")
_SCIENTIFIC = re.compile(r"\d(?:\.(\d+))?e\+?(\d{1,2})", re.IGNORECASE)
_MARKED = re.compile(r"""="?([^"]*)"?|'(.+)""")
_KNOWN_WIDTHS = {"leaid": 7, "nces lea id": 7, "nces district id": 7, "ncessch": 12, "nces school id": 12}


def parse_ids(raw: pd.Series, heading: str, id_width: int | None = None) -> tuple[pd.Series, list[Finding]]:
    """Which id does each cell hold, as text with its leading zeros?

    Parameters
    ----------
    raw : Series of str
        Cells as they stand in the file; NA where empty.
    heading : str
        Heading to name in the findings.
    id_width : int, optional
        Digits that every id has; shorter ones are filled with zeros on the left, longer ones rejected. Ids with
        letters stay as they are.

    Returns
    -------
    Series of str, list of Finding

    Raises
    ------
    CbeError
        If `id_width` is not a whole number from 1 to 30.

    Notes
    -----
    3305700.0 is taken as 3305700. 2.31E+06 shows three of seven digits: the id is lost and the cell rejected, unless
    every digit is there (3.305700E+06).

    Examples
    --------
    >>> ids, findings = parse_ids(pd.Series(["200070", "3305700.0", "2.31E+06"], dtype="str"), "LEAID", 7)
    >>> ids.tolist()
    ['0200070', '3305700', nan]
    """
    if id_width is not None and (isinstance(id_width, bool) or not isinstance(id_width, int) or not 0 < id_width <= 30):
        raise CbeError.build("`id_width` must be a whole number from 1 to 30", found=f"Found {id_width!r}")
    cells = Distinct(raw, heading)
    ids = [_id(cells, number, id_width) for number in range(len(cells.texts))]
    if id_width is None:
        _warn_of_widths(cells, ids)
    return cells.spread(ids, None, "str"), cells.findings()


def _id(cells: Distinct, number: int, width: int | None) -> str | None:
    text = cleaned(cells.texts[number])
    if text.isdigit() and text.isascii():
        return _padded(cells, number, text, width)
    if refuse_common(cells, number) or is_blank(text):
        return None
    if "\n" in text or "\r" in text:
        cells.note(number, "two answers in one cell", "rejected", "Give each id its own row")
        return None
    if marked := _MARKED.fullmatch(text):
        text = (marked[1] or marked[2] or "").strip()
        cells.note(number, "spreadsheet text mark removed", "handled", "Nothing to do")
    if whole := _FLOAT.fullmatch(text):
        cells.note(
            number, "decimals of an id removed", "handled", "Keep ids as text, so that zeros on the left survive"
        )
        return _padded(cells, number, whole[1], width)
    if scientific := _SCIENTIFIC.fullmatch(text):
        return _from_scientific(cells, number, text, scientific, width)
    if pieces(text):
        cells.note(number, DATE, "rejected", date_advice(text))
        return None
    return _other(cells, number, text, width)


def _other(cells: Distinct, number: int, text: str, width: int | None) -> str | None:
    if not text or re.fullmatch(r"-?\d*\.\d+|-\d+", text):
        cells.note(number, "not an id", "rejected", "An id is whole and not negative: correct the cell")
        return None
    warn_broken(cells, number)
    tidy = " ".join(text.split())
    return _padded(cells, number, tidy, width) if tidy.isdigit() and tidy.isascii() else tidy


def _padded(cells: Distinct, number: int, digits: str, width: int | None) -> str | None:
    if width is None or len(digits) == width:
        return digits
    if len(digits) > width:
        advice = f"It has {len(digits)} digits where id_width={width}: correct the cell or the width"
        cells.note(number, "id too long", "rejected", advice)
        return None
    cells.note(
        number, "leading zeros restored", "handled", f"Filled with zeros to {width} digits, as id_width={width} asks"
    )
    return digits.zfill(width)


def _from_scientific(cells: Distinct, number: int, text: str, found: re.Match[str], width: int | None) -> str | None:
    if len(found[1] or "") < int(found[2]):
        shown = len(found[1] or "") + 1
        advice = (
            f"Only {shown} of {int(found[2]) + 1} digits are left: format the column as text and paste the ids again"
        )
        cells.note(number, "digits of an id lost", "rejected", advice)
        return None
    digits = f"{Decimal(text):f}".split(".")[0]
    cells.note(number, "id written in powers of ten", "handled", "All digits are there; keep ids as text")
    return _padded(cells, number, digits, width)


def _warn_of_widths(cells: Distinct, ids: list[str | None]) -> None:
    """Ask for the width where zeros on the left seem lost: next to ids that have them, or by a known heading."""
    digits = {number: text for number, text in enumerate(ids) if text and text.isdigit()}
    lengths = [len(text) for text in digits.values()]
    known = _KNOWN_WIDTHS.get(" ".join(cells.heading.casefold().replace("_", " ").split()))
    zeros = any(text.startswith("0") and len(text) == max(lengths) for text in digits.values())
    width = known or (max(lengths) if zeros else None)
    if width is None:
        return
    for number, text in digits.items():
        if len(text) < width:
            advice = f"{text!r} and {text.zfill(width)!r} count as two ids; pass id_width={width} if zeros were lost"
            cells.note(number, "leading zeros may be lost", "warned", advice)
