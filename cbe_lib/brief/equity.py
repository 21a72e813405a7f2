"""Section 6: every group of students by name, the ceiling, catching up, and who sits at the table."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from cbe_lib import privacy
from cbe_lib.brief.content import Grid, Part, Section, Text
from cbe_lib.brief.record import Record, is_everyone
from cbe_lib.brief.words import claims, listed, share, short, told, years
from cbe_lib.themes import integration, open_questions
from cbe_lib.themes.open_questions.standing import latest

TITLE = "Equity"
CLAIMS = ("B03", "B04", "B18")
EVERYONE = "all students"
BEHIND = 1.0
LONGEST_GROUP = 60
NO_GROUPS = "The tables name no group of students, so gaps between groups cannot be told."


def equity(record: Record) -> Section:
    """Name every group of the last tested year, and say what the records tell of ceiling, catch-up and seats."""
    progress = record.own("progress")
    parts: list[Part] = [
        *groups(record),
        told("Ceiling", lambda: _ceiling(record), missing="no record of levels was given", rows=progress),
        told("Catch-up", lambda: _catch_up(record), missing="no record of levels was given", rows=progress),
        told("Seats", lambda: _seats(record), missing="no list of seats was given", rows=record.own("seats")),
        claims(*CLAIMS),
    ]
    return Section(6, TITLE, tuple(parts), 1)


def groups(record: Record) -> list[Part]:
    """Return the table of all groups in the last tested year: results that may be shown, the others by name."""
    shown = record.released
    if shown.empty:
        return [Text("Cannot tell: the tables hold no results of this district.")]
    last = shown[shown["year"] == shown["year"].max()].assign(group=_group_names(shown))
    year = int(last["year"].iloc[0])
    series = _series_names(last)
    names = sorted(last["group"].unique(), key=lambda name: (name != EVERYONE, str(name).casefold()))
    main = series.groupby(series).size().sort_values(kind="stable").index[-1]
    rows = [_row(name, last[last["group"] == name], series, main, record.min_n) for name in names]
    if len(names) == 1:
        _, percent, count, between = rows[0]
        one = f"All students, {main}, {year}: {percent} (n {count}; 95% {between or 'interval not known'})."
        return [Text(f"{NO_GROUPS} {one}")]
    caption = f"Percent, {main}, {year} (last tested year)"
    hidden = "" if not (last["value"].isna()).any() else _hidden_note(record.min_n)
    grid = Grid(caption, ("Group", "Percent", "n", "95% interval"), tuple(rows), (2.2, 1.1, 0.6, 1.1))
    return [grid, Text(hidden, style="small")] if hidden else [grid]


def _hidden_note(min_n: int) -> str:
    return f"Hidden: fewer than {min_n} students, or it would show how many such a group holds; so the rest stays safe."


def _group_names(rows: pd.DataFrame) -> pd.Series:
    return rows["subgroup"].where(~is_everyone(rows), EVERYONE)


def _series_names(rows: pd.DataFrame) -> pd.Series:
    grade = ("grade " + rows["grade"]).where(rows["grade"].notna(), "")
    words = (grade + " " + rows["subject"].fillna("")).str.strip()
    return words.where(words != "", "results").map(lambda text: short(text, 40))


def _row(name: str, rows: pd.DataFrame, series: pd.Series, main: str, min_n: int) -> tuple[str, str, str, str]:
    """Return one group in the main series; if it is only in another, its result there, named."""
    here = rows[series.loc[rows.index] == main]
    where = "" if len(here) else f" ({series.loc[rows.index].iloc[0]})"
    row = (here if len(here) else rows).iloc[0].to_dict()
    label = short(name, LONGEST_GROUP) + where
    if pd.isna(row["value"]):
        return label, _blank(row), "", ""
    count = row["n_tested"]
    if pd.isna(count):
        return label, f"{row['value']:.1f}%", "not known", ""
    low, high = (
        proportion_confint(row["value"] / 100 * int(count), int(count), method="wilson") if count else (0.0, 1.0)
    )
    return label, f"{row['value']:.1f}%", f"{int(count):,}", f"{100 * max(low, 0):.0f}% to {100 * min(high, 1):.0f}%"


def _blank(row: Mapping[Hashable, Any]) -> str:
    reason = row.get("suppressed_reason")
    if isinstance(reason, str) and reason.startswith("hidden"):
        return "hidden"
    return "not published"


def _ceiling(record: Record) -> str:
    rows = record.own("progress")
    subject = _subject(rows, "mathematics")
    found = open_questions.ceiling(rows, subject=subject, min_n=record.min_n).table.set_index("term")
    above, cap = (found.loc[term].to_dict() for term in ("at_or_above_1", "at_cap"))
    if above["reason"]:
        return f"Cannot tell in {short(subject)}: {above['reason']}."
    of = f"{above['n']} students stand a level or more above their age grade in {short(subject)}"
    words = f"{share(above['estimate'], above['conf_low'], above['conf_high'], of)}, {_reached(rows, subject)}."
    if not cap["reason"]:
        words += (
            f" Where a course ends at a level, {100 * cap['estimate']:.0f}% of its {cap['n']} students stand there."
        )
    return words


def _subject(progress: pd.DataFrame, usual: str) -> str:
    known = progress["subject"].dropna()
    return usual if usual in set(known) or known.empty else str(known.mode().iloc[0])


def _reached(progress: pd.DataFrame, subject: str) -> str:
    days = pd.to_datetime(progress.loc[progress["subject"] == subject, "date_reached"], errors="coerce")
    return years(days.dt.year)


def _catch_up(record: Record) -> str:
    rows = record.own("progress")
    subject = _subject(rows, "reading")
    last = latest(rows, subject)
    behind = last["gap"] <= -BEHIND
    counted = pd.DataFrame(
        {"standing": [EVERYONE, "behind", "not behind"], "students": [len(last), behind.sum(), (~behind).sum()]}
    )
    parts = {"standing": [["behind", "not behind"]]}
    safe = privacy.suppress(
        counted, by=["standing"], count="students", totals=EVERYONE, groups=parts, min_n=record.min_n
    ).table.set_index("standing")["students"]
    if safe.isna().any() or not len(last):
        return f"Hidden or too few students with levels in {short(subject)} (fewer than {record.min_n})."
    words = f"{safe['behind']} of {safe[EVERYONE]} students stand a level or more behind in {short(subject)}"
    words += f", {_reached(rows, subject)}."
    found = open_questions.service_effect(rows, subject=subject).table.iloc[0].to_dict()
    if found["reason"] or safe["behind"] < record.min_n:
        return f"{words} What extra hours bring cannot be told."
    low, middle, high = (100 * found[name] for name in ("conf_low", "estimate", "conf_high"))
    gained = f"{middle:.1f} more levels a year (95% interval {low:.1f} to {high:.1f}; n {found['n']})"
    return f"{words} With 100 extra hours a year go {gained}."


def _seats(record: Record) -> str:
    seats, students = record.own("seats"), record.own("student_groups")
    if students.empty:
        return "Cannot tell: no table counts the groups of students to hold seats against."
    place = record.districts[record.districts["district_id"] == record.id]
    found = integration.representation(seats, students, place, min_n=record.min_n)
    rows = found.table[(found.table["people"] == "seats") & found.table["gap"].notna()]
    year = int(students["year"].max())
    if rows.empty:
        return f"Cannot tell: every group at the table is too small to show (fewer than {record.min_n}), {year}."
    said = [_seated(row, year) for row in rows.sort_values("gap").head(2).to_dict("records")]
    hidden = found.table[(found.table["people"] == "seats") & found.table["reason"].str.startswith("hidden")]["group"]
    return f"{'; '.join(said)}." + (f" Hidden: {listed(map(short, hidden))}." if len(hidden) else "")


def _seated(row: Mapping[Hashable, Any], year: int) -> str:
    share_, students, low, high = (100 * row[name] for name in ("estimate", "enrollment_share", "gap_low", "gap_high"))
    seats = f"{short(row['group'])} {share_:.0f}% of {row['of']} seats"
    return f"{seats}, {students:.0f}% of students in {year} (gap {low:+.0f} to {high:+.0f} points, 95%)"
