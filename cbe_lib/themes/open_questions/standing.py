"""Where students stand against their age grade."""

from __future__ import annotations

import pandas as pd

from cbe_lib import tables
from cbe_lib.errors import require_rows, unknown_name


def latest(progress: pd.DataFrame, subject: str) -> pd.DataFrame:
    """Return the last level of each student in a subject, with its distance from the age grade."""
    progress = require_rows(tables.validate(progress, "progress", complete=True), "progress")
    rows = progress[(progress["subject"] == subject) & progress["age_grade"].notna()]
    if rows.empty:
        raise unknown_name("subject with age grades", subject, sorted(progress["subject"].dropna().unique()))
    last = rows.sort_values("level", kind="stable").groupby("student_hash").tail(1)
    return last.assign(gap=last["level"] - last["age_grade"])
