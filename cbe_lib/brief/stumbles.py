"""Section 5: the three stumbles: is the purpose used, is the process kept, is the change owned?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from cbe_lib.brief.content import Section
from cbe_lib.brief.record import Record
from cbe_lib.brief.words import claims, listed, share, short, told, years
from cbe_lib.themes import leadership, purpose
from cbe_lib.themes.group_means import latest_wave, staff_rows
from cbe_lib.themes.ownership.quadrants import CANNOT_TELL, SCALES, placed

CLAIMS = ("A13", "A19", "A24")


@dataclass(frozen=True)
class Standing:
    """What the log and the survey say, for the sentences and for the choice of questions."""

    record: Record

    @cached_property
    def cited(self) -> dict[Any, Any]:
        """Share of decisions that cite a principle, over all years of the log."""
        rows = self.record.own("decisions")
        found = purpose.citations(rows, self._principles)
        year = found.decisions["school_year"]
        orphans = found.principles.loc[found.principles["orphan"].astype(bool), "principle_id"].tolist()
        return {**found.table.iloc[0].to_dict(), "years": years(year.dropna()), "orphans": orphans}

    @property
    def _principles(self) -> pd.DataFrame | None:
        rows = self.record.own("principles")
        return None if rows.empty else rows

    @cached_property
    def matched(self) -> dict[Any, Any]:
        """Share of decisions that the planned person took, in the last year of the log."""
        found = leadership.integrity(self.record.own("decisions"))
        rows = found.table[(found.table["part"] == "match") & (found.table["n"] > 0)]
        return rows.iloc[-1].to_dict() if len(rows) else {}

    @cached_property
    def owned(self) -> dict[Any, Any]:
        """Ownership beside acceptance among staff, in the last wave."""
        rows = self.record.own("survey")
        staff = rows[~rows["role"].isin(["student", "family"])]
        wave = staff["wave"].max() if staff["wave"].notna().any() else None
        staff = staff[staff["wave"] == wave] if wave else staff
        rows = latest_wave(staff_rows(staff, SCALES), None)
        found = placed(rows, min_n=self.record.min_n).iloc[0].to_dict()
        return {**found, "wave": wave or "an unknown wave"}


def stumbles(record: Record, standing: Standing) -> Section:
    """Say where the district stands on each of the three."""
    decisions, survey = record.own("decisions"), record.own("survey")
    parts = (
        told("Purpose in use", lambda: _cited(standing.cited), missing="no decision log was given", rows=decisions),
        told("Process kept", lambda: _matched(standing.matched), missing="no decision log was given", rows=decisions),
        told("Ownership", lambda: _owned(standing.owned), missing="no survey of staff was given", rows=survey),
        claims(*CLAIMS),
    )
    return Section(5, "The three stumbles", parts, 1)


def _cited(found: dict[Any, Any]) -> str:
    words = share(found["estimate"], found["conf_low"], found["conf_high"], f"{found['n']} decisions cite a principle")
    never = f" Never cited: {listed(map(short, found['orphans'][:3]))}." if found["orphans"] else ""
    return f"{words}, {found['years']}.{never}"


def _matched(found: dict[Any, Any]) -> str:
    if not found:
        return "Cannot tell: the log does not say who was to decide, or who did."
    of = f"{found['n']} decisions were taken by whom the process names"
    words = share(found["estimate"], found["conf_low"], found["conf_high"], of)
    return f"{words}, school year ending {found['school_year']}."


def _owned(found: dict[Any, Any]) -> str:
    if pd.isna(found["ownership"]) or pd.isna(found["acceptance"]):
        return f"Cannot tell, {found['wave']}: {found['reason'].removeprefix('cannot tell: ')}."
    words = (
        f"{found['n']} staff, {found['wave']}, on 1 to 5: ownership {found['ownership']:.1f} "
        f"({found['ownership_low']:.1f} to {found['ownership_high']:.1f}), acceptance {found['acceptance']:.1f} "
        f"({found['acceptance_low']:.1f} to {found['acceptance_high']:.1f})"
    )
    place = found["quadrant"]
    return f"{words}: {place}." if place != CANNOT_TELL else f"{words}; whether staff own it cannot be told."
