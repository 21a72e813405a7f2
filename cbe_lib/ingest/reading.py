"""What `ingest.read` returns: the table, everything found on the way, and the report in every form."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from cbe_lib.files import whole
from cbe_lib.ingest.declared import FileMapping
from cbe_lib.ingest.export import neutral
from cbe_lib.results import Result

_COLOR = {"rejected": "#a01c1c", "warned": "#7a5200", "handled": "#1d5e2f"}


@dataclass(frozen=True, repr=False)
class Reading(Result):
    """A file, read: see `cbe_lib.ingest.read`.

    Attributes
    ----------
    frame : DataFrame
        The validated table; headings that the table does not know stand behind its columns as text.
    report : DataFrame
        Everything found: file, sheet, row, column, cell, rule, action, advice, count. A rejected cell has a line of
        its own, the rest one line for each column and rule; `row` is the one that the spreadsheet shows.
    raw : DataFrame
        The cells behind each row of `frame` as they stand in the file: `row`, then a column for each heading.
    mapping : FileMapping
        What was said about the file, with the columns as they were read; `save_mapping` keeps it.
    table : DataFrame
        The report, grouped: action, rule, column, count, first_row, cell, advice.
    """

    frame: pd.DataFrame
    report: pd.DataFrame
    raw: pd.DataFrame
    mapping: FileMapping

    @property
    def rejected(self) -> int:
        """How many cells or rows were rejected?"""
        return int((self.report["action"] == "rejected").sum())

    def to_csv(self, path: str | Path) -> Path:
        """Write the report to a CSV file that no spreadsheet program takes for formulas."""
        shown = self.report.map(lambda cell: neutral(cell) if isinstance(cell, str) else cell)
        with whole(path) as place:
            # The mark at the start tells Excel that the text is UTF-8.
            # With this line end a lone carriage return in a cell is quoted: unquoted, it would begin a row.
            shown.to_csv(place, index=False, encoding="utf-8-sig", lineterminator="\r\n")
        return Path(path)

    def to_json(self) -> str:
        """Write summary and report as JSON."""
        lines = self.report.astype(object).where(self.report.notna(), None).to_dict("records")
        said = {"text": self.text, "rows": len(self.frame), "rejected": self.rejected, "report": lines}
        return json.dumps(said, ensure_ascii=False, indent=1)

    def to_html(self) -> str:
        """Write the report as a page that needs nothing else."""
        head = "".join(f'<th scope="col">{name}</th>' for name in self.report)
        rows = "".join(map(_row, self.report.itertuples(index=False)))
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in self.notes)
        return (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>What was found</title><style>'
            "body{font-family:sans-serif;margin:2rem}table{border-collapse:collapse}"
            "th,td{border:1px solid #999;padding:.2rem .5rem;text-align:left;vertical-align:top}</style></head><body>"
            f"<h1>What was found</h1><p>{html.escape(self.text)}</p><ul>{notes}</ul>"
            f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></body></html>\n"
        )


def grouped(report: pd.DataFrame) -> pd.DataFrame:
    """Count the lines of a report by action, rule and column, with the first row, cell and advice of each."""
    groups = report.groupby(["action", "rule", "sheet", "column"], sort=False, dropna=False)
    table = groups.agg(
        count=("count", "sum"), first_row=("row", "first"), cell=("cell", "first"), advice=("advice", "first")
    )
    return table.reset_index().drop(columns="sheet")


def in_words(frame: pd.DataFrame, report: pd.DataFrame, name: str, rows: int, table: str) -> str:
    """Say in two or three sentences what was read and what was not."""
    count = report.groupby("action")["count"].sum()
    bad, doubtful = int(count.get("rejected", 0)), int(count.get("warned", 0))
    text = f"{name}: {len(frame):,} of {rows:,} rows can be used as the table {table!r}."
    if bad:
        what = "1 cell or row was rejected and needs" if bad == 1 else f"{bad:,} cells or rows were rejected and need"
        text += f" {what} a correction or a declaration."
    if doubtful:
        text += f" {doubtful:,} more {'was' if doubtful == 1 else 'were'} read with a doubt."
    handled = int(count.get("handled", 0))
    if handled:
        text += f" {handled:,} {'was' if handled == 1 else 'were'} put right in known ways; the report names each way."
    return text if bad or doubtful or handled else text + " Nothing was found to be wrong."


def _row(line: tuple) -> str:
    cells = ["" if cell is pd.NA else html.escape(str(cell)) for cell in line]
    action = str(line[6])
    cells[6] = f'<strong style="color:{_COLOR[action]}">{action}</strong>'
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
