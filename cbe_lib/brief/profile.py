"""Section 4: the rubric profile, with what is strongest, weakest and not rated, and which evidence it rests on."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from cbe_lib.brief.content import Grid, Part, Section, Text
from cbe_lib.brief.record import Record
from cbe_lib.brief.who import visit_year
from cbe_lib.brief.words import listed
from cbe_lib.rubric.scoring.summary import ends

TITLE = "Rubric profile"
NOT_RATED = "not rated"


def profile(record: Record) -> Section:
    """Show a row for each dimension, never one mean over them."""
    scores, wave = record.scores, record.wave
    if scores is None or wave is None:
        why = "no visit rated this district" if scores is None or record.own("ratings").empty else _unsupported(record)
        return Section(
            4, TITLE, (Text(f"Cannot tell: {why}. Rate it on the visit: the command cbe rate serves the form."),), 1
        )
    dimensions, table = record.at_wave(scores.dimensions), record.at_wave(scores.table)
    year = visit_year(record)
    raters = int(table["n_raters"].max())
    caption = f"Median by dimension, {year}, up to {raters} raters a criterion"
    rows = tuple(_row(row, scores.rubric.levels) for row in dimensions.to_dict("records"))
    found = ends(dimensions)
    parts: list[Part] = [Text(f"{found[0].upper()}{found[1:]}.")] if found else []
    parts.append(Grid(caption, ("Dimension", "Median (likely range)", "Rated"), rows, (1.68, 1.45, 0.42)))
    parts.append(Text(_left_out(table), "Not rated", "item"))
    parts.append(Text(_evidence(record, year), "Evidence", "item"))
    return Section(4, TITLE, tuple(parts), 1)


def _unsupported(record: Record) -> str:
    return "its ratings have no dated evidence behind them" if len(record.own("evidence")) else "nothing could be rated"


def _row(row: Mapping[Hashable, Any], levels: tuple[str, ...]) -> tuple[str, str, str]:
    name = f"{row['dimension']} {row['name']}"
    rated = f"{row['n_rated']}/{row['n_criteria']}"
    if not row["n_rated"]:
        return name, NOT_RATED, rated
    return name, f"{row['median']}{_likely(row, levels)}", rated


def _likely(row: Mapping[Hashable, Any], levels: tuple[str, ...]) -> str:
    """Say how far the interval reaches beyond the median, in brackets; nothing where it does not."""
    low, middle, high = row["conf_low"], row["position"], row["conf_high"]
    if pd.isna(low) or pd.isna(high):
        return " (range not told)"
    if low == high:
        return ""
    ends = [levels[int(end) - 1] for end in (low, high)]
    words = f"to {ends[1]}" if low == middle else f"from {ends[0]}" if high == middle else f"{ends[0]} to {ends[1]}"
    return f" ({words})"


def _left_out(table: pd.DataFrame) -> str:
    """Name the criteria without a level, and say how many levels are held down or tentative."""
    words = []
    for status, said in ((NOT_RATED, "no rating or no dated evidence"), ("do not report", "raters agree too little")):
        ids = table.loc[table["status"] == status, "criterion_id"].tolist()
        words += [f"{listed(ids) if len(ids) <= 8 else f'{len(ids)} criteria'} ({said})"] if ids else []
    told = "; ".join(words) if words else "none"
    held, tentative = int(table["cap"].ne("").sum()), int((table["status"] == "tentative").sum())
    lower = f"{held} held lower than raters put them, for want of evidence"
    return f"{told}. Of {len(table)} criteria: {lower}; {tentative} tentative."


def _evidence(record: Record, year: str) -> str:
    rows = record.own("evidence")
    if rows.empty:
        return "none was given, so levels are what raters said, unsupported."
    kinds = rows["kind"].fillna("kind unknown").value_counts()
    said = listed(f"{count} {kind}" for kind, count in kinds.items())
    roles = rows["role_group"].nunique() if "role_group" in rows else 0
    against = int((rows["supports"] == "-").sum())
    undated = int(rows["date"].isna().sum()) if "date" in rows else len(rows)
    rest = f"{against} speak against a practice, {undated} carry no date"
    return f"{len(rows)} pieces up to {year} ({said}) from {roles} role groups; {rest}."
