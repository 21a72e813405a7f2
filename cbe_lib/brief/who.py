"""Sections 1 and 2: who and where this is, and why to go there rather than elsewhere."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cbe_lib import privacy
from cbe_lib.brief.content import Grid, Part, Section, Text
from cbe_lib.brief.matching import nearest
from cbe_lib.brief.record import Record
from cbe_lib.brief.words import attempted, listed, short

NEAREST = 2
NEEDS = {
    "lunch": "eligible for free lunch",
    "english_learners": "learning English",
    "disability": "with a disability",
}
UNLIKE = (
    "Distance in standard deviations between districts, from a table without years. Not matched: how they changed, "
    "money, history."
)
LEVELS_UP = 3  # Proficient, the third level, and above


def who_and_where(record: Record) -> Section:
    """Size, groups, locale, stage, and the rollout with its source and its doubt."""
    place = record.place
    parts: list[Part] = [
        Text(_place(place), "Place", "item"),
        Text(attempted(lambda: _groups(record)), "Groups", "item"),
    ]
    known = [str(place[name]) for name in ("stage",) if not pd.isna(place[name])]
    if known:
        how = [str(place[name]) for name in ("starting_point", "strategy") if not pd.isna(place[name])]
        parts.append(Text(f"{known[0]} ({', '.join(how)})." if how else f"{known[0]}.", "Stage", "item"))
    said = record.rollout.words if record.rollout else "none is recorded, so there is no before and after to compare"
    parts.append(Text(said[0].upper() + said[1:] + ".", "Rollout", "item"))
    return Section(1, "Who and where", tuple(parts), 1)


def _place(place: dict[Any, Any]) -> str:
    said = [short(place[name]) for name in ("locale", "state") if not pd.isna(place[name])]
    counted = [
        f"{int(place[name]):,} {unit}{'' if place[name] == 1 else 's'}"
        for name, unit in (("enrollment", "student"), ("schools", "school"))
        if not pd.isna(place[name])
    ]
    if not said and not counted:
        return "Cannot tell: the table of districts gives neither place nor size."
    numbers = f"{listed(counted)} (table of districts, which carries no year)" if counted else ""
    return "; ".join(part for part in (", ".join(said), numbers) if part) + "."


def _groups(record: Record) -> str:
    rows = record.own("student_groups")
    if rows.empty:
        return _shares(record.place)
    rows = rows[rows["year"] == rows["year"].max()]
    shown = privacy.for_release(rows, "student_groups", min_n=record.min_n).table
    year = int(shown["year"].iloc[0])
    said = [f"{short(row['group'])} {row['students']:,}" for row in shown.dropna(subset="students").to_dict("records")]
    hidden = [short(name) for name in shown.loc[shown["students"].isna(), "group"]]
    words = f"students in {year}: {', '.join(said)}" if said else f"students in {year}"
    words = words[0].upper() + words[1:]
    return f"{words}. Hidden: {listed(hidden)} (n < {record.min_n}, or would show one)." if hidden else f"{words}."


def _shares(place: dict[Any, Any]) -> str:
    names = {
        "lunch": "eligible for free lunch",
        "english_learners": "learning English",
        "disability": "with a disability",
    }
    known = [f"{place[name]:.0f}% {words}" for name, words in names.items() if not pd.isna(place[name])]
    if not known:
        return "Cannot tell: no table counts groups of students."
    size = "" if pd.isna(place["enrollment"]) else f"of {int(place['enrollment']):,} students "
    return f"{size}{', '.join(known)} (table of districts, which carries no year)."


def why_here(record: Record) -> Section:
    """Say what the rubric says of this host, and which two districts are most like it."""
    parts: list[Part] = [Text(attempted(lambda: _standing(record))), *_comparable(record)]
    return Section(2, "Why this district, and which are like it", tuple(parts), 1)


def _standing(record: Record) -> str:
    if record.wave is None or record.scores is None:
        start = "There is no rollout on record: this is a place to compare with, hardly one to learn the change from. "
        return ("" if record.rollout else start) + "Not rated, so the tables cannot say how far it has come."
    known = record.at_wave(record.scores.dimensions)
    rated = known[known["n_rated"] > 0]
    levels = record.scores.rubric.levels
    up = rated[rated["position"] >= LEVELS_UP]
    sure = up[up["conf_low"].fillna(0) >= LEVELS_UP]
    level = levels[min(LEVELS_UP, len(levels)) - 1]
    words = f"In {visit_year(record)}, {len(up)} of {len(rated)} rated dimensions had their median at {level} or above"
    words += f" ({listed(up['name'])})" if 0 < len(up) <= 3 else ""
    words += f"; {len(sure)} of them beyond what raters disagree on." if len(up) else "."
    if not len(up):
        words += " Go to see an early stage, not a finished model."
    return words


def visit_year(record: Record) -> str:
    """Return the year in which the district was last rated."""
    rows = record.own("ratings")
    if "date" in rows and "wave" in rows and record.wave:
        rows = rows[rows["wave"] == record.wave]
    days = (
        pd.to_datetime(rows["date"], errors="coerce").dropna() if "date" in rows else pd.Series(dtype="datetime64[us]")
    )
    return str(days.max().year) if len(days) else record.wave or "a year that was not noted"


def _comparable(record: Record) -> list[Part]:
    near = nearest(record).head(NEAREST)
    if near.empty:
        return [Text("Cannot tell which districts are like it: size and need are not in the table of districts.")]
    ids = [record.id, *near["district_id"]]
    places = record.districts.set_index("district_id").loc[ids]
    rows = [
        ("Distance", "0", *(f"{distance:.1f}" for distance in near["distance"])),
        ("Students", *(_cell(value, "{:,.0f}") for value in places["enrollment"])),
        ("Free lunch", *(_cell(value, "{:.0f}%") for value in places["lunch"])),
        ("Learning English", *(_cell(value, "{:.0f}%") for value in places["english_learners"])),
        ("Disability", *(_cell(value, "{:.0f}%") for value in places["disability"])),
        ("Rollout", *(str(record.rollouts.get(id_, "none")) for id_ in ids)),
    ]
    head = ("", "Here", *(short(name, 26) for name in near["name"]))
    words = "The two nearest in size and need" if len(near) == NEAREST else "The nearest in size and need"
    grid = Grid(words, head, tuple(rows), (1.25, 0.9, 1.2, 1.2))
    return [grid, Text(UNLIKE, style="small")]


def _cell(value: Any, pattern: str) -> str:
    return "not known" if pd.isna(value) else pattern.format(float(value))
