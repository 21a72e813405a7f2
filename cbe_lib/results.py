"""The contract that every result keeps: a tidy table, a sentence to quote, notes, and the model behind it."""

from __future__ import annotations

import html
import importlib
from dataclasses import dataclass
from typing import Any

import pandas as pd


@dataclass(frozen=True, repr=False)
class Result:
    """What a verb of this library returns.

    Attributes
    ----------
    table : DataFrame
        Tidy: a row for each quantity. What cannot be estimated is a row with a reason, never a NaN alone.
    text : str
        Two or three sentences that a superintendent can quote, with the caution in the same breath.
    notes : tuple of str
        Rows left out and why, assumptions under strain, what cannot be told.
    model : object or None
        The statsmodels result behind the numbers, where there is one.
    """

    table: pd.DataFrame
    text: str
    notes: tuple[str, ...]
    model: Any

    def plot(self, ax: Any = None) -> Any:
        """Draw this result with `cbe_lib.plots`: into `ax` if given, else a new detached Figure."""
        # By name, at call time: results stay importable where matplotlib is not wanted.
        return importlib.import_module("cbe_lib.plots").draw(self, ax=ax)

    def __repr__(self) -> str:
        shown = rounded(self.table).to_string(index=False)
        notes = "".join(f"\n- {note}" for note in self.notes)
        return f"{self.text}\n\n{shown}" + (f"\n\nNotes{notes}" if notes else "")

    def _repr_html_(self) -> str:
        shown = rounded(self.table).to_html(index=False, border=0, justify="left")
        shown = shown.replace("<td>", '<td style="text-align: left">')
        notes = "".join(f"<li>{_escaped(note)}</li>" for note in self.notes)
        return f"<p>{_escaped(self.text)}</p>{shown}" + (f"<p>Notes</p><ul>{notes}</ul>" if notes else "")


def _escaped(text: str) -> str:
    # JupyterLab reads what stands between two dollar signs as a formula, unless each is alone in a tag.
    return html.escape(text).replace("$", "<span>$</span>")


def rounded(table: pd.DataFrame, decimals: int = 2) -> pd.DataFrame:
    """Copy `table` for display: numbers rounded once, whole numbers without decimals, blanks for missing."""
    places = {name: 3 if str(name) in ("p_value", "q_value") else decimals for name in table.columns}
    return table.apply(lambda column: column.map(lambda cell: _shown(cell, places[column.name])))


def _shown(cell: object, decimals: int) -> str:
    if cell is None or cell is pd.NA or (isinstance(cell, float) and cell != cell):
        return ""
    if isinstance(cell, float):
        if abs(cell) == float("inf"):
            return "not yet" if cell > 0 else "none"
        return f"{cell:.0f}" if cell == round(cell) and abs(cell) >= 1000 else f"{cell:.{decimals}f}"
    return str(cell)
