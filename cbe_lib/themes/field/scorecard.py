"""Staff and boards of helping organizations beside the population, without a ranking."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from cbe_lib import tables
from cbe_lib.errors import CbeError, some
from cbe_lib.framework import claim
from cbe_lib.privacy import suppress
from cbe_lib.results import Result

ALL, EVERYBODY = "all helpers", "all groups"
BODIES = ("staff", "board")
MANY = 60


@dataclass(frozen=True, repr=False)
class FunderScorecard(Result):
    """Composition of staff and boards beside a reference population: see `funder_scorecard`.

    Attributes
    ----------
    min_n : int
        Groups of fewer people are hidden.
    """

    min_n: int


def funder_scorecard(helpers: pd.DataFrame, *, min_n: int = 10, level: float = 0.95) -> FunderScorecard:
    """Do staff and boards of helping organizations mirror the country, as far as so few people can tell?

    Parameters
    ----------
    helpers : DataFrame
        Table `helpers`: a row for each organization and group; groups exclude each other.
    min_n : int, 2 or more
        Groups of fewer people are hidden, and so are further ones from which they could be worked out.
    level : float, between 0 and 1
        Coverage of the intervals, each by itself.

    Returns
    -------
    FunderScorecard
        `.table`: helper_id ("all helpers": together), body (staff, board), group, count, of, estimate, conf_low,
        conf_high, reference_share, gap, gap_low, gap_high (shares), finding ("below", "above", "within chance", ""),
        reason. Sorted by name: it is no ranking, as intervals of small organizations overlap. More than 60
        organizations are shown together only.

    Raises
    ------
    CbeError
        For tables that hold what they may not, and reference shares of a group that differ between organizations or
        add up to more than 100.

    Notes
    -----
    Exact intervals of shares (Clopper and Pearson, 1934) against a reference share taken as known.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> found = funder_scorecard(samples.state()["helpers"]).table
    >>> together = found[(found["helper_id"] == "all helpers") & (found["body"] == "staff")]
    >>> together[["group", "estimate", "finding"]].round(2).to_dict("split")["data"][2]
    ['White', 0.62, 'above']
    """
    rows = tables.validate(helpers, "helpers", complete=True)
    reference = _reference(rows)
    counts = rows.melt(["helper_id", "group"], list(BODIES), "body", "count").dropna(subset="count")
    if counts.empty:
        raise CbeError.build("`helpers` counts nobody", advice="Fill the columns `staff` or `board`")
    table = _shares(_released(counts, min_n), reference, min_n, level)
    compared = int((table["finding"] != "").sum())
    hidden = int(table["reason"].str.startswith("hidden").sum())
    notes = [
        claim("B21").label + ".",
        f"{hidden} of {len(table)} cells are hidden: fewer than {min_n} people, or would give such a group away.",
        f"Of {compared} comparisons about {compared * (1 - level):.0f} leave the interval by chance alone.",
        "Sorted by name: no ranking.",
    ]
    if rows["helper_id"].nunique() > MANY:
        notes.append(f"More than {MANY} organizations: shown together only; pass those in question for each by itself.")
    return FunderScorecard(table, _text(table), tuple(notes), None, min_n=min_n)


def _reference(rows: pd.DataFrame) -> pd.Series:
    known = rows.dropna(subset="reference_share").groupby("group")["reference_share"]
    differ = known.nunique()
    problems = [f"{name!r} has several" for name in differ[differ > 1].index]
    whole = float(known.first().sum())
    problems += [f"together they are {whole:.0f}"] if whole > 100.5 else []
    if problems:
        raise CbeError.build(
            "Column 'reference_share' of `helpers` contradicts itself",
            found=f"Found: {some(problems)}",
            advice="Give each group one share of the reference population, in percent; groups exclude each other",
        )
    return known.first() / 100


def _released(counts: pd.DataFrame, min_n: int) -> pd.DataFrame:
    """Add the totals over groups and helpers, and blank what must be hidden."""
    key = ["helper_id", "body", "group"]
    together = counts.assign(helper_id=ALL)
    own, many = counts["helper_id"].nunique() > 1, counts["helper_id"].nunique() > MANY
    rows = pd.concat([together] if many else [counts, together] if own else [counts])
    rows = pd.concat([rows, rows.assign(group=EVERYBODY)]).groupby(key)[["count"]].sum().reset_index()
    groups = {"group": [sorted(counts["group"].unique())]}
    totals = {"helper_id": ALL, "group": EVERYBODY}
    return suppress(rows, by=key, count="count", totals=totals, groups=groups, min_n=min_n).table


def _shares(safe: pd.DataFrame, reference: pd.Series, min_n: int, level: float) -> pd.DataFrame:
    whole = safe[safe["group"] == EVERYBODY].set_index(["helper_id", "body"])["count"].rename("of")
    rows = safe[safe["group"] != EVERYBODY].join(whole, on=["helper_id", "body"])
    known = (rows["count"].notna() & rows["of"].notna() & (rows["of"].fillna(0) > 0)).to_numpy()
    count = rows["count"].where(known).to_numpy(float, na_value=np.nan)
    size = rows["of"].where(known).to_numpy(float, na_value=np.nan)
    low, high = (
        np.where(known, end, np.nan) for end in proportion_confint(count, size, alpha=1 - level, method="beta")
    )
    wanted = rows["group"].map(reference).to_numpy(float)
    finding = np.select(
        [high < wanted, low > wanted, known & ~np.isnan(wanted)], ["below", "above", "within chance"], ""
    )
    hidden = f"hidden: fewer than {min_n} people, or would show how many such a group holds"
    reason = np.select([~known, np.isnan(wanted)], [hidden, "cannot tell: no share of the reference population"], "")
    return pd.DataFrame(
        {
            "helper_id": rows["helper_id"],
            "body": rows["body"],
            "group": rows["group"],
            "count": rows["count"].where(known),
            "of": rows["of"].where(known),
            "estimate": count / size,
            "conf_low": low,
            "conf_high": high,
            "reference_share": wanted,
            "gap": count / size - wanted,
            "gap_low": low - wanted,
            "gap_high": high - wanted,
            "finding": finding,
            "reason": reason,
        }
    ).sort_values(["helper_id", "body", "group"], ignore_index=True)


def _text(table: pd.DataFrame) -> str:
    together = table[(table["helper_id"] == ALL) & table["gap"].notna()]
    each = table[(table["helper_id"] != ALL) & table["gap"].notna()]
    if together.empty and each.empty:
        return "Cannot tell whether staff and boards mirror the country: every group is too small to show."
    said = [
        f"{row['group']}: {row['estimate']:.0%} of {row['body']}, {row['reference_share']:.0%} of the population "
        f"({row['finding']})"
        for row in together[together["body"] == "staff"].sort_values("gap").to_dict("records")
    ]
    first = f"All organizations together: {'; '.join(said)}. " if said else ""
    clear = int(each["finding"].isin(["below", "above"]).sum())
    return (
        f"{first}For single organizations, {clear} of {len(each)} shown shares differ beyond chance; most have too few "
        "people to tell. This is no ranking, and composition is not yet whose word counts."
    )
