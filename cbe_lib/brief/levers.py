"""Section 7: what the state holds in its hand: rules that block, waivers, and leaders who took a risk."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from cbe_lib.brief.content import Grid, Part, Section, Text
from cbe_lib.brief.record import Record
from cbe_lib.brief.words import attempted, claims, short
from cbe_lib.themes import learning

TITLE = "State levers"
MOST = 6
NO_RULES = "Cannot tell which state rules block or help: no register of this state's rules was given."
NO_ACTIONS = "Cannot tell what state leaders did: no list was given."
CAPTION = "Rules of the state that stand in the way"
COLUMNS = ("Rule", "Blocks", "Who can waive it", "Waiver")
WIDTHS = (1.5, 1.3, 1.1, 1.0)


def levers(record: Record) -> Section:
    """List the state's rules with their waivers, and count what its leaders did."""
    rules = record.of_state("state_rules")
    if rules.empty:
        parts: list[Part] = [Text(NO_RULES)]
    else:
        parts = _register(rules)
    parts += [Text(attempted(lambda: _actions(record.recognition))), claims("A31", "A34")]
    return Section(7, TITLE, tuple(parts), 1)


def _register(rules: pd.DataFrame) -> list[Part]:
    table = learning.constraints(rules).table
    rows = tuple(_row(row) for row in table.head(MOST).to_dict("records"))
    grid, left = Grid(CAPTION, COLUMNS, rows, WIDTHS), len(table) - MOST
    return [grid, Text(f"{left} further rules not shown.", style="small")] if left > 0 else [grid]


def _row(row: Mapping[Hashable, Any]) -> tuple[str, str, str, str]:
    day = row["answered"] if row["standing"] in ("granted", "refused") else row["asked"]
    standing = row["standing"] if pd.isna(day) else f"{row['standing']} {pd.Timestamp(day).year}"
    return short(row["rule"], 60), _known(row["blocks"]), _known(row["holder"]), standing


def _known(cell: Any) -> str:
    return "not known" if pd.isna(cell) else short(cell)


def _actions(found: learning.Recognition | None) -> str:
    if found is None:
        return NO_ACTIONS
    rows = found.table
    counts = rows["tag"].value_counts()
    span = rows["date"].dt.year
    made, held = int(counts.get("innovation", 0)), int(counts.get("compliance", 0))
    return (
        f"Of {len(rows)} actions of state leaders on record, {span.min()}-{span.max()}, {made} made room, {held} held "
        "to compliance and the rest point neither way, in somebody's judgment."
    )


def uncredited(record: Record) -> str:
    """Return who took a risk for room and was not credited yet: for the thank-you line; empty if nobody is known."""
    if record.recognition is None or record.recognition.uncredited.empty:
        return ""
    row = record.recognition.uncredited.iloc[0]
    who = short(row["actor"]) if isinstance(row["actor"], str) else "somebody"
    return f"{who}, who in {row['date'].year} {short(row['text'], 60)}"
