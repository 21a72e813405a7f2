"""Broken files: cells that nobody expects, and good files with bytes changed."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
from hypothesis import strategies as st

from cbe_lib import ingest
from cbe_lib.errors import CbeError

HEAD = "District ID,School Year,Pct Proficient,Number Tested,Student Group,District Name,Grade"
COLUMNS = HEAD.split(",")
ROWS = [
    ["030", "2013-14", 61.5, 40, "All Students", "Alder", "8"],
    ["031", "2013-14", ">=95", "11-20", "FRL", "Birch", "8"],
    ["032", "2013-14", "#DIV/0!", 20, "White", "Cedar", "8"],
]
_WORDS = [
    *("030", "2013-14", "2015", "61.5%", ">=95", "<5", "45-49", "15-Oct", "*", "**", "n<10", "LNE", "-9", "43573"),
    *("1,234", "#DIV/0!", "0.5", "1.0", "NaN", "inf", "-0", "Fall 2014", "9" * 40, "٣", "½", "=1+1", "'", '"', "1e308"),
    *("Colorado", "All Schools", "FRL", "\x00", "\ufeff", "Jan-50", "2.31E+06", "00", "1/2", "..", "1..2", "5–", "≥"),
    *("%", '"a\nb"'),
]
_NUMBERS = st.floats().map(str) | st.integers().map(str) | st.dates().map(str)
cell = st.sampled_from(_WORDS) | st.text(max_size=12) | _NUMBERS
_TOKENS = [b'"', b"<", b">", b"&", b"\x00", b"\xff", b"9" * 12, b"-1", b",", b"\n"]
_TOKENS += [b'r="XFD1048576"', b't="e"', b't="s"', b's="9"']


def outcome(path: Path) -> str:
    """Read a file; anything but a reading or a CbeError is an error of this library and goes through."""
    try:
        found = ingest.read(path)
    except CbeError:
        return "refused"
    found.to_html()
    return "read"


def seeds(folder: Path) -> dict[str, bytes]:
    """Write one good file of each kind, and return the bytes."""
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Rates", 0)
    for row in [["Rates of a synthetic state"], COLUMNS, *ROWS]:
        sheet.append(row)
    sheet["C3"].number_format = "0.0"
    sheet["A3"].number_format = "000"
    sheet.merge_cells("A1:C1")
    book["Sheet"].sheet_state = "hidden"
    book.save(folder / "seed.xlsx")
    frame = pd.DataFrame(ROWS, columns=COLUMNS).astype("str")
    frame.to_parquet(folder / "seed.parquet")
    text = "\n".join([HEAD, *(",".join(map(str, row)) for row in ROWS)]).encode()
    workbook = (folder / "seed.xlsx").read_bytes()
    return {"csv": text, "xlsx": workbook, "parts": workbook, "parquet": (folder / "seed.parquet").read_bytes()}


def mutated(content: bytes, kind: str, chance: random.Random) -> bytes:
    """Change a few bytes: of the file, or (kind "parts") of the XML inside a workbook that stays a proper zip file."""
    if kind != "parts":
        return _changed(content, chance)
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    for name in chance.sample(sorted(parts), chance.choice([1, 1, 2])):
        parts[name] = _changed(parts[name], chance)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as book:
        for name, part in parts.items():
            book.writestr(name, part)
    return written.getvalue()


def _changed(content: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(chance.choice([1, 1, 2, 5, 20])):
        place = chance.randrange(len(data) + 1)
        kind = chance.randrange(5)
        if kind == 0:
            data[place : place + 1] = bytes([chance.randrange(256)])
        elif kind == 1:
            data[place:place] = chance.choice(_TOKENS)
        elif kind == 2:
            del data[place : place + chance.choice([1, 2, 8, 64])]
        elif kind == 3:
            data[place:place] = data[place : place + chance.choice([4, 40, 400])]
        elif place:
            digits = [spot for spot, byte in enumerate(data) if 48 <= byte <= 57]
            data[chance.choice(digits) if digits else 0] = 48 + chance.randrange(10)
    return bytes(data)
