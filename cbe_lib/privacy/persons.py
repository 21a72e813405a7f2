"""Tables about persons stay in."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from cbe_lib.errors import CbeError, require_frame, rows_of, some
from cbe_lib.tables.spec import known

# Columns that hold a code or name of a person, in the tables of cbe_lib and in other systems.
PERSONS = frozenset(
    {
        "email",
        "first_name",
        "last_name",
        "link_code",
        "participant",
        "participant_id",
        "person_id",
        "pupil_hash",
        "pupil_id",
        "respondent",
        "respondent_id",
        "ssn",
        "student_hash",
        "student_id",
        "student_name",
        "teacher_id",
    }
)


def refuse_persons(frame: pd.DataFrame, table: str | None = None, *, persons: Sequence[str] = ()) -> None:
    """May this table leave, or is each row about one person?

    Parameters
    ----------
    frame : DataFrame
        What is to be written, drawn or sent.
    table : str, optional
        Its name among `cbe_lib.tables.names`, where it has one.
    persons : sequence of str
        Further columns that name persons, for instance "rater".

    Raises
    ------
    CbeError
        If the table is declared as one about persons, or a column names them.

    Examples
    --------
    >>> refuse_persons(pd.DataFrame({"district_id": ["030"], "value": [61.5]}), "outcomes")
    >>> refuse_persons(pd.DataFrame({"respondent": ["a7"], "answer": [4.0]}))
    Traceback (most recent call last):
    ...
    cbe_lib.errors.CbeError: This table is about persons and must not leave: column 'respondent'. ...
    """
    frame = require_frame(frame, "table")
    wanted = {*PERSONS, *(name.casefold() for name in persons)}
    named = [str(name) for name in frame.columns if str(name).casefold() in wanted]
    declared_so = table is not None and known(table).person
    if named or declared_so:
        what = f"column {some(map(repr, named))}" if named else f"every row of `{table}` is about one person"
        raise CbeError.build(
            f"This table is about persons and must not leave: {what}",
            found=f"Found {rows_of(frame, [True] * len(frame))}",
            advice="Count or average by school, role or subgroup, then pass the summary to privacy.for_release",
        )
