"""Tiny files of every kind, as districts send them."""

import openpyxl
import pytest

from cbe_lib import ingest


@pytest.fixture
def text_file(tmp_path):
    """Write a text file and return its path."""

    def write(text, name="state.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write


@pytest.fixture
def workbook(tmp_path):
    """Write a workbook from {sheet: rows} and return its path; `change` may alter it before it is saved."""

    def write(sheets, name="state.xlsx", change=None):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
        if change:
            change(book)
        book.save(tmp_path / name)
        return tmp_path / name

    return write


@pytest.fixture
def read_text(text_file):
    """Write a text file and read it."""

    def read(text, **declared):
        return ingest.read(text_file(text), **declared)

    return read


def lines(found, action):
    """Rules of the lines of a report with this action."""
    return found.report.query("action == @action")["rule"].tolist()
