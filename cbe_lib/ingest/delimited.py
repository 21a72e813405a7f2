"""Text files: which encoding, which delimiter, and the cells."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow

from cbe_lib.errors import CbeError
from cbe_lib.ingest.findings import Finding
from cbe_lib.ingest.grid import Grid, framed, gather, refuse_size

BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
SAMPLE = 2**16
BLOCK = 2**20
MOST_BROKEN = 20
# Bytes that no text file has: all below the blank but tab, line ends, form feed and end of file.
CONTROL = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a"))
# What `export` writes before a text that a spreadsheet would run as a formula.
NEUTRALIZED = re.compile(r"'+[=+\-@＝＋－＠\t\r\n]")


def read_delimited(path: Path) -> Grid:
    """Read a text file into a grid; encoding and delimiter are found and named."""
    encoding = find_encoding(path)
    with path.open(encoding=encoding, newline="") as stream:
        delimiter = find_delimiter(stream.read(SAMPLE))
        stream.seek(0)
        width = len(next(_rows(stream, delimiter, path.name, []), ()))
    refuse_size(1, width, path.name)
    notes: list[Finding] = []
    cells = _even(path, delimiter, width) if encoding.startswith("utf-8") and width > 1 else None
    if cells is None:
        with path.open(encoding=encoding, newline="") as stream:
            cells = gather(_rows(stream, delimiter, path.name, notes), path.name)
    return Grid("", cells, findings=(*_named(encoding, delimiter), *notes))


def find_encoding(path: Path) -> str:
    """Find the encoding: by byte order mark, else UTF-8 where every byte fits, else Windows-1252."""
    with path.open("rb") as stream:
        start = stream.read(SAMPLE)
    marked = [encoding for mark, encoding in BOMS if start.startswith(mark)]
    guesses = [*(marked or _without_mark(start)), "cp1252", "latin-1"]
    if guesses[0] in ("utf-8", "utf-8-sig") and len(start.translate(None, CONTROL)) < 0.99 * len(start):
        raise _not_text(path.name, "its bytes are not letters and digits")
    return next(encoding for encoding in guesses if _fits(path, encoding))


def find_delimiter(sample: str) -> str:
    """Find the delimiter that cuts the most lines into the same number of cells, two or more."""
    lines = sample.splitlines()
    lines = [line for line in (lines if len(lines) < 3 else lines[:-1]) if line.strip()][:200]
    return max(DELIMITERS, key=lambda mark: _evenness(lines, mark))


def _even(path: Path, delimiter: str, width: int) -> pd.DataFrame | None:
    """Read a file whose rows all have the same width, twenty times faster than cell by cell; None for any other."""
    text = dict.fromkeys((f"f{number}" for number in range(width)), pa.large_string())
    try:
        table = arrow.read_csv(
            path,
            arrow.ReadOptions(autogenerate_column_names=True, use_threads=False),
            arrow.ParseOptions(delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False),
            arrow.ConvertOptions(column_types=text, null_values=[""], strings_can_be_null=True),
        )
    except (pa.ArrowException, OSError):
        return None
    refuse_size(table.num_rows, width, path.name)
    cells = framed(table.columns)
    if cells.iloc[-1:].apply(lambda cell: cell.str.contains("[\r\n]")).any(axis=None):
        return None  # perhaps a quotation mark that never closes
    for number in cells:
        marked = cells[number].str.startswith("'").to_numpy(dtype=bool, na_value=False)
        if marked.any():
            cells[number] = cells[number].mask(marked, cells[number].map(_own, na_action="ignore"))
    return cells


def _own(cell: str) -> str:
    """Take off the apostrophe that `export` puts before what looks like a formula."""
    return cell[1:] if cell[:1] == "'" and NEUTRALIZED.match(cell) else cell


def _without_mark(start: bytes) -> list[str]:
    """Recognize UTF-16 without its mark by the zero in every other byte."""
    if len(start) < 4 or start.count(0) < 0.3 * len(start):
        return ["utf-8"]
    return ["utf-16-le" if start[1::2].count(0) > start[::2].count(0) else "utf-16-be"]


def _fits(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as stream:
            while block := stream.read(BLOCK):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _evenness(lines: list[str], delimiter: str) -> tuple[int, int]:
    try:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return 0, 0
    return max(((count, width) for width, count in widths.items() if width > 1), default=(0, 0))


def _rows(stream: Iterable[str], delimiter: str, name: str, notes: list[Finding]) -> Iterator[list[str]]:
    """Cut lines into cells. A quotation mark that never closes is taken as a letter, and reported."""
    lines, number = iter(stream), 0
    while True:
        record: list[str] = []
        for row in _records(lines, delimiter, record):
            number += 1
            yield [_own(cell) for cell in row]
        if not record:
            return
        number += 1
        yield _unquoted(record[0], delimiter, number, name)
        notes.append(_broken(number, record[0], len(notes), name))
        lines = chain(record[1:], lines)


def _unquoted(line: str, delimiter: str, row: int, name: str) -> list[str]:
    """Cut one line with its quotation marks as letters."""
    try:
        return next(csv.reader([line], delimiter=delimiter, quoting=csv.QUOTE_NONE))
    except csv.Error:
        raise _not_text(name, f"a cell in row {row} is longer than {csv.field_size_limit():,} letters") from None


def _records(lines: Iterator[str], delimiter: str, record: list[str]) -> Iterator[list[str]]:
    """Yield rows until one is broken; then `record` holds the lines that it swallowed."""

    def remembered() -> Iterator[str]:
        for line in lines:
            record.append(line)
            yield line

    try:
        for row in csv.reader(remembered(), delimiter=delimiter):
            if len(record) > 1 and _unclosed(record, delimiter):
                return
            record.clear()
            yield row
    except csv.Error:
        return


def _unclosed(record: list[str], delimiter: str) -> bool:
    try:
        list(csv.reader(record, delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


def _broken(row: int, line: str, before: int, name: str) -> Finding:
    if before >= MOST_BROKEN:
        raise _not_text(name, f"more than {MOST_BROKEN} quotation marks are never closed, the last in row {row}")
    advice = "Close the quotation mark in this row, or delete it; the row was read without it"
    return Finding("quotation mark never closed", "warned", "", advice, cells=[line.strip()], sheet_row=row)


def _not_text(name: str, why: str) -> CbeError:
    return CbeError.build(
        f"{name} cannot be read as a table",
        found=f"It is no text file that can be cut into cells: {why}",
        advice="Save it from the spreadsheet program as .xlsx or as CSV UTF-8",
    )


def _named(encoding: str, delimiter: str) -> list[Finding]:
    found = [f"encoding {encoding}"] if encoding != "utf-8" else []
    found += [f"delimiter {DELIMITERS[delimiter]}"] if delimiter != "," else []
    unsure = encoding == "latin-1"
    advice = "Check the accented letters, or save the file as CSV UTF-8" if unsure else "Nothing to do"
    action = "warned" if unsure else "handled"
    return [Finding("text file", action, "", advice, cells=[", ".join(found)])] if found else []
