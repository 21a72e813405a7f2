"""A long table of districts, checked and laid out as matrices: what `dip.compare` starts from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cbe_lib.dip.comparison.learning import Cohort
from cbe_lib.dip.omitted import notes_on, published_as_range
from cbe_lib.dip.series import SCALES, check_counts, check_scale, check_values, check_years, numeric
from cbe_lib.errors import CbeError, ValuesError, require_columns, rows_of, some

FEWEST_BEFORE = 2
FEWEST_IN_A_YEAR = 5
CONSTANT_YEARS = 4
TYPICAL_NOISE = 10.0


@dataclass(frozen=True)
class Panel:
    """Districts by years. Values are in points of 100 (or scaled to like noise where they are not a rate).

    names, rollout : one entry a district; rollout is NaN for those that never adopted
    values, tested : (districts, years), NaN where missing; tested may be None
    covariates : (districts, covariates), means over the years before the first rollout of the table
    point : what one internal point is in units of the table
    """

    names: np.ndarray
    years: np.ndarray
    values: np.ndarray
    tested: np.ndarray | None
    rollout: np.ndarray
    covariates: np.ndarray
    point: float
    unit: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Columns:
    """Headings of the user's table."""

    district: str
    year: str
    value: str
    n_tested: str | None
    rollout: str
    covariates: tuple[str, ...] = ()

    @property
    def needed(self) -> list[str]:
        """Every heading that must be in the table."""
        optional = [self.n_tested] if self.n_tested else []
        return [self.district, self.year, self.value, self.rollout, *optional, *self.covariates]


def read_panel(outcomes: pd.DataFrame, columns: Columns, scale: float | None) -> Panel:
    """Check the table and lay it out; every problem is a CbeError that names column and rows."""
    frame = require_columns(outcomes, columns.needed, "outcomes")
    if frame.empty:
        raise CbeError.build("`outcomes` has its columns but no rows", advice="Check the filter before this call")
    check_scale(scale)
    clean = pd.DataFrame({"district": _districts(frame, columns.district), "year": check_years(frame, columns.year)})
    _check_one_row_a_cell(frame, clean, columns)
    clean["value"] = check_values(frame, columns.value, scale)
    if clean["value"].isna().all():
        raise CbeError.build(
            f"Column {columns.value!r} of `outcomes` has no number in any of its {len(frame)} rows",
            advice="Check that suppressed cells did not replace all results",
        )
    clean["rollout"] = _rollouts(frame, clean["district"], columns.rollout)
    if columns.n_tested:
        clean["tested"] = check_counts(frame, columns.n_tested)
    for name in columns.covariates:
        clean[f"covariate {name}"] = numeric(frame, name)
    panel = _layout(clean, columns, scale)
    ranged = clean["value"].isna() & published_as_range(frame)
    return replace(panel, notes=(*notes_on(frame, ranged, columns.value), *panel.notes))


def _districts(frame: pd.DataFrame, column: str) -> pd.Series:
    blank = frame[column].isna().to_numpy()
    if blank.any():
        raise ValuesError.build(
            f"Column {column!r} of `outcomes` is blank in {rows_of(frame, blank)}",
            advice="Name the district of every row, or drop these rows",
        )
    return frame[column]


def _check_one_row_a_cell(frame: pd.DataFrame, clean: pd.DataFrame, columns: Columns) -> None:
    twice = clean.duplicated(["district", "year"], keep=False).to_numpy()
    if twice.any():
        raise ValuesError.build(
            f"Columns {columns.district!r} and {columns.year!r} of `outcomes` name a district and year more than once: "
            f"{rows_of(frame, twice)}",
            found=f"Districts {some(map(str, pd.unique(clean['district'][twice])))}",
            advice="Pick one grade, subject and student group first",
        )


def _rollouts(frame: pd.DataFrame, district: pd.Series, column: str) -> pd.Series:
    years = numeric(frame, column)
    broken = (years.notna() & (years != years.round())).to_numpy()
    if broken.any():
        raise ValuesError.build(
            f"Column {column!r} of `outcomes` must hold whole years or blanks; {rows_of(frame, broken)} do not",
            found=f"Found {some(frame[column][broken])}",
            advice="Use the spring year of the first results that the change can have affected",
        )
    several = (years.fillna(-1).groupby(district).transform("nunique") > 1).to_numpy()
    if several.any():
        raise ValuesError.build(
            f"Column {column!r} of `outcomes` changes within a district: {rows_of(frame, several)}",
            found=f"Districts {some(map(str, pd.unique(district[several])))}",
            advice="Repeat one rollout year on every row of an adopter, and leave it blank on every row of the others",
        )
    if years.isna().all():
        raise CbeError.build(
            f"No district has a rollout year in column {column!r} of `outcomes`",
            advice="Give the adopter's rollout year on each of its rows, and leave it blank for comparison districts",
        )
    return years


def _layout(clean: pd.DataFrame, columns: Columns, scale: float | None) -> Panel:
    notes: list[str] = []
    wide = clean.pivot(index="district", columns="year", values="value").dropna(axis=1, how="all")
    empty = wide.isna().all(axis=1)
    if empty.any():
        notes.append(f"{int(empty.sum())} district(s) without any number in {columns.value!r} left out.")
    rollout = clean.groupby("district")["rollout"].first()
    if rollout[empty].notna().any():
        notes.append(f"cannot tell for {some(rollout.index[empty & rollout.notna()])}: no number in any year.")
    wide = _in_order_of_content(wide[~empty], rollout)
    values = wide.to_numpy(float)
    missing = int(np.isnan(values).sum())
    if missing:
        notes.append(f"{missing} district-years without a result: nothing is filled in.")
    tested, wide_notes = _tested(clean, wide, columns)
    point = _point(values, rollout.loc[wide.index].to_numpy(float), scale)
    covariates, covariate_notes = _covariates(clean, wide.index, columns)
    return Panel(
        names=wide.index.to_numpy(),
        years=wide.columns.to_numpy(int),
        values=values / point,
        tested=tested if scale is not None else None,
        rollout=rollout.loc[wide.index].to_numpy(float),
        covariates=covariates,
        point=point,
        unit=SCALES[scale][0],
        notes=(*notes, *wide_notes, *covariate_notes),
    )


def _in_order_of_content(wide: pd.DataFrame, rollout: pd.Series) -> pd.DataFrame:
    """Sort districts by rollout and results, so that neither names nor the order of rows can matter."""
    keys = wide.fillna(-1.0).to_numpy(float).T[::-1]
    return wide.iloc[np.lexsort((*keys, rollout.loc[wide.index].fillna(-1.0).to_numpy(float)))]


def _tested(clean: pd.DataFrame, wide: pd.DataFrame, columns: Columns) -> tuple[np.ndarray | None, list[str]]:
    if columns.n_tested is None:
        return None, []
    counts = clean.pivot(index="district", columns="year", values="tested").reindex_like(wide)
    holes = int((counts.isna() & wide.notna()).to_numpy().sum())
    own = counts.median(axis=1)
    unknown = own.isna()
    if unknown.all():
        return None, [f"No row has a number in {columns.n_tested!r}: compared without it."]
    filled = counts.apply(lambda column: column.fillna(own)).fillna(float(own.median()))
    notes = []
    if holes:
        notes.append(
            f"{holes} result(s) without {columns.n_tested!r}: the median of the district's other years stands in."
        )
    if unknown.any():
        notes.append(
            f"{int(unknown.sum())} district(s) without any {columns.n_tested!r}: the median district's stands in."
        )
    return filled.to_numpy(float), notes


def _point(values: np.ndarray, rollout: np.ndarray, scale: float | None) -> float:
    if scale is not None:
        return float(scale) / 100
    never = values[np.isnan(rollout)] if np.isnan(rollout).any() else values
    around = never - np.nanmean(never, axis=1, keepdims=True)
    noise = float(np.nanstd(around - np.nanmean(around, axis=0)))
    return noise / TYPICAL_NOISE if noise > 0 else 1.0


def _covariates(clean: pd.DataFrame, index: pd.Index, columns: Columns) -> tuple[np.ndarray, list[str]]:
    names = [f"covariate {name}" for name in columns.covariates]
    if not names:
        return np.zeros((len(index), 0)), []
    early = clean[clean["year"] < clean["rollout"].min()]
    means = early.groupby("district")[names].mean().reindex(index)
    unknown = int(means.isna().any(axis=1).sum())
    notes = [f"{unknown} district(s) lack a covariate before the first rollout: the mean stands in."] if unknown else []
    return means.fillna(means.mean()).to_numpy(float), notes


@dataclass(frozen=True)
class Window:
    """The comparison of one rollout year: the matrices, the panel row of each district in them, and what was left out.

    cannot : why adopters of this year cannot be compared, by name
    """

    rollout: int
    cohort: Cohort
    rows: np.ndarray
    notes: tuple[str, ...]
    cannot: dict[str, str]


def window_of(panel: Panel, rollout: int) -> Window:
    """Set the districts that adopt in `rollout` beside those that never adopt and those that adopt later.

    Later adopters count as comparison districts until their own rollout.
    """
    later = panel.rollout > rollout
    values = np.where(later[:, None] & (panel.years >= panel.rollout[:, None]), np.nan, panel.values)
    seen = np.isfinite(values)
    before = panel.years < rollout
    candidate = np.isnan(panel.rollout) | later
    enough = seen[candidate].sum(axis=0) >= min(FEWEST_IN_A_YEAR, int(candidate.sum()))
    sparse = (seen[:, before & enough].sum(axis=1) < FEWEST_BEFORE) | ~seen[:, ~before & enough].any(axis=1)
    teaches = candidate & ~sparse & ~_constant(values)
    adopters = np.flatnonzero(panel.rollout == rollout)
    cannot = {int(row): why_not(panel, int(row), panel.years[enough]) for row in adopters}
    compared = [row for row, reason in cannot.items() if not reason]
    rows = np.union1d(np.flatnonzero(teaches), compared).astype(int)
    return Window(
        rollout=rollout,
        cohort=_cohort(panel, values, rows, teaches, enough, rollout),
        rows=rows,
        notes=tuple(_left_out(candidate & sparse, candidate & ~sparse & ~teaches, rollout)),
        cannot={str(panel.names[row]): reason for row, reason in cannot.items() if reason},
    )


def _constant(values: np.ndarray) -> np.ndarray:
    seen = np.isfinite(values)
    spread = np.where(seen, values, -np.inf).max(axis=1) - np.where(seen, values, np.inf).min(axis=1)
    return (seen.sum(axis=1) >= CONSTANT_YEARS) & (spread == 0)


def _cohort(
    panel: Panel, values: np.ndarray, rows: np.ndarray, teaches: np.ndarray, years: np.ndarray, rollout: int
) -> Cohort:
    known = panel.covariates[teaches]
    middle, spread = (known.mean(axis=0), known.std(axis=0)) if len(known) else (0.0, 1.0)
    return Cohort(
        values=values[np.ix_(rows, years)],
        tested=None if panel.tested is None else panel.tested[np.ix_(rows, years)],
        teaches=teaches[rows],
        years=panel.years[years],
        before=int((panel.years[years] < rollout).sum()),
        first=rollout,
        covariates=(panel.covariates[rows] - middle) / np.maximum(spread, 1e-9),
    )


def _left_out(sparse: np.ndarray, constant: np.ndarray, rollout: int) -> list[str]:
    notes = []
    if sparse.any():
        notes.append(
            f"{int(sparse.sum())} comparison district(s) left out: fewer than {FEWEST_BEFORE} results before {rollout} "
            "or none from then on."
        )
    if constant.any():
        notes.append(
            f"{int(constant.sum())} comparison district(s) left out: the same result in every year (capped values?)."
        )
    return notes


def why_not(panel: Panel, row: int, years: np.ndarray) -> str:
    """Say why an adopter cannot be compared over these years; empty where it can."""
    seen = np.isin(panel.years, years) & np.isfinite(panel.values[row])
    rollout = int(panel.rollout[row])
    before, after = int((seen & (panel.years < rollout)).sum()), int((seen & (panel.years >= rollout)).sum())
    if before < FEWEST_BEFORE:
        return f"only {before} result(s) before the rollout in {rollout}; at least {FEWEST_BEFORE} are needed"
    if after == 0:
        return f"there is no result from the rollout year {rollout} on to compare"
    if before + after >= CONSTANT_YEARS and np.ptp(panel.values[row][seen]) == 0:
        return "not estimable: the same result in every year looks like a capped or suppressed value"
    return ""
