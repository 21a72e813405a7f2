"""Write messy_state_file.xlsx, a workbook as messy as real ones: python data/samples/make_messy.py [FOLDER].

Every number is invented. What is wrong with it on purpose is listed in DICTIONARY.md.
"""

from __future__ import annotations

import sys
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from cbe_lib import simulate

NAMES = ("Fern Valley", "Gull Point", "Hazel Run", "Iron Creek")
GROUPS = ("All Students", "FRL", "ELL")
TESTED = {"All Students": 1800, "FRL": 640, "ELL": 150}
ROLLOUT = 2014
HEADS = (
    ("District", "District", "School", "Student", "Students", "Percent"),
    ("Code", "Name", "Year", "Group", "Tested", "Proficient"),
)


def rows() -> list[list[object]]:
    """Draw the rates, then spoil cells by hand."""
    table: list[list[object]] = []
    for place, name in enumerate(NAMES):
        for number, group in enumerate(GROUPS):
            shape = "v" if name == "Fern Valley" else "none"
            outcomes, _ = simulate.outcomes(
                1, years=range(2006, 2023), rollout=ROLLOUT, shape=shape, depth=8 if shape == "v" else 0,
                base=58 - 9 * number, n_tested=TESTED[group], noise_sd=1.0, seed=40 + 10 * place + number,
            )  # fmt: skip
            for row in outcomes.itertuples():
                year = f"{row.year - 1}-{row.year % 100:02d}"
                table.append(
                    [200070 + place, f"{name} SD (invented)", year, group, int(row.n_tested), round(row.value, 1)]
                )
    return _spoiled(table)


def _spoiled(table: list[list[object]]) -> list[list[object]]:
    for row in table:
        if row[2] == "2019-20":
            row[4], row[5] = "N/A", "N/A"
    here = {(row[1], row[2], row[3]): row for row in table}
    changes = {
        ("Fern Valley", "2007-08", "ELL"): ("*", "*"),
        ("Fern Valley", "2010-11", "ELL"): (None, "10-15"),
        ("Fern Valley", "2012-13", "FRL"): (None, "45.2%"),
        ("Gull Point", "2008-09", "ELL"): ("n<10", "n<10"),
        ("Gull Point", "2016-17", "All Students"): ("1,812", ">=95"),
        ("Gull Point", "2017-18", "All Students"): (None, "61.4*"),
        ("Hazel Run", "2011-12", "FRL"): (None, "#VALUE!"),
        ("Hazel Run", "2014-15", "All Students"): (43573, None),
        ("Iron Creek", "2015-16", "FRL"): (None, "LNE"),
        ("Iron Creek", "2018-19", "All Students"): (None, "sixty"),
    }
    for (name, year, group), (tested, rate) in changes.items():
        row = here[(f"{name} SD (invented)", year, group)]
        row[4], row[5] = tested or row[4], rate or row[5]
    twice = here[("Iron Creek SD (invented)", "2009-10", "ELL")]
    return [*table, [*twice[:5], 51.0], ["", "State Total", "2018-19", "All Students", "7,240", 57.8]]


def workbook() -> Workbook:
    """Lay the rows out under title rows and a head of two lines; a hidden sheet holds an older try."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Results"
    _titled(sheet)
    for head in HEADS:
        sheet.append(head)
        for cell in sheet[sheet.max_row]:
            cell.font = Font(bold=True)
    for row in rows():
        sheet.append(row)
    sheet.append([])
    sheet.append(["* Fewer than 10 students. LNE: low number enrolled."])
    hidden = book.create_sheet("old try")
    hidden.append(["do not use"])
    hidden.sheet_state = "hidden"
    for letter, width in zip("ABCDEF", (12, 24, 12, 14, 12, 12), strict=True):
        sheet.column_dimensions[letter].width = width
    return book


def _titled(sheet: Worksheet) -> None:
    for line in ("State Assessment Results, Grade 4 Mathematics", "All numbers invented", "Run date: 2022-09-14", ""):
        sheet.append([line])
        sheet.cell(sheet.max_row, 1).font = Font(bold=True)


def main(folder: Path) -> None:
    """Write the workbook."""
    workbook().save(folder / "messy_state_file.xlsx")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
