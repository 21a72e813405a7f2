"""A published table as cells and sums: which cells add up to which total, and what subtraction would give away."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, diags_array
from scipy.sparse.csgraph import connected_components

from cbe_lib.errors import CbeError, ValuesError, require_columns, rows_of, some

TOTAL = "(total)"
# Subgroups that together make up all students, each student in one of them; others are set against the rest.
FAMILIES = (
    ("female", "male", "nonbinary", "non-binary", "another gender"),
    (
        "american indian",
        "american indian or alaska native",
        "native american",
        "asian",
        "asian or pacific islander",
        "black",
        "black or african american",
        "african american",
        "hispanic",
        "hispanic or latino",
        "latino",
        "native hawaiian or pacific islander",
        "pacific islander",
        "two or more races",
        "multiracial",
        "white",
    ),
    ("economically disadvantaged", "not economically disadvantaged"),
    ("students with disabilities", "students without disabilities"),
    ("english learners", "not english learners"),
    ("migrant", "not migrant"),
    ("homeless", "not homeless"),
)

Totals = str | Mapping[str, str | Sequence[str]] | None
Groups = Mapping[str, Sequence[Sequence[str]]]
Key = tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """How a table is to be read.

    Attributes
    ----------
    by : tuple of str
        Columns whose values name a cell.
    totals : str or mapping or None
        Label of a total, for all of `by` or for each; a blank always is one.
    groups : mapping
        For a column: lists of labels of which each student belongs to one.
    known_totals : tuple of str
        Columns over which the sums are known, although no row shows them.
    """

    by: tuple[str, ...]
    totals: Totals
    groups: Groups
    known_totals: tuple[str, ...]

    def is_total(self, name: str) -> set[str]:
        """Return the labels that mean the total in column `name`, in lower case."""
        labels = self.totals.get(name, ()) if isinstance(self.totals, Mapping) else self.totals
        each = (labels,) if isinstance(labels, str) else labels or ()
        return {TOTAL, *(str(label).casefold() for label in each)}


@dataclass(frozen=True)
class Cells:
    """Every cell that anyone can name, listed or not, and the sums between them.

    Attributes
    ----------
    keys : list of tuple
        The labels of each cell; the listed rows come first, in their order.
    counts : array
        Students in each cell; missing where nobody told.
    numerators : array
        A column for each rate: students who reach it.
    listed, fixed : arrays of bool
        Whether the cell is a row of the table, and whether it is known from elsewhere and cannot be hidden.
    sums : sparse array
        A row for each sum: 1 for its parts, -1 for its total.
    notes : tuple of str
        How groups were read.
    """

    keys: list[Key]
    counts: np.ndarray
    numerators: np.ndarray
    listed: np.ndarray
    fixed: np.ndarray
    sums: csr_array
    notes: tuple[str, ...]

    @cached_property
    def least(self) -> np.ndarray:
        """The smallest possible count of each cell, as far as the shown zeros alone tell.

        A listed row that is hidden holds at least one student; a total at least one for each of its parts; and the
        only part that is not 0 holds all of its total.
        """
        least = np.where(self.listed & (self.counts > 0), 1.0, 0.0)
        line, total = (self.sums < 0).nonzero()
        parts, some_one = self.sums.maximum(0), (self.counts != 0).astype(float)
        only = (parts @ some_one)[line] == 1
        alone, part = (parts[line[only]] @ diags_array(some_one)).nonzero()
        while True:
            more = least.copy()
            np.maximum.at(more, total, (parts @ least)[line])
            np.maximum.at(more, part, more[total[only]][alone])
            if (more == least).all():
                return least
            least = more

    def islands(self) -> list[np.ndarray]:
        """Group cells that no sum connects."""
        size = len(self.keys)
        links = csr_array(abs(self.sums).T @ abs(self.sums))
        count, island = connected_components(links, directed=False) if self.sums.shape[0] else (size, np.arange(size))
        order = np.argsort(island, kind="stable")
        return np.split(order, np.cumsum(np.bincount(island, minlength=count))[:-1])

    def part(self, chosen: np.ndarray) -> Cells:
        """Return the chosen cells alone, with the sums between them."""
        sums = csr_array(self.sums[:, chosen])
        return Cells(
            keys=[self.keys[place] for place in chosen],
            counts=self.counts[chosen],
            numerators=self.numerators[chosen],
            listed=self.listed[chosen],
            fixed=self.fixed[chosen],
            sums=csr_array(sums[np.diff(sums.indptr) > 0]),
            notes=(),
        )


class _Builder:
    """Collects cells: first the rows of the table, then what can be named by subtraction."""

    def __init__(self, keys: list[Key], counts: np.ndarray, numerators: np.ndarray) -> None:
        self.keys = keys
        self.counts = list(counts)
        self.numerators = list(numerators)
        self.listed = [True] * len(keys)
        self.fixed = [False] * len(keys)

    def add(self, key: Key, count: float, numerators: np.ndarray, *, fixed: bool) -> None:
        self.keys.append(key)
        self.counts.append(count)
        self.numerators.append(numerators)
        self.listed.append(False)
        self.fixed.append(fixed)

    def contexts(self, place: int) -> dict[Key, dict[str, int]]:
        """Group cells that differ in one label only."""
        found: dict[Key, dict[str, int]] = {}
        for number, key in enumerate(self.keys):
            found.setdefault(key[:place] + key[place + 1 :], {})[key[place]] = number
        return found


def read_cells(frame: pd.DataFrame, layout: Layout, count: str, values: Sequence[str], scale: float | None) -> Cells:
    """Read a table as cells and sums, and add the cells that subtraction would name.

    Raises
    ------
    CbeError
        For missing columns, counts that are no counts, two rows for one cell, parts that exceed their total.
    """
    require_columns(frame, [*layout.by, count, *values], "table")
    counts = _counts(frame, count)
    builder = _Builder(_keys(frame, layout), counts, _numerators(frame, counts, values, scale))
    notes: list[str] = []
    families = [_families(builder, layout, place, notes) for place in range(len(layout.by))]
    for place, lists in enumerate(families):
        if layout.by[place] in layout.known_totals:
            _add_totals(builder, place)
        for family in lists:
            _add_rest(builder, place, family)
    return _assembled(builder, families, tuple(dict.fromkeys(notes)))


def _counts(frame: pd.DataFrame, count: str) -> np.ndarray:
    counts = pd.to_numeric(frame[count], errors="coerce").astype("Float64").astype("float64")
    bad = (counts.isna() & frame[count].notna()) | (counts < 0) | (counts % 1 > 0)
    if bad.any():
        raise ValuesError.build(
            f"`{count}` must hold whole numbers of students, 0 or more",
            found=f"Found {some(map(repr, frame.loc[bad, count].unique()))} in {rows_of(frame, bad)}",
            advice="Correct them, or leave blank what is already hidden",
        )
    return counts.to_numpy()


def _numerators(frame: pd.DataFrame, counts: np.ndarray, values: Sequence[str], scale: float | None) -> np.ndarray:
    if scale is None or not values:
        return np.empty((len(frame), 0))
    rates = frame[list(values)].apply(pd.to_numeric, errors="coerce").astype("float64")
    bad = ((rates < 0) | (rates > scale)).any(axis=1)
    if bad.any():
        raise ValuesError.build(
            f"Rates must lie between 0 and {scale:g}",
            found=f"Found others in {rows_of(frame, bad)}",
            advice="Pass scale=1 for shares, scale=None for means that are no rates, or correct them",
        )
    # Nobody of no students reaches any rate, which has none to show.
    return np.where(counts[:, None] == 0, 0.0, np.rint(rates.to_numpy() * counts[:, None] / scale))


def _keys(frame: pd.DataFrame, layout: Layout) -> list[Key]:
    columns = []
    for name in layout.by:
        total = layout.is_total(name)
        texts = frame[name].astype("object").where(frame[name].notna(), TOTAL).map(str)
        columns.append([TOTAL if text.casefold() in total else text for text in texts])
    keys = list(zip(*columns, strict=True)) if columns else [()] * len(frame)
    repeated = pd.Series(keys, index=frame.index, dtype="object").duplicated(keep=False)
    if repeated.any():
        raise ValuesError.build(
            f"Two rows describe one group of students: {some(map(repr, layout.by))} repeat",
            found=f"Found {rows_of(frame, repeated)}",
            advice="Name every column that tells rows apart in by=, or keep one row for each group",
        )
    return keys


def _families(builder: _Builder, layout: Layout, place: int, notes: list[str]) -> list[tuple[str, ...]]:
    """List the sets of labels in one column that add up to its total, as far as known or declared."""
    name = layout.by[place]
    labels = list(dict.fromkeys(key[place] for key in builder.keys if key[place] != TOTAL))
    has_total = any(key[place] == TOTAL for key in builder.keys) or name in layout.known_totals
    if not has_total or not labels:
        return []
    declared: Iterable[Iterable[Hashable]] = layout.groups.get(name, FAMILIES)
    known = [_members(labels, family) for family in declared]
    together = [family for family in known if len(family) > 1]
    named = {label for family in together for label in family}
    alone = [(label,) for label in labels if label not in named]
    if not together and _fits(builder, place, tuple(labels)):
        return [tuple(labels)]
    if name in layout.known_totals:
        return [tuple(labels)]
    split = [family for family in together if name in layout.groups or _fits(builder, place, family)]
    alone += [(label,) for family in together if family not in split for label in family]
    notes += [f"In {name!r}, {', '.join(family)} are read as parts of one whole." for family in split]
    if alone:
        each = some((label for (label,) in alone), 12)
        notes.append(f"In {name!r}, each of these may overlap others and is set against its rest: {each}.")
    return [*split, *alone]


def _members(labels: list[str], family: Iterable[Hashable]) -> tuple[str, ...]:
    wanted = {str(label).casefold() for label in family}
    return tuple(label for label in labels if label.casefold() in wanted)


def _fits(builder: _Builder, place: int, family: tuple[str, ...]) -> bool:
    """Whether these parts nowhere exceed their total."""
    for here in builder.contexts(place).values():
        if (
            TOTAL in here
            and np.nansum([builder.counts[here[label]] for label in family if label in here])
            > (builder.counts[here[TOTAL]])
        ):
            return False
    return True


def _add_totals(builder: _Builder, place: int) -> None:
    for context, here in builder.contexts(place).items():
        if TOTAL not in here:
            parts = list(here.values())
            key = (*context[:place], TOTAL, *context[place:])
            total = sum(builder.numerators[part] for part in parts)
            builder.add(key, sum(builder.counts[part] for part in parts), np.asarray(total), fixed=True)


def _add_rest(builder: _Builder, place: int, family: tuple[str, ...]) -> None:
    """Name what is left of each total when the family is taken away, since anyone can subtract."""
    contexts = {context: here for context, here in builder.contexts(place).items() if TOTAL in here}
    found = {context: _left(builder, context, here, family) for context, here in contexts.items()}
    # Where counts are blank nobody knows of a rest: assume one if the family leaves one elsewhere, or overlaps others.
    usual = len(family) == 1 or any(left > 0 for left, _ in found.values())
    for context, (left, numerators) in found.items():
        if left > 0 or (np.isnan(left) and usual):
            key = (*context[:place], rest_of(family), *context[place:])
            builder.add(key, left, numerators, fixed=False)


def _left(builder: _Builder, context: Key, here: dict[str, int], family: tuple[str, ...]) -> tuple[float, np.ndarray]:
    parts = [here[label] for label in family if label in here]
    if not parts:
        return 0.0, builder.numerators[here[TOTAL]]
    left = builder.counts[here[TOTAL]] - sum(builder.counts[part] for part in parts)
    if left < 0 and all(builder.listed[number] for number in (here[TOTAL], *parts)):
        raise CbeError.build(
            f"{some(family)} hold more students than their total",
            found=f"Found {-left:g} too many at {some(map(repr, context))}",
            advice="Correct the counts, or declare with groups= which labels share no student",
        )
    rest = builder.numerators[here[TOTAL]] - sum(builder.numerators[part] for part in parts)
    return left, np.clip(rest, 0, left)


def rest_of(family: tuple[str, ...]) -> str:
    """Name the students of a total who are in none of these groups."""
    return f"(not {some(family, 3)})"


def _assembled(builder: _Builder, families: list[list[tuple[str, ...]]], notes: tuple[str, ...]) -> Cells:
    rows: list[tuple[int, list[int]]] = []
    for place, lists in enumerate(families):
        contexts = builder.contexts(place) if lists else {}
        for family in lists:
            wanted = (*family, rest_of(family))
            for here in contexts.values():
                parts = [here[label] for label in wanted if label in here]
                if TOTAL in here and parts:
                    rows.append((here[TOTAL], parts))
    return Cells(
        keys=builder.keys,
        counts=np.array(builder.counts, dtype=float),
        numerators=np.array(builder.numerators, dtype=float).reshape(len(builder.keys), -1 if builder.keys else 0),
        listed=np.array(builder.listed, dtype=bool),
        fixed=np.array(builder.fixed, dtype=bool),
        sums=_matrix(rows, len(builder.keys)),
        notes=notes,
    )


def _matrix(rows: list[tuple[int, list[int]]], size: int) -> csr_array:
    line = [number for number, (_, parts) in enumerate(rows) for _ in range(len(parts) + 1)]
    cell = [place for total, parts in rows for place in (total, *parts)]
    sign = [entry for _, parts in rows for entry in (-1.0, *[1.0] * len(parts))]
    return csr_array((sign, (line, cell)), shape=(len(rows), size))
