"""Which criteria do raters understand alike, and on which should nobody quote a level yet?"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import pandas as pd

from cbe_lib.errors import CbeError, ValuesError, require_columns, rows_of
from cbe_lib.results import Result
from cbe_lib.rubric.agreement import Limits, agreement, need_columns
from cbe_lib.rubric.ratings import Ratings, declared
from cbe_lib.rubric.result import Agreement, reaches

REPORT, TENTATIVE, WITHHELD, UNKNOWN = "report", "tentative", "do not report", "cannot tell"
OWN_COLUMNS = (
    "coefficient",
    *Limits._fields,
    "estimate",
    "units",
    "raters",
    "status",
    "probability",
    "level_of_agreement",
)
NOT_JUDGED = "not judged"
JUDGED_BY = "krippendorff_alpha"


@dataclass(frozen=True, repr=False)
class AgreementBy(Result):
    """How far raters agree in each group: see `cbe_lib.rubric.agreement_by`.

    Attributes
    ----------
    by : str
        Column that names a group.
    parts : mapping
        The result of `agreement` for each group.
    level : float
        Coverage that each interval aims at.
    tentative_below, do_not_report_below : float
        Where the status changes.
    """

    by: str
    parts: Mapping[Hashable, Agreement]
    level: float
    tentative_below: float
    do_not_report_below: float

    @property
    def benchmark(self) -> pd.DataFrame:
        """How probable each verbal band is in each group: the group, then the columns of `Agreement.benchmark`."""
        return _stacked({label: part.benchmark for label, part in self.parts.items()}, self.by)


def agreement_by(
    ratings: pd.DataFrame,
    *,
    by: str,
    unit: str | Iterable[str],
    rater: str,
    rating: str,
    levels: Iterable[Hashable],
    weights: Any = "quadratic",
    level: float = 0.95,
    interval: str = "linearized",
    spacing: str = "positions",
    seed: int = 0,
    tentative_below: float = 0.67,
    do_not_report_below: float = 0.4,
) -> AgreementBy:
    """On which criteria, or in which dimensions, do raters give the same level, and on which not yet?

    Parameters
    ----------
    ratings : DataFrame
        One row a rating.
    by : str
        Column whose values are judged apart: the criterion, the dimension, the wave.
    unit : str or sequence of str
        Columns that together name what was rated inside a group: the district for each criterion; district and
        criterion for each dimension.
    rater, rating, levels, weights, level, interval, spacing, seed
        As for `agreement`.
    tentative_below, do_not_report_below : float, 0 to 1
        Where the status changes.

    Returns
    -------
    AgreementBy
        `.table`: the column `by`, then coefficient, estimate, std_error, conf_low, conf_high, method, reason, units
        (with two or more ratings), raters, status, probability (that agreement reaches `tentative_below`); groups in
        sorted order, or in the order of the categories. Status:

        - report: even the lower limit reaches `tentative_below`;
        - tentative: it does not, so agreement may be lower than that, whatever the estimate;
        - do not report: the estimate itself is below `do_not_report_below`;
        - cannot tell: there is no estimate or no interval;
        - not judged: percent agreement, which chance alone can lift.

        `.benchmark` gives verbal bands with their probability.

    Raises
    ------
    CbeError
        As `agreement` does, and for rows that belong to no group.

    Notes
    -----
    Each interval is for its own group alone: of 32 intervals at 95%, one or two miss their truth even if all is well,
    and the lowest of 32 estimates is low partly by luck. For limits that hold for all groups at once, pass level = 1 -
    0.05 / number of groups (Bonferroni). The limits .67 and .4 are conventions for alpha and kappa.

    References
    ----------
    Krippendorff, K. (2004). Reliability in content analysis. Human Communication Research, 30, 411-433.

    Examples
    --------
    >>> import pandas as pd
    >>> from cbe_lib import rubric
    >>> first, second = [1, 1, 2, 2, 3, 3, 4, 4, 2, 3], [1, 2, 2, 2, 3, 4, 4, 4, 1, 3]
    >>> rows = {"site": [*range(10)] * 4, "who": (["Ana"] * 10 + ["Ben"] * 10) * 2, "what": ["D1"] * 20 + ["D2"] * 20}
    >>> visit = pd.DataFrame(rows).assign(level=[*first, *second, *first, *second[::-1]])
    >>> found = rubric.agreement_by(visit, by="what", unit="site", rater="who", rating="level", levels=[1, 2, 3, 4])
    >>> found.table.query("coefficient == 'krippendorff_alpha'")[["what", "status"]].to_dict("split")["data"]
    [['D1', 'tentative'], ['D2', 'do not report']]
    """
    need_columns(by=by, unit=unit, rater=rater, rating=rating, levels=levels)
    _check_limits(tentative_below, do_not_report_below)
    scale = declared(levels)
    units = [unit] if isinstance(unit, str) else list(unit)
    frame = _with_unit(ratings, by, units, rater, rating)
    options = {"weights": weights, "level": level, "interval": interval, "spacing": spacing, "seed": seed}
    parts: dict[Hashable, Agreement] = {}
    for label, rows in frame.groupby(by, observed=True):
        coded = Ratings(rows, unit=_named(units), rater=rater, rating=rating, levels=scale)
        parts[label] = agreement(coded, **options)
    if not parts:
        raise CbeError.build("`ratings` holds no rows", advice="Pass a row for each rating")
    table = _table(parts, by, level, tentative_below, do_not_report_below)
    text = _text(table, by, tentative_below)
    return AgreementBy(
        table,
        text,
        _notes(parts, level),
        None,
        by=by,
        parts=parts,
        level=level,
        tentative_below=tentative_below,
        do_not_report_below=do_not_report_below,
    )


def _check_limits(tentative: float, withheld: float) -> None:
    for limit in (tentative, withheld):
        if isinstance(limit, bool) or not isinstance(limit, Real):
            raise CbeError.build(
                "`tentative_below` and `do_not_report_below` must be numbers", found=f"Found {limit!r}"
            )
    if not 0 <= withheld <= tentative <= 1:
        raise CbeError.build(
            "`do_not_report_below` must not exceed `tentative_below`, both from 0 to 1",
            found=f"Found {withheld!r} and {tentative!r}",
        )


def _named(units: list[str]) -> str:
    return " and ".join(units)


def _with_unit(ratings: object, by: str, units: list[str], rater: str, rating: str) -> pd.DataFrame:
    frame = require_columns(ratings, [by, *units, rater, rating], "ratings")
    if by in OWN_COLUMNS:
        raise CbeError.build(f"The table has a column {by!r} of its own", advice="Rename the column that `by` names")
    blank = frame[[by, *units]].isna().any(axis=1).to_numpy()
    if blank.any():
        raise ValuesError.build(
            f"{' or '.join(map(repr, [by, *units]))} is empty in {rows_of(frame, blank)} of `ratings`",
            advice="Say what each row is about",
        )
    if len(units) == 1:
        return frame
    return frame.assign(**{_named(units): frame.groupby(units, observed=True, sort=False).ngroup()})


def _table(
    parts: Mapping[Hashable, Agreement], by: str, level: float, tentative: float, withheld: float
) -> pd.DataFrame:
    table = _stacked(
        {label: part.table.assign(units=part.units, raters=part.raters) for label, part in parts.items()}, by
    )
    rows = table.to_dict("records")
    status = [_status(row["coefficient"], row["estimate"], row["conf_low"], tentative, withheld) for row in rows]
    chance = [reaches(row, tentative, row["units"], level) if row["std_error"] > 0 else float("nan") for row in rows]
    return table.assign(status=status, probability=chance)


def _stacked(tables: Mapping[Hashable, pd.DataFrame], by: str) -> pd.DataFrame:
    """Put the tables below each other, with their labels in a first column named `by`."""
    for label, table in tables.items():
        table.insert(0, by, [label] * len(table))
    return pd.concat(tables.values(), ignore_index=True)


def _status(coefficient: str, estimate: float, low: float, tentative: float, withheld: float) -> str:
    if coefficient == "percent_agreement":
        return NOT_JUDGED
    if estimate < withheld:
        return WITHHELD
    if estimate != estimate or low != low:
        return UNKNOWN
    return REPORT if low >= tentative else TENTATIVE


def _notes(parts: Mapping[Hashable, Agreement], level: float) -> tuple[str, ...]:
    several = len(parts) > 1
    missed = (1 - level) * len(parts)
    note = (
        f"Each interval is for its own group: of {len(parts)}, about {missed:.1f} miss their truth even if all is well."
    )
    own = [f"{label}: {each}" for label, part in parts.items() for each in part.notes]
    return (*([note] if several else []), *own)


def _text(table: pd.DataFrame, by: str, tentative: float) -> str:
    alpha = table[table["coefficient"] == JUDGED_BY]
    count = alpha["status"].value_counts()
    many = f"{len(alpha)} {by} groups" if len(alpha) > 1 else f"one {by} group"
    counts = ", ".join(
        f"{status} {count[status]}" for status in (REPORT, TENTATIVE, WITHHELD, UNKNOWN) if status in count
    )
    known = alpha.dropna(subset=["estimate"])
    if known.empty:
        return f"Cannot tell how far raters agree in {many}. {alpha['reason'].iloc[0]}"
    weakest = known.sort_values("estimate", kind="stable").iloc[0]
    span = (
        ""
        if weakest["conf_low"] != weakest["conf_low"]
        else f", {weakest['conf_low']:.2f} to {weakest['conf_high']:.2f}"
    )
    return (
        f"By Krippendorff's alpha in {many}: {counts}. Weakest: {weakest[by]} ({weakest['estimate']:.2f}{span}). A "
        f"level is ready to be reported only where even the lower limit of agreement reaches {tentative:g}; the "
        "weakest of many is weak partly by luck."
    )
