"""Small groups hidden, with as few further cells as keep them from being worked out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral

import numpy as np
import pandas as pd

from cbe_lib.errors import CbeError
from cbe_lib.privacy.blanks import fill_counts
from cbe_lib.privacy.cells import Cells, Groups, Layout, Totals, read_cells
from cbe_lib.privacy.persons import refuse_persons
from cbe_lib.privacy.protection import Protection, goals
from cbe_lib.privacy.slack import counts_only, with_rates
from cbe_lib.results import Result

MARK = "hidden: fewer than {} students, or shows how many such a group holds"
REASON = "suppressed_reason"
TOTAL_PRICE = 20.0


@dataclass(frozen=True, repr=False)
class Suppressed(Result):
    """A table that may leave, and what was hidden in it: see `cbe_lib.privacy.suppress`.

    Attributes
    ----------
    hidden : DataFrame
        For the owner of the data only; it must not leave. The columns that name a cell, then the count, `kind`
        (primary or complementary) and `why`.
    """

    hidden: pd.DataFrame


def suppress(
    table: pd.DataFrame,
    *,
    by: Sequence[str],
    count: str = "n_tested",
    values: Sequence[str] = (),
    totals: Totals = None,
    groups: Groups | None = None,
    known_totals: Sequence[str] = (),
    alike: Sequence[str] = (),
    keep: Sequence[str] = (),
    min_n: int = 10,
    floor: int = 0,
    scale: float | None = 100,
) -> Suppressed:
    """Which cells must be hidden so that nobody can tell the size or result of a group of fewer than `min_n` students?

    Primary: rows with 1 to min_n - 1 students. Complementary: further rows, as few and as small as found, without
    which subtraction from row, column, district or subgroup totals would give a hidden one away. What subtraction
    names although no row shows it (all students less English learners) is protected as well.

    Parameters
    ----------
    table : DataFrame
        A row for each group of students; left as it is. Rows with a blank count are taken as hidden
        already, and protected as far as they can be worked out.
    by : sequence of str
        Columns that together name a group: district_id, year, grade, subgroup.
    count : str
        Column with the number of students.
    values : sequence of str
        Rates of these students, 0 to `scale`; several may add up to the whole.
    totals : str or mapping, optional
        What a total is called ("all students"), in every column or in each. A blank always is a total.
    groups : mapping, optional
        For a column, lists of labels of which each student has exactly one: {"subgroup": [["female", "male"]]}.
        Without it the federal race and gender names are known; labels that overlap are set each against its rest.
    known_totals : sequence of str
        Columns over which sums are known from elsewhere although no row shows them. They cannot be hidden.
    alike : sequence of str
        Columns of `by` along which the same students are counted again (metric): hidden in one row, hidden in all.
    keep : sequence of str
        Other columns that say nothing about students (name, source). All the rest is blanked in hidden rows.
    min_n : int
        Smallest group that may be shown, 2 or more.
    floor : int
        Hide also larger groups of which fewer than `floor` students reach a rate, or fail to. 0: such rows stay, so
        0% and 100% of `min_n` students are shown.
    scale : float or None
        100 for percent, 1 for shares, None for means that are no rates.

    Returns
    -------
    Suppressed
        `.table`: the rows and columns of `table`, hidden cells missing, and suppressed_reason: one wording for all, as
        naming the primary ones would narrow them down. `.hidden`: what was hidden and why, for the owner only.

    Raises
    ------
    CbeError
        For columns that name persons, missing columns, two rows for one group, parts that exceed a declared total.

    Notes
    -----
    An attacker knows every shown number, that counts are whole, that zeros are shown and that rates lie between 0 and
    100%. Each small group must then be able to hold anything from 1 to min_n - 1 students; so hidden cells never add
    up to a group under min_n either. Every other hidden count must have two or more possible values, and every hidden
    rate must be able to be other than 0 and other than 100%, unless a shown group of min_n or more that contains it
    is itself at 0 or 100%. Each is proven by a second table in whole numbers that agrees with all that is shown.
    Further cells are found one small group at a time by a linear program (Fischetti and Salazar, 2001), then those
    that prove needless are shown again: few cells, not always the fewest. What readers know from elsewhere, or
    from a table released before, is not covered: release both as one table.

    References
    ----------
    Cox, L. H. (1995). Network models for complementary cell suppression. JASA, 90.
    Fischetti, M. and Salazar, J. J. (2001). Solving the cell suppression problem on tabular data with linear
    constraints. Management Science, 47.

    Examples
    --------
    >>> rates = pd.DataFrame(
    ...     {
    ...         "school": ["North"] * 3 + ["South"] * 3,
    ...         "subgroup": ["all students", "female", "male"] * 2,
    ...         "n_tested": [40, 34, 6, 60, 31, 29],
    ...         "value": [55.0, 50.0, 83.3, 50.0, 45.2, 55.2],
    ...     }
    ... )
    >>> safe = suppress(rates, by=["school", "subgroup"], values=["value"], totals="all students")
    >>> safe.hidden[["school", "subgroup", "n_tested", "kind"]].to_dict("split")["data"]
    [['North', 'female', 34, 'complementary'], ['North', 'male', 6, 'primary']]
    >>> safe.table["n_tested"].tolist()
    [40, <NA>, <NA>, 60, 31, 29]
    """
    refuse_persons(table)
    _check_limits(min_n, floor)
    layout = Layout(tuple(by), totals, groups or {}, tuple(known_totals))
    cells = read_cells(table, layout, count, values, scale)
    small, hidden, weak = _hidden(cells, min_n, floor)
    rows = len(table)
    shown = {*by, *keep}
    hide = _alike(table, hidden[:rows], [name for name in by if name not in alike], bool(alike))
    blank = table[count].isna().to_numpy()
    released = _released(table, hide, shown, min_n)
    listed = _listed(table, hide & ~blank, small[:rows], [*by, count], min_n, floor)
    unsized = int((blank & table[list(values)].notna().any(axis=1)).sum())
    notes = (*cells.notes, *_weak_note(weak), *_unsized_note(unsized), *_blank_note(table, shown, hide))
    return Suppressed(released, _text(len(listed), rows, int(blank.sum()), min_n), notes, None, hidden=listed)


def _check_limits(min_n: int, floor: int) -> None:
    for name, number, least in (("min_n", min_n, 2), ("floor", floor, 0)):
        if isinstance(number, bool) or not isinstance(number, Integral) or number < least:
            raise CbeError.build(
                f"`{name}` must be a whole number, {least} or more", found=f"Found {number!r}", advice="Usual: min_n=10"
            )


def _hidden(cells: Cells, min_n: int, floor: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Find small cells, and every cell to hide; count those that nothing can protect."""
    small = (cells.counts > 0) & (cells.counts < min_n) & ~cells.fixed
    if floor:
        least = np.fmin(cells.numerators, cells.counts[:, None] - cells.numerators)
        small |= cells.listed & (cells.counts > 0) & (least < floor).any(axis=1)
    hidden = small | np.isnan(cells.counts) | ~(cells.listed | cells.fixed)
    blank, weak = np.isnan(cells.counts), 0
    cells = fill_counts(cells)
    for island in cells.islands():
        part = cells.part(island) if small[island].any() or blank[island].any() else None
        if part is not None and part.sums.shape[0]:
            hidden[island], failed = _protected(part, small[island], hidden[island], min_n)
            weak += failed
    return small, hidden, weak


def _protected(cells: Cells, small: np.ndarray, hidden: np.ndarray, min_n: int) -> tuple[np.ndarray, int]:
    price = _prices(cells)
    rates = [False, True] if cells.numerators.shape[1] else [False]
    failed: set[int] = set()
    for with_them in rates:
        guard = Protection(with_rates(cells) if with_them else counts_only(cells), price, hidden.copy())
        _reach_all(guard, cells, small, min_n, rates=with_them)
        extra = np.flatnonzero(guard.hidden & ~hidden)
        guard.show_needless(extra, goals(cells, guard.hidden, small, min_n, rates=with_them))
        hidden = guard.hidden
        failed |= {int(guard.slack.cell[goal.number]) for goal in guard.failed}
    return hidden, len(failed)


def _reach_all(guard: Protection, cells: Cells, small: np.ndarray, min_n: int, *, rates: bool) -> None:
    """Cells that are hidden on the way have goals of their own."""
    before = -1
    while int(guard.hidden.sum()) > before:
        before = int(guard.hidden.sum())
        guard.reach(goals(cells, guard.hidden, small, min_n, rates=rates))


def _prices(cells: Cells) -> np.ndarray:
    """Price what hiding a cell takes from readers: one for each cell, a little for its students, much for a total."""
    students = np.nan_to_num(cells.counts)
    inner = np.asarray((cells.sums < 0).sum(axis=0)).ravel() > 0
    price = (1 + students / max(students.max(), 1)) * np.where(inner, TOTAL_PRICE, 1.0)
    return np.where(cells.listed & (cells.counts > 0), price, np.inf)


def _alike(table: pd.DataFrame, hidden: np.ndarray, same: list[str], wanted: bool) -> np.ndarray:
    if not wanted:
        return hidden
    return (
        pd.Series(hidden, index=table.index)
        .groupby([table[name] for name in same], dropna=False)
        .transform("any")
        .to_numpy()
    )


def _released(table: pd.DataFrame, hide: np.ndarray, shown: set[str], min_n: int) -> pd.DataFrame:
    released = table.copy()
    for name in table.columns:
        if name not in shown and name != REASON:
            released[name] = _nullable(table[name]).mask(hide)
    before = table[REASON] if REASON in table else pd.Series(pd.NA, index=table.index, dtype="str")
    released[REASON] = before.astype("str").mask(hide & before.isna(), MARK.format(min_n))
    return released


def _nullable(column: pd.Series) -> pd.Series:
    whole = pd.api.types.is_integer_dtype(column) and not pd.api.types.is_extension_array_dtype(column)
    return column.astype("Int64") if whole else column.astype("boolean") if column.dtype == bool else column


def _listed(
    table: pd.DataFrame, hide: np.ndarray, small: np.ndarray, columns: list[str], min_n: int, floor: int
) -> pd.DataFrame:
    listed = table.loc[hide, columns].copy()
    primary = small[hide]
    few = listed[columns[-1]].astype("Float64").lt(min_n).to_numpy(dtype=bool)
    listed["kind"] = np.where(primary, "primary", "complementary")
    listed["why"] = np.where(
        primary & few,
        f"fewer than {min_n} students",
        np.where(primary, f"a rate that fewer than {floor} reach or miss", "would give away a hidden group"),
    )
    return listed.reset_index(drop=True)


def _weak_note(weak: int) -> list[str]:
    if not weak:
        return []
    return [
        f"{weak} group{'s' if weak > 1 else ''} cannot be fully protected: the shown zeros and the totals known "
        "elsewhere leave too few possibilities. Leave the table out, or join groups."
    ]


def _unsized_note(unsized: int) -> list[str]:
    if not unsized:
        return []
    rows = (
        "1 row has a rate but no count and is" if unsized == 1 else f"{unsized} rows have a rate but no count and are"
    )
    return [f"{rows} hidden, as the group may be small."]


def _blank_note(table: pd.DataFrame, shown: set[str], hide: np.ndarray) -> list[str]:
    blanked = [str(name) for name in table.columns if name not in shown and name != REASON]
    return [f"Blank in hidden rows: {', '.join(blanked)}."] if hide.any() else []


def _text(hidden: int, rows: int, blank: int, min_n: int) -> str:
    before = f" {blank} {'was' if blank == 1 else 'were'} blank before." if blank else ""
    if not hidden:
        shown = rows - blank
        return f"All {shown} rows with a count may be shown: none gives away a group under {min_n} students.{before}"
    return (
        f"{hidden} of {rows} rows are hidden, so that no group of fewer than {min_n} students can be read off or "
        f"worked out from totals.{before} A hidden row need not be a small group: some only keep others from being "
        "worked out."
    )
