"""A column read through its distinct cells: each text is judged once, however often it occurs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cbe_lib.ingest.findings import Action, Finding


class Distinct:
    """The distinct cells of a text column, where each stands, and what is noted about them.

    Attributes
    ----------
    heading : str
    texts : list of str
        Distinct cells as they stand in the file, in order of first appearance.
    codes : array of int
        For each row the number of its text; -1 where the cell is empty.
    counts : array of int
        Rows that hold each text.
    """

    def __init__(self, raw: pd.Series, heading: str) -> None:
        codes, texts = pd.factorize(raw, use_na_sentinel=True)
        self.heading = heading
        self.codes = np.asarray(codes)
        self.texts: list[str] = np.asarray(texts, dtype=object).tolist()
        self.counts = np.bincount(self.codes[self.codes >= 0], minlength=len(self.texts))
        self._notes: dict[tuple[str, Action], dict[int, str]] = {}

    def note(self, number: int, rule: str, action: Action, advice: str) -> None:
        """Note `rule` about one text."""
        self._notes.setdefault((rule, action), {})[number] = advice

    def spread(self, values: Sequence[object] | np.ndarray, empty: object, dtype: str) -> pd.Series:
        """Lay one value for each distinct text out over the rows; `empty` stands where the cell is empty."""
        wide = np.empty(len(self.texts) + 1, dtype=object)
        wide[:-1], wide[-1] = list(values), empty
        return pd.Series(wide, dtype=dtype).take(self.codes).reset_index(drop=True)

    def findings(self) -> list[Finding]:
        """Everything noted, one finding for each rule."""
        return [self._finding(rule, action, notes) for (rule, action), notes in self._notes.items()]

    def _finding(self, rule: str, action: Action, notes: dict[int, str]) -> Finding:
        noted = np.zeros(len(self.texts) + 1, dtype=bool)
        noted[list(notes)] = True
        rows = np.flatnonzero(noted[self.codes])
        shown = self.codes[rows] if action == "rejected" else self.codes[rows[:1]]
        each = [notes[number] for number in shown.tolist()]
        advice = each[0] if len(set(each)) == 1 else each
        return Finding(rule, action, self.heading, advice, rows, [self.texts[number] for number in shown.tolist()])
