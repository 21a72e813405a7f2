"""Sections 8 and 9: six questions where the gaps are, and fifteen minutes in a classroom."""

from __future__ import annotations

import tomllib
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from cbe_lib.brief.content import Question, Section, Text
from cbe_lib.brief.record import Record
from cbe_lib.brief.stumbles import Standing
from cbe_lib.brief.who import visit_year
from cbe_lib.errors import CbeError
from cbe_lib.framework import read_rubric

NOT_RATED = 1.5  # between the lowest level and the next: a gap, but not known to be a deep one
SIGN = 1.0  # what a sign in the log or survey weighs, in levels
AGAINST = 0.5
CHOSEN = "Asked where levels are lowest or signs point to a gap."
SPREAD = "Nothing is rated here, so the six are spread over the rubric."
HALF, NEARLY_ALL = 0.5, 0.9  # what the rubric asks of decisions at Proficient: D1.2 and D2.3


@dataclass(frozen=True)
class Gap:
    """How wide the gap is at a criterion (low is wide), and what shows it."""

    height: float
    why: str


@cache
def written() -> dict[str, Any]:
    """Read what to ask for each criterion, how many questions each role gets, and what to look for."""
    return tomllib.loads((Path(__file__).parent / "asking.toml").read_text(encoding="utf-8"))


def questions(record: Record, standing: Standing) -> Section:
    """Choose six questions by the gaps: two for leaders, two for teachers, one for students, one for families."""
    gaps = _gaps(record, standing)
    rubric = read_rubric()
    picked = []
    for ask in _picked(gaps):
        criterion = rubric.criterion(ask["criterion"])
        why = f"{criterion.id} {criterion.name}: {gaps[criterion.id].why}"
        picked.append(Question(ask["to"], ask["ask"], why, criterion.listen_for, criterion.warning_sign, criterion.id))
    known = any(gap.why != "not rated" for gap in gaps.values())
    words = CHOSEN if known else SPREAD
    return Section(8, "Six questions, chosen by the gaps", (Text(words, style="small"), *picked), 2)


def _picked(gaps: Mapping[str, Gap]) -> list[dict[str, str]]:
    """Take the widest gaps first, within the number for each role, and each dimension once while others are left."""
    order = sorted(written()["ask"], key=lambda ask: (gaps[ask["criterion"]].height, ask["criterion"]))
    left, seen, picked = dict(written()["quota"]), set(), []
    for fresh in (True, False):
        for ask in order:
            dimension = ask["criterion"].split(".")[0]
            if left[ask["to"]] and ask not in picked and not (fresh and dimension in seen):
                left[ask["to"]] -= 1
                seen.add(dimension)
                picked.append(ask)
    return sorted(picked, key=lambda ask: list(written()["quota"]).index(ask["to"]))


def _gaps(record: Record, standing: Standing) -> dict[str, Gap]:
    signs = _signs(standing)
    rows = {}
    if record.scores is not None and record.wave is not None:
        year = visit_year(record)
        rows = {row["criterion_id"]: (row, year) for row in record.at_wave(record.scores.table).to_dict("records")}
    gaps = {}
    for ask in written()["ask"]:
        id_ = ask["criterion"]
        gap = _rated(*rows[id_]) if id_ in rows else Gap(NOT_RATED, "not rated")
        gaps[id_] = Gap(gap.height - SIGN, f"{gap.why}; {signs[id_]}") if id_ in signs else gap
    return gaps


def _rated(row: Mapping[Hashable, Any], year: str) -> Gap:
    if pd.isna(row["position"]) or row["status"] in ("not rated", "do not report"):
        return Gap(NOT_RATED, "raters agree too little" if row["status"] == "do not report" else "not rated")
    count = row["contradicted"]
    against = f", {count} piece{'s' if count > 1 else ''} of evidence against" if count else ""
    raters = f"{row['n_raters']} rater{'s' if row['n_raters'] != 1 else ''}"
    why = f"{row['level']} ({raters}, {year}{against})"
    return Gap(float(row["position"]) - (AGAINST if row["contradicted"] else 0), why)


def _signs(standing: Standing) -> dict[str, str]:
    """Return what log and survey show beside the ratings, by criterion."""
    found: dict[str, str] = {}
    for make in (_few_cite, _few_match, _little_owned):
        try:
            found |= make(standing)
        except CbeError:  # nothing to be read there: section 5 says why
            continue
    return found


def _few_cite(standing: Standing) -> dict[str, str]:
    if standing.record.own("decisions").empty or standing.cited["conf_high"] >= HALF:
        return {}
    cited = standing.cited
    return {"D1.2": f"{100 * cited['estimate']:.0f}% of {cited['n']} decisions cite a principle, {cited['years']}"}


def _few_match(standing: Standing) -> dict[str, str]:
    if standing.record.own("decisions").empty or not standing.matched or standing.matched["conf_high"] >= NEARLY_ALL:
        return {}
    matched = standing.matched
    said = f"{100 * matched['estimate']:.0f}% of {matched['n']} decisions by the announced person"
    return {"D2.3": f"{said}, {matched['school_year']}"}


def _little_owned(standing: Standing) -> dict[str, str]:
    if standing.record.own("survey").empty or standing.owned["quadrant"] != "accepting, not owning":
        return {}
    return {"D3.1": f"{standing.owned['n']} staff accept it without owning it, {standing.owned['wave']}"}


def classroom() -> Section:
    """Say what to look for in a classroom in fifteen minutes."""
    parts = tuple(Text(look["what"], f"Minutes {look['minutes']}", "item") for look in written()["look"])
    return Section(9, "In a classroom, 15 minutes", parts, 2)
