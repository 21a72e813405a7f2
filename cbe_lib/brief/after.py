"""Sections 10 to 12: what the brief cannot say, what to do after the visit, and what to read."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from cbe_lib.brief.content import Grid, Section, Text
from cbe_lib.brief.levers import uncredited
from cbe_lib.brief.record import Record
from cbe_lib.brief.words import attempted, listed, years
from cbe_lib.framework import claim
from cbe_lib.themes.learning import reading

USED = (
    "rollout", "ratings", "evidence", "survey", "decisions", "student_groups", "seats", "progress",
    "state_rules", "state_actions", "commitments",
)  # fmt: skip
DATED = {
    "ratings": "date",
    "evidence": "date",
    "survey": "wave",
    "decisions": "date_raised",
    "student_groups": "year",
}
CLAIMS = ("A02", "A13", "A19", "A24", "A31", "A34", "B03", "B04", "B18")
OPPOSED = (
    "Not everyone wants this. In 2012 the press in Maine recorded parents of RSU2 who felt rushed and unheard, and in "
    "2018 the state repealed its diploma mandate. Ask those who left, and those who were against it, what they saw."
)
CANNOT = (
    "It ranks nobody, and does not say why results moved: districts choose their path. Levels are what raters saw on "
    "one visit; percentages depend on where the cut score lies. Groups of fewer than {} are hidden, so their story is "
    "missing here."
)
EVIDENCE = {
    "Criterion": 1.2,
    "Date": 0.75,
    "Kind*": 0.8,
    "Role": 0.75,
    "+ / -": 0.65,
    "What was seen, heard or read": 2.6,
}
PROMISES = {"Who": 1.2, "Will do what": 3.0, "By when": 1.0}
EVIDENCE_ROWS, PROMISE_ROWS = 4, 2
KINDS = (
    "* document, interview, observation, survey or data. Feeds the table evidence; + for the practice, - against it."
)
GAP = "_" * 22


def cannot_say(record: Record) -> Section:
    """Name the limits, the tables that were missing, the dates of the others, the claims, and an opposing view."""
    missing = [name for name in USED if record.whole(name).empty]
    said = CANNOT.format(record.min_n)
    if missing:
        said += f" Not given, so nothing is said of them: {listed(name.replace('_', ' ') for name in missing)}."
    parts = (
        Text(said, "Limits", "item"),
        Text(_dates(record), "Data", "item"),
        Text(_claims(), "Claims", "item"),
        Text(OPPOSED, "An opposing view", "item"),
    )
    return Section(10, "What this brief cannot say", parts, 2)


def _dates(record: Record) -> str:
    own = record.released
    spans = [f"results {years(own['year'])}"] if len(own) else []
    columns = {
        "ratings": "date",
        "evidence": "date",
        "survey": "wave",
        "decisions": "date_raised",
        "student_groups": "year",
    }
    for table, column in columns.items():
        rows = record.own(table)
        if len(rows) and column in rows:
            spans.append(f"{table.replace('_', ' ')} {years(_years(rows[column]))}")
    return f"{', '.join(spans)}." if spans else "none of this district carries a date."


def _years(cells: pd.Series) -> Iterable[int]:
    if pd.api.types.is_numeric_dtype(cells):
        return cells.dropna()
    if pd.api.types.is_datetime64_any_dtype(cells):
        return cells.dt.year.dropna()
    return pd.to_numeric(cells.astype("str").str.extract(r"(\d{4})", expand=False), errors="coerce").dropna()


def _claims() -> str:
    kinds: dict[str, list[str]] = {}
    for id_ in CLAIMS:
        kinds.setdefault(claim(id_).kind, []).append(id_)
    said = "; ".join(f"{kind} {', '.join(ids)}" for kind, ids in kinds.items())
    return f"what the posts say stands behind some sections: {said}. None of it is a finding."


def after_the_visit(record: Record) -> Section:
    """Lay out what to write down: evidence as the table `evidence` wants it, promises, and a word of thanks."""
    thanks = attempted(lambda: uncredited(record))
    known = f" On record and not yet thanked in public: {thanks}." if thanks else ""
    words = f"We thank {GAP} for the risk they took in {GAP}.{known}"
    parts = (
        _blank("Evidence, one piece a line", EVIDENCE, EVIDENCE_ROWS),
        Text(KINDS, style="small"),
        _blank("Promises made on the visit", PROMISES, PROMISE_ROWS),
        Text(words, "Thank-you", "item"),
    )
    return Section(11, "After the visit", parts, 2)


def _blank(caption: str, columns: dict[str, float], rows: int) -> Grid:
    cells = (("",) * len(columns),) * rows
    return Grid(caption, tuple(columns), cells, tuple(columns.values()), blank=True)


def to_read() -> Section:
    """Name two works: one on the state's room, one on the change itself."""
    parts = []
    for topic in ("state room", "the change"):
        work = reading(topic, audience="policymaker").table.iloc[0]
        link = f" {work['link']}" if work["link"] else ""
        parts.append(Text(f"{work['author']} ({work['year']}). {work['title']}. {work['where']}.{link}", style="item"))
    return Section(12, "To read before you go", tuple(parts), 2)
