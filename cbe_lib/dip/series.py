"""One series of yearly results, checked: what `dip.fit` and its neighbors start from."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from cbe_lib.dip.engine import Pattern
from cbe_lib.dip.omitted import notes_on, refuse_two_tests
from cbe_lib.errors import CbeError, ColumnError, ValuesError, require_columns, rows_of, some

YEARS_BEFORE, YEARS_AFTER = 3, 4
LARGEST = 1e100
LAST_YEAR, FAR_OFF = 9999, 200
SCALES: dict[Any, tuple[str, float]] = {100: ("points", 100.0), 1: ("share", 1.0), None: ("units", np.nan)}


@dataclass(frozen=True)
class Series:
    """Results of one district, one a year, in order.

    Attributes
    ----------
    years : array of int
    values : array of float
        In the units of the table; no missing ones.
    tested : array of float or None
        Students tested each year.
    regimes : array of int or None
        Number of the test regime each year.
    rollout : int
    scale : 100, 1 or None
    notes : tuple of str
        What was left out, and why.
    """

    years: np.ndarray
    values: np.ndarray
    tested: np.ndarray | None
    regimes: np.ndarray | None
    rollout: int
    scale: float | None
    notes: tuple[str, ...]

    @property
    def unit(self) -> str:
        """Unit of a difference between two values."""
        return SCALES[self.scale][0]

    @property
    def point(self) -> float:
        """One percentage point in units of the values."""
        return SCALES[self.scale][1] / 100

    @property
    def before(self) -> int:
        """Results before the rollout year."""
        return int((self.years < self.rollout).sum())

    @property
    def after(self) -> int:
        """Results from the rollout year on."""
        return int((self.years >= self.rollout).sum())

    def pattern(self, shifts: tuple[int, ...] = (0,)) -> Pattern:
        """Return the pattern of years relative to the rollout (year 1), so that calendar years do not matter."""
        return Pattern(
            years=tuple(int(year) for year in self.years - self.rollout + 1),
            rollout=1,
            regimes=() if self.regimes is None else tuple(int(code) for code in self.regimes),
            shifts=shifts,
        )

    def binomial_variance(self) -> float | None:
        """Mean sampling variance of a result in squared units; None without counts or where it is not a rate.

        The rate is (successes + 1) / (tested + 2) over all years, so that 0% and 100% never mean zero variance.
        """
        if self.tested is None or self.scale is None:
            return None
        top = float(self.scale)
        rate = ((self.values / top * self.tested).sum() + 1) / (self.tested.sum() + 2)
        return float(top**2 * rate * (1 - rate) * (1 / self.tested).mean())

    def why_not(self) -> str:
        """Say why a dip of this series cannot be estimated; empty where it can."""
        count = len(self.values)
        if count == 0:
            return "no year has a result"
        if count > 1 and np.ptp(self.values) == 0:
            return f"all {count} results are {self.values[0]:g}; without noise to judge by, a dip is not estimable"
        if self.before == 0 or self.after == 0:
            side = "before" if self.before == 0 else "from"
            return f"there is no result {side} the rollout year {self.rollout}{' on' if side == 'from' else ''}"
        if not self._enough(self.years < self.rollout, self.years >= self.rollout):
            return self._too_few()
        design = self.pattern().design
        left = self.values - design @ np.linalg.lstsq(design, self.values, rcond=None)[0]
        if np.abs(left).max() <= max(1e-12 * np.abs(self.values).max(), 1 / LARGEST):
            line = "a straight line" if design.shape[1] == 2 else "straight lines, one for each test"
            return f"the results lie exactly on {line}; without noise to judge by, a dip is not estimable"
        return ""

    def _enough(self, before: np.ndarray, after: np.ndarray) -> bool:
        codes = np.zeros(len(self.years)) if self.regimes is None else self.regimes
        return any(
            before[codes == code].sum() >= YEARS_BEFORE and after[codes == code].sum() >= YEARS_AFTER
            for code in np.unique(codes)
        )

    def _too_few(self) -> str:
        have = f"{self.before} result{'s' if self.before != 1 else ''} before the rollout and {self.after} from it on"
        if self.before >= YEARS_BEFORE and self.after >= YEARS_AFTER:
            return (
                f"the test changed, and no single test has at least {YEARS_BEFORE} results before the rollout and "
                f"{YEARS_AFTER} from it on; results of two tests cannot be compared"
            )
        return f"only {have}; at least {YEARS_BEFORE} before and {YEARS_AFTER} from the rollout year on are needed"


def read_series(
    outcomes: pd.DataFrame,
    rollout: int,
    *,
    year: str,
    value: str,
    n_tested: str | None,
    scale: float | None,
    regime: str | None,
) -> Series:
    """Check a table of one series and return it; every problem is a CbeError that names column and rows."""
    needed = [year, value, *([n_tested] if n_tested else []), *([regime] if regime else [])]
    frame = require_columns(outcomes, needed, "outcomes")
    if frame.empty:
        raise CbeError.build(
            f"`outcomes` has columns {some(map(repr, needed))} but no rows",
            advice="Check the filter that picked the district",
        )
    first = check_rollout(rollout)
    check_scale(scale)
    years = check_years(frame, year)
    _check_one_row_a_year(frame, years, year)
    values = check_values(frame, value, scale)
    kept = values.notna()
    notes = notes_on(frame, ~kept, value)
    refuse_two_tests(frame[kept], regime)
    order = np.argsort(years[kept].to_numpy(), kind="stable")
    tested = None
    if n_tested is not None:
        counts = check_counts(frame, n_tested)[kept].to_numpy(float)[order]
        tested = _fill_counts(counts, n_tested, notes)
    codes = None
    if regime is not None:
        codes = _regime_codes(one_column(frame, regime)[kept].iloc[order], regime)
    return Series(
        years=years[kept].to_numpy()[order],
        values=values[kept].to_numpy(float)[order],
        tested=tested,
        regimes=codes,
        rollout=first,
        scale=scale,
        notes=tuple(notes),
    )


def check_rollout(rollout: object) -> int:
    """Return the rollout as a calendar year."""
    number = _as_float(rollout, text=True)
    if not abs(number) <= LAST_YEAR or number != int(number) or isinstance(rollout, bool):
        raise CbeError.build(
            "`rollout` must be a whole calendar year",
            found=f"Found {rollout!r}",
            advice="Give the spring year of the first results that the change can have affected (fall 2009 -> 2010)",
        )
    return int(number)


def check_scale(scale: object) -> None:
    """Raise unless the scale is one of 100, 1 and None."""
    if scale is not None and (isinstance(scale, bool) or not isinstance(scale, Real) or scale not in SCALES):
        raise CbeError.build(
            "`scale` must be 100 (percent), 1 (share) or None (not a rate)",
            found=f"Found {scale!r}",
            advice="It is never guessed from the values",
        )


def numeric(frame: pd.DataFrame, column: str) -> pd.Series:
    """Return a column as floats, blank text as missing; other text and dates are refused with their rows."""
    cells = one_column(frame, column)
    numbers = _as_floats(cells)
    bad = (cells.notna() & numbers.isna()).to_numpy(copy=True)
    if bad.any():
        bad &= np.array([not (isinstance(cell, str) and not cell.strip()) for cell in cells])
    if bad.any():
        raise ValuesError.build(
            f"Column {column!r} of `outcomes` must hold numbers; it holds text or dates in {rows_of(frame, bad)}",
            found=f"Found {some(dict.fromkeys(repr(cell) for cell in cells[bad]))}",
            advice="Turn marks such as '*' or '>=95' into numbers or blanks first, for instance with pandas.to_numeric",
        )
    infinite = (numbers.abs() > LARGEST).to_numpy()
    if infinite.any():
        raise ValuesError.build(
            f"Column {column!r} of `outcomes` holds infinity, or what comes near it, in {rows_of(frame, infinite)}",
            advice="Correct these cells or leave them blank",
        )
    return numbers


def one_column(frame: pd.DataFrame, column: str) -> pd.Series:
    """Return a column; two of the same name are refused."""
    cells: Any = frame[column]
    if isinstance(cells, pd.DataFrame):
        raise ColumnError.build(
            f"`outcomes` has more than one column named {column!r}, or columns nested under that name",
            advice="Keep one of them, and flatten nested headings",
        )
    return cells


def _as_floats(cells: pd.Series) -> pd.Series:
    kind = cells.dtype
    if pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_complex_dtype(kind):
        return pd.to_numeric(cells).astype("Float64").astype(float)
    return pd.Series([_as_float(cell) for cell in cells], cells.index, float)


def _as_float(cell: object, text: bool = False) -> float:
    """Return a number as a float, or NaN for what is none; `text` lets "2010" pass as one."""
    if not isinstance(cell, (Real, Decimal, str) if text else (Real, Decimal)):
        return np.nan
    try:
        return float(cell)
    except ValueError:
        return np.nan
    except OverflowError:
        return np.inf


def check_years(frame: pd.DataFrame, year: str) -> pd.Series:
    """Return the year column as whole numbers."""
    years = numeric(frame, year)
    bad = (years.isna() | (years != years.round()) | (years.abs() > LAST_YEAR)).to_numpy()
    if bad.any():
        raise ValuesError.build(
            f"Column {year!r} of `outcomes` must hold whole years; {rows_of(frame, bad)} do not",
            found=f"Found {some(frame[year][bad])}",
            advice="Use the spring year of each result, for instance 2015 for 2014-15",
        )
    stray = ((years - years.median()).abs() > FAR_OFF).to_numpy()
    if stray.any():
        raise ValuesError.build(
            f"Column {year!r} of `outcomes` holds years far from all others in {rows_of(frame, stray)}",
            found=f"Found {some(f'{cell:.0f}' for cell in years[stray])}; most lie around {years.median():.0f}",
            advice="Write years with four digits, for instance 2015",
        )
    return years.astype(int)


def check_values(frame: pd.DataFrame, value: str, scale: float | None) -> pd.Series:
    """Return the results as floats within the range of the scale."""
    values = numeric(frame, value)
    if scale is None:
        return values
    bad = ((values < 0) | (values > scale)).to_numpy()
    if bad.any():
        raise ValuesError.build(
            f"Column {value!r} of `outcomes` leaves the range 0 to {scale:g} in {rows_of(frame, bad)}",
            found=f"Found {some(f'{cell:g}' for cell in values[bad])}",
            advice="Pass scale=100 for percent, scale=1 for shares, scale=None for scores; or correct the cells",
        )
    return values


def check_counts(frame: pd.DataFrame, n_tested: str) -> pd.Series:
    """Return the numbers of students tested; less than one is refused."""
    counts = numeric(frame, n_tested)
    bad = (counts < 1).to_numpy()
    if bad.any():
        raise ValuesError.build(
            f"Column {n_tested!r} of `outcomes` must hold counts above zero, 1 or more; {rows_of(frame, bad)} do not",
            found=f"Found {some(f'{cell:g}' for cell in counts[bad])}",
            advice="Leave the cell blank where the number tested is not known",
        )
    return counts


def _fill_counts(counts: np.ndarray, n_tested: str, notes: list[str]) -> np.ndarray | None:
    missing = np.isnan(counts)
    if missing.all():
        if len(counts):
            notes.append(f"No year has a number in {n_tested!r}: intervals are built without it.")
        return None
    if missing.any():
        count = int(missing.sum())
        years = "1 year" if count == 1 else f"{count} years"
        notes.append(f"{years} without a number in {n_tested!r}: the median of the other years stands in.")
    return np.where(missing, np.nanmedian(counts), counts)


def _check_one_row_a_year(frame: pd.DataFrame, years: pd.Series, year: str) -> None:
    twice = years.duplicated(keep=False).to_numpy()
    if twice.any():
        raise ValuesError.build(
            f"Column {year!r} of `outcomes` names the same year more than once: {rows_of(frame, twice)}",
            found=f"Years {some(sorted(set(years[twice])))}",
            advice="Pick one district, grade, subject and student group first, or use fit_panel for many districts",
        )


def _regime_codes(regimes: pd.Series, regime: str) -> np.ndarray:
    blank = regimes.isna().to_numpy()
    if blank.any():
        raise ValuesError.build(
            f"Column {regime!r} of `outcomes` is blank in {rows_of(regimes.to_frame(), blank)}",
            advice="Name the test of every year",
        )
    order: dict[str, int] = {}
    return np.array([order.setdefault(str(name), len(order)) for name in regimes])
