"""From tables to the content of a brief."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cbe_lib.brief.after import after_the_visit, cannot_say, to_read
from cbe_lib.brief.asking import classroom, questions
from cbe_lib.brief.content import Brief
from cbe_lib.brief.curve import curve
from cbe_lib.brief.equity import equity
from cbe_lib.brief.levers import levers
from cbe_lib.brief.profile import profile
from cbe_lib.brief.record import Record
from cbe_lib.brief.stumbles import Standing, stumbles
from cbe_lib.brief.who import who_and_where, why_here

SYNTHETIC = "Synthetic: an invented district with invented numbers, to learn on."
PURPOSE = "For a visit team: what the records say, what they cannot, and what to ask. It ranks nobody."


def build(district: str, tables: Mapping[str, pd.DataFrame], *, min_n: int = 10) -> Brief:
    """What should a visit team know, ask and look for in this district?

    Twelve short sections: who and where; why this host; the curve with its certainty, rivals and what could be seen;
    the rubric profile; the three stumbles; equity; state levers; six questions chosen by the gaps; a classroom in
    fifteen minutes; what the brief cannot say; a form for after the visit; two works to read. A section whose tables
    were not given says plainly what could not be told.

    Parameters
    ----------
    district : str
        district_id, or exact name.
    tables : mapping
        Tables by name, for instance `samples.state()` or those of `read_folder`. Needed: districts (district_id and
        name) and outcomes. All others of `cbe_lib.tables.names` add to it.
    min_n : int, 2 or more
        Groups of fewer students or people are hidden, and so is what they could be worked out from.

    Returns
    -------
    Brief
        `.sections`, plain dataclasses without markup; `.questions`. `write` turns it into PDF and HTML.

    Raises
    ------
    CbeError
        For an unknown district, naming the nearest; for tables that hold what they may not.

    Notes
    -----
    The curve is of one series, picked by a rule that does not look at results: most student groups in the last year,
    then most years, most students, highest grade. It is drawn beside districts without a rollout where there are at
    least 15, else alone. All results come through `cbe_lib.privacy`, so no number rests on a hidden cell of this
    district. Questions are chosen where levels of the rubric are lowest, where evidence speaks against a practice, and
    where log or survey point to a gap.

    Examples
    --------
    >>> from cbe_lib import brief, samples
    >>> found = brief.build("00013", samples.state())
    >>> found.title
    'Arvelmoor (synthetic)'
    >>> [question.to for question in found.questions]
    ['leaders', 'leaders', 'teachers', 'teachers', 'students', 'families']
    """
    record = Record(tables, district, min_n)
    standing = Standing(record)
    sections = (
        who_and_where(record),
        why_here(record),
        curve(record),
        profile(record),
        stumbles(record, standing),
        equity(record),
        levers(record),
        questions(record, standing),
        classroom(),
        cannot_say(record),
        after_the_visit(record),
        to_read(),
    )
    invented = not pd.isna(record.place["synthetic"]) and bool(record.place["synthetic"])
    return Brief(record.id, record.name, record.name, f"{SYNTHETIC} {PURPOSE}" if invented else PURPOSE, sections)
