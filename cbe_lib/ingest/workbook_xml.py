"""What the workbook reader leaves out: error cells, how numbers are shown, formulas without a value, and true sizes."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import IO, Any
from xml.etree.ElementTree import Element, ParseError, fromstring
from zipfile import ZipFile

import numpy as np
from openpyxl.styles.numbers import BUILTIN_FORMATS

from cbe_lib.ingest.grid import SPREADSHEET_DIGITS

CHUNK = 2**20
BLANK = 32
LONGEST_REFERENCE = 12
LARGEST_PART = 64 * 2**20  # of what is read in one piece: styles, the list of sheets, a row
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]*)(\d+)["']""")
_UNCALCULATED = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)><(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)(?:<v\s*/>|<v></v>)?</(?:\w+:)?c>"
)
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]*)<")


@dataclass
class Marks:
    """What stands in the XML of one sheet and nowhere else.

    Attributes
    ----------
    rows, columns : int
        Size of the sheet, from the cells themselves.
    row, column, code : array
        Cells, counted from 0 and in the order of the file, that are shown otherwise than they are stored, and the
        position of the way they are shown in `codes`.
    codes : list of str
        Number formats, or the text of errors such as #DIV/0!.
    uncalculated : list of (row, column)
        Formulas that were saved without their value.
    """

    rows: int = 0
    columns: int = 0
    row: array = field(default_factory=lambda: array("l"))
    column: array = field(default_factory=lambda: array("l"))
    code: array = field(default_factory=lambda: array("l"))
    codes: list[str] = field(default_factory=list)
    uncalculated: list[tuple[int, int]] = field(default_factory=list)


def sheet_marks(book: ZipFile, part: str) -> Marks:
    """Read the XML of one sheet in pieces, and note size, error cells, formats that matter and empty formulas."""
    special = _special_styles(book)
    marks = Marks(codes=list(dict.fromkeys(special.values())))
    pattern, signs = _special_cell(special), [b't="e"', *(b's="%d"' % style for style in special)]
    with book.open(part) as stream:
        for piece in _pieces(stream):
            _measure(piece, marks)
            if any(sign in piece for sign in signs):
                _note_special(piece, pattern, special, marks)
            if b"<f" in piece or b":f" in piece:
                marks.uncalculated += filter(None, map(_place, _attributes(_UNCALCULATED, piece)))
    return marks


def shown(value: Any, code: str) -> str | None:
    """Write a stored value in the way its cell shows it; None where that is no different."""
    if code.startswith("#"):
        return code
    if isinstance(value, (date, datetime)):
        return f"{value.day}-{value:%b}" if code == "d-mmm" else f"{value:%b-%y}"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if code == "%":
        return f"{value * 100:.{SPREADSHEET_DIGITS - 1}g}%"
    return f"{value:.0f}".zfill(len(code)) if set(code) == {"0"} and value >= 0 and float(value).is_integer() else None


def parts_of_sheets(book: ZipFile) -> dict[str, str]:
    """Name the part of the file that holds each sheet."""
    relations = _parsed(book, "xl/_rels/workbook.xml.rels")
    targets = {each.get("Id", ""): each.get("Target", "") for each in relations}
    found = {}
    for sheet in _parsed(book, "xl/workbook.xml").iter():
        if sheet.tag.rpartition("}")[2] == "sheet":
            key = next((text for name, text in sheet.attrib.items() if name.rpartition("}")[2] == "id"), "")
            target = targets.get(key, "")
            found[sheet.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return found


def _parsed(book: ZipFile, part: str) -> Element:
    try:
        if book.getinfo(part).file_size > LARGEST_PART:
            return Element("none")
        return fromstring(book.read(part))
    except (KeyError, ParseError, LookupError, ValueError):
        return Element("none")


def _special_styles(book: ZipFile) -> dict[int, str]:
    """Say which styles show something other than the stored number: percent, leading zeros, a date without a year."""
    styles = _parsed(book, "xl/styles.xml")
    own = {each.get("numFmtId"): each.get("formatCode", "") for each in styles.iter(f"{_MAIN}numFmt")}
    formats = (each.get("numFmtId", "0") for each in styles.iterfind(f"{_MAIN}cellXfs/{_MAIN}xf"))
    named = (own.get(each) or BUILTIN_FORMATS.get(int(each) if each.isdigit() else 0, "") for each in formats)
    return {number: code for number, code in enumerate(map(_simplified, named)) if code}


def _simplified(code: str) -> str:
    """Reduce a number format to what matters here: "%", "0000", "d-mmm", "mmm-yy" or nothing."""
    code = re.sub(r'"[^"]*"|\[[^\]]*\]|\\', "", code).split(";")[0].casefold().strip()
    if "%" in code:
        return "%"
    return code if code in ("d-mmm", "dd-mmm", "mmm-yy") or re.fullmatch("0{2,40}", code) else ""


def _special_cell(special: dict[int, str]) -> re.Pattern[bytes]:
    styles = "|".join(map(str, special)) or "none"
    attributes = rf"""(?=[^>]*?\b(?:t\s*=\s*["']e["']|s\s*=\s*["'](?:{styles})["']))([^>]*)"""
    return re.compile(rf"<(?:\w+:)?c\b{attributes}>(.*?)</(?:\w+:)?c>".encode(), re.DOTALL)


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """Cut the XML into large pieces that end before the tag of a row, so that no cell is cut."""
    rest = b""
    while block := stream.read(CHUNK):
        new = max(0, len(rest) - len(b"<row"))
        rest += block
        cut = max(rest.rfind(b"<row", new), rest.rfind(b":row", new))
        if len(rest) > LARGEST_PART:
            raise ValueError(f"one row has more than {LARGEST_PART // 2**20} MB")
        if cut > 0:
            yield rest[:cut]
            rest = rest[cut:]
    yield rest


def _measure(piece: bytes, marks: Marks) -> None:
    """Find the last row and column that any cell names: what a sheet says about its own size may be false."""
    data = np.frombuffer(b"\0\0" + piece + bytes(LONGEST_REFERENCE), np.uint8)
    equal = np.flatnonzero(data == ord("="))
    before, after = data[equal - 1], data[equal + 1]
    spaced = bool(((before <= BLANK) | (after <= BLANK)).any())
    if spaced:
        places = [_number(letters, digits) for letters, digits in set(_REFERENCE.findall(piece))]
        row, column = np.array([row for row, _ in places]), np.array([column for _, column in places])
    else:
        named = (before == ord("r")) & (data[equal - 2] <= BLANK) & np.isin(after, (ord('"'), ord("'")))
        row, column = _references(data, equal[named] + 2)
    marks.rows = max(marks.rows, int(row.max(initial=0)))
    marks.columns = max(marks.columns, int(column.max(initial=0)))


def _references(data: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Read references such as AB12 at these places, all at once."""
    row, column = np.zeros(len(start), dtype=np.int64), np.zeros(len(start), dtype=np.int64)
    going = np.ones(len(start), dtype=bool)
    for step in range(LONGEST_REFERENCE - 1):
        sign = data[start + step]
        letter = going & (row == 0) & (sign >= ord("A")) & (sign <= ord("z"))
        digit = going & (sign >= ord("0")) & (sign <= ord("9"))
        column = np.where(letter, column * 26 + (sign & 31), column)
        row = np.where(digit, row * 10 + sign - ord("0"), row)
        going = letter | digit
    return row, column


def _number(letters: bytes, digits: bytes) -> tuple[int, int]:
    column = 0
    for letter in letters[:5].upper():
        column = column * 26 + letter - ord("A") + 1
    return int(digits[:9]), column


def _note_special(piece: bytes, pattern: re.Pattern[bytes], special: dict[int, str], marks: Marks) -> None:
    positions = {code: position for position, code in enumerate(marks.codes)}
    for attributes, content in pattern.findall(piece):
        place, code = _place(attributes), _code(attributes, content, special)
        if place is None or not code:
            continue
        if code not in positions:
            positions[code] = len(marks.codes)
            marks.codes.append(code)
        marks.row.append(place[0])
        marks.column.append(place[1])
        marks.code.append(positions[code])


def _code(attributes: bytes, content: bytes, special: dict[int, str]) -> str:
    if re.search(rb"""\bt\s*=\s*["']e["']""", attributes):
        text = _VALUE.search(content)
        return text[1].decode(errors="replace")[:20] if text and text[1].startswith(b"#") else "#ERROR!"
    style = re.search(rb"""\bs\s*=\s*["'](\d+)["']""", attributes)
    return special.get(int(style[1]), "") if style else ""


def _place(attributes: bytes) -> tuple[int, int] | None:
    found = _REFERENCE.search(attributes)
    if not found:
        return None
    row, column = _number(found[1], found[2])
    return (row - 1, column - 1) if row and column else None


def _attributes(pattern: re.Pattern[bytes], piece: bytes) -> Iterator[bytes]:
    return (each[1] for each in pattern.finditer(piece))
