"""Which heading of a file is which column of a table: proposed with a reason, confirmed or given by the reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cbe_lib.errors import CbeError, ColumnError, closest, some, unknown_name
from cbe_lib.ingest.findings import Finding
from cbe_lib.ingest.headings import Known, meanings, near_meaning, plain
from cbe_lib.ingest.wide import YEAR_MARK, Block, find_blocks, given_block
from cbe_lib.tables.spec import known


class Choice(NamedTuple):
    """A heading of the file, the column that it becomes (None: kept under its own name), and why."""

    heading: str
    column: str | None
    reason: str


@dataclass(frozen=True)
class Plan:
    """What becomes of every heading.

    Attributes
    ----------
    choices : tuple of Choice
        One for each heading that is not part of a wide block, in the order of the file.
    blocks : tuple of Block
        Columns that hold one year each, for instance pct_2012 and pct_2013.
    findings : tuple of Finding
        Headings that were not taken, and why.
    """

    choices: tuple[Choice, ...]
    blocks: tuple[Block, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def columns(self) -> dict[str, str]:
        """What `columns=` must say to get this plan again: heading to column, "pct_{year}" for a wide block."""
        single = {choice.heading: choice.column for choice in self.choices if choice.column}
        return single | {block.pattern: block.column for block in self.blocks}


def plan(
    headings: Sequence[str],
    table: str,
    source: str,
    *,
    columns: Mapping[str, str] | None = None,
    constants: Iterable[str] = (),
    ask: bool = True,
) -> Plan:
    """Decide what becomes of every heading: what the reader says first, then known names.

    With `ask`, raise CbeError where a needed column has no heading, or more than one.
    """
    given, blocks = _given(headings, table, columns or {}, source)
    taken = {*given.values(), *constants, *(block.column for block in blocks)}
    covered = {heading for block in blocks for heading in block.headings} | set(given)
    free = [heading for heading in headings if heading not in covered]
    blocks += tuple(block for block in find_blocks(free, table) if block.column not in taken and "year" not in taken)
    free = [heading for heading in free if not any(heading in block.headings for block in blocks)]
    taken |= {block.column for block in blocks} | ({"year"} if blocks else set())
    found, findings = _proposed(free, table, source, taken, ask)
    chosen = {heading: Choice(heading, column, "as columns= says") for heading, column in given.items()} | found
    inside = {heading for block in blocks for heading in block.headings}
    choices = tuple(
        chosen.get(heading, Choice(heading, None, "no known name")) for heading in headings if heading not in inside
    )
    if ask:
        _require(choices, table, source, {*constants, *taken})
    return Plan(choices, blocks, tuple(findings))


def _given(
    headings: Sequence[str], table: str, columns: Mapping[str, str], source: str
) -> tuple[dict[str, str], tuple[Block, ...]]:
    """Check what the reader said, and part single headings from wide blocks."""
    names = [column.name for column in known(table).columns]
    single: dict[str, str] = {}
    blocks: list[Block] = []
    for asked, column in columns.items():
        if column not in names:
            raise unknown_name(f"column of the table {table!r}", column, names)
        heading = plain(asked)
        if YEAR_MARK in heading:
            blocks.append(given_block(heading, column, headings, source))
            continue
        if heading not in headings:
            near = closest(heading, headings)
            raise ColumnError.build(
                f"{source} has no heading {heading!r}",
                found=f"Did you mean {near!r}? " * bool(near) + f"Its headings: {some(map(repr, headings), 30)}",
                advice="Correct columns=, or leave the heading out",
            )
        single[heading] = column
    _refuse_twice(single, blocks)
    return single, tuple(blocks)


def _refuse_twice(single: Mapping[str, str], blocks: Sequence[Block]) -> None:
    columns = [*single.values(), *(block.column for block in blocks)]
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        asked = [heading for heading, column in single.items() if column == twice[0]]
        raise CbeError.build(
            f"columns= gives the column {twice[0]!r} more than once",
            found=f"From {some(map(repr, asked))}",
            advice="Give each column of the table one heading",
        )


def _proposed(
    headings: Sequence[str], table: str, source: str, taken: set[str], ask: bool
) -> tuple[dict[str, Choice], list[Finding]]:
    """Give each free column the one heading that names it best; where two do, ask."""
    candidates: dict[str, list[tuple[Known, str]]] = {}
    for heading in headings:
        for meaning in meanings(heading.removesuffix(" (2)"), table):
            candidates.setdefault(meaning.column, []).append((meaning, heading))
    chosen: dict[str, Choice] = {}
    findings: list[Finding] = []
    for column in (column.name for column in known(table).columns):
        if column in taken or column not in candidates:
            continue
        best = max(meaning.rank for meaning, _ in candidates[column])
        named = [(meaning, heading) for meaning, heading in candidates[column] if meaning.rank == best]
        named = [(meaning, heading) for meaning, heading in named if heading not in chosen]
        if len(named) == 1:
            chosen[named[0][1]] = Choice(named[0][1], column, named[0][0].reason)
        elif named:
            several = [heading for _, heading in named]
            findings.append(_several(column, several, table, source, ask))
            others = Choice("", None, f"may be {column}, as {some(map(repr, several))} may")
            chosen |= {} if ask else {heading: others._replace(heading=heading) for heading in several}
    _add_near(headings, table, {*taken, *candidates}, chosen)
    return chosen, findings


def _add_near(headings: Sequence[str], table: str, taken: set[str], chosen: dict[str, Choice]) -> None:
    for heading in headings:
        meaning = None if heading in chosen or meanings(heading, table) else near_meaning(heading, table)
        if meaning and meaning.column not in taken:
            chosen[heading] = Choice(heading, meaning.column, meaning.reason)
            taken.add(meaning.column)


def _several(column: str, headings: Sequence[str], table: str, source: str, ask: bool) -> Finding:
    """Ask which of several headings is meant: an error for a column that the table needs, else a line in the report."""
    advice = f"Say which: columns={{{headings[0]!r}: {column!r}}}"
    if ask and any(each.name == column and each.required for each in known(table).columns):
        raise CbeError.build(
            f"{source} has {len(headings)} headings that may be the column {column!r}",
            found=f"They are {some(map(repr, headings), 12)}",
            advice=advice,
        )
    others = " and ".join(map(repr, headings))
    return Finding("several headings for one column", "warned", column, f"{advice}; none was taken", cells=[others])


def _require(choices: Sequence[Choice], table: str, source: str, taken: set[str]) -> None:
    have = taken | {choice.column for choice in choices if choice.column}
    missing = [column.name for column in known(table).columns if column.required and column.name not in have]
    if missing:
        free = [choice.heading for choice in choices if not choice.column]
        raise ColumnError.build(
            f"No table {table!r} was found in {source}: nothing there is known as {some(map(repr, missing))}",
            found=f"The likely headings are {some((repr(choice.heading) for choice in choices), 30) or 'none'}",
            advice=f"Say which it is, for instance columns={{{(free or ['My heading'])[0]!r}: {missing[0]!r}}}, "
            f"or give the same value to all rows: constants={{{missing[0]!r}: ...}}",
        )
