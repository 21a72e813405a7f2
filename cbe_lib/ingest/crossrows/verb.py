"""All checks across rows, in order: what fills in, what leaves rows out, what only warns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from cbe_lib.errors import require_frame
from cbe_lib.ingest.crossrows import copied, counts, entities, keys, plausible, slipped, testing
from cbe_lib.ingest.findings import Finding
from cbe_lib.tables.spec import known


def check(
    frame: pd.DataFrame,
    *,
    raw: pd.DataFrame | None = None,
    table: str = "outcomes",
    regimes: Mapping[str, int] | None = None,
    no_test: Iterable[int] = (),
    keep: Mapping[str, object] | None = None,
) -> tuple[pd.DataFrame, list[Finding]]:
    """What do the rows of a table say about each other: repeated keys, changed tests, impossible counts, slips, copies?

    Parameters
    ----------
    frame : DataFrame
        Typed columns of `table`, one row for each row of the file, numbered from 0.
    raw : DataFrame of str, optional
        The same rows as they stand in the file, under its headings.
    table : str
        Name of the table. Keys are checked for every table, the rest for `outcomes`.
    regimes : mapping of str to int, optional
        First spring year of each test; fills `test_regime`.
    no_test : iterable of int
        Spring years without a test.
    keep : mapping of str to object, optional
        {heading: value}: among rows with one key, keep those that say so.

    Returns
    -------
    frame : DataFrame
        The rows that can be used. The index still counts the rows of the file from 0.
    findings : list of Finding
        Positions are those of the file.

    Raises
    ------
    CbeError
        If `regimes` or `no_test` do not hold years.

    Notes
    -----
    Rows without a key, and rows that share one, are left out and counted; counts that are a spreadsheet's day numbers
    become missing. All else is a warning and changes nothing. See `slipped.find` and `copied.find` for how often those
    two warn of clean tables and how much they find.

    Examples
    --------
    >>> twice = pd.DataFrame({"district_id": ["030", "030"], "year": [2014, 2014], "value": [61.5, 64.0]})
    >>> kept, findings = check(twice)
    >>> len(kept), [finding.rule for finding in findings if finding.action == "rejected"]
    (0, ['more than one row for one key'])
    """
    spec = known(table)
    frame = require_frame(frame, table).reset_index(drop=True)
    source = frame.astype("str") if raw is None else raw.reset_index(drop=True)
    findings: list[Finding] = []
    if table == "outcomes":
        frame = testing.name_regimes(frame, regimes or {}, findings)
        frame = testing.mark_years_without_test(frame, no_test, findings)
        frame = counts.refuse_serials(frame, findings)
        frame = entities.refuse_bare_names(frame, source, findings)
    frame = keys.leave_out_blank(frame, spec, findings)
    frame = keys.one_row_a_key(frame, source, spec, keep or {}, findings)
    if table == "outcomes" and len(frame):
        for judge in (testing.ask_about_tests, counts.warn, plausible.warn, slipped.find, copied.find):
            findings += judge(frame)
        findings += testing.ask_about_season(source.loc[frame.index])
        findings += entities.warn(frame, source)
    return frame, findings
