"""The table of criteria in words, and the table of dimensions: median, range and weakest criterion, never a mean."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cbe_lib.framework import Dimension, Rubric

USED = ("scored", "tentative", "ratings only")
NUMBERS = ("position", "conf_low", "conf_high")
ORDER = ("tentative", "ratings only", "scored", "do not report", "not rated")
COLUMNS = [
    *("district", "wave", "dimension", "name", "median", "lowest", "highest", "weakest", "n_rated", "n_criteria"),
    *("position", "conf_low", "conf_high", "status", "why"),
]


def dimension_table(table: pd.DataFrame, rubric: Rubric) -> pd.DataFrame:
    """Summarize criteria by dimension.

    The interval runs from the median of the lower ends to the median of the upper ends, which holds even if every
    error of a rater runs the same way; criteria that are not rated, or not to be reported, are left out and counted.
    """
    owner = np.array([criterion.dimension for criterion in rubric.criteria], dtype=object)
    sites = table.iloc[:: len(owner)][["district", "wave"]].reset_index(drop=True)
    used = table["status"].isin(USED).to_numpy()
    known = {name: _grid(table[name].where(used).to_numpy(float, na_value=np.nan), owner) for name in NUMBERS}
    standing = _grid(table["status"].map({status: each for each, status in enumerate(ORDER)}).to_numpy(), owner)
    parts = [
        _summary(
            sites,
            dimension,
            {name: values[:, owner == dimension.id] for name, values in known.items()},
            standing[:, owner == dimension.id].min(axis=1),
        )
        for dimension in rubric.dimensions
    ]
    found = pd.concat(parts).sort_index(kind="stable").reset_index(drop=True)
    for column, source in (("median", "position"), ("lowest", "worst"), ("highest", "best")):
        found[column] = level_names(found[source], rubric.levels)
    found["why"] = _reasons(found)
    return found.astype(dict.fromkeys(NUMBERS, "Int64"))[COLUMNS]


def _grid(values: np.ndarray, owner: np.ndarray) -> np.ndarray:
    return values.reshape(-1, len(owner))


def _summary(
    sites: pd.DataFrame, dimension: Dimension, known: dict[str, np.ndarray], standing: np.ndarray
) -> pd.DataFrame:
    """Summarize one dimension: `known` holds a row for each site and a column for each criterion."""
    position = known["position"]
    rated = ~np.isnan(position)
    worst, best = np.sort(position, axis=1)[:, 0], -np.sort(-position, axis=1)[:, 0]
    ids = np.array([criterion.id for criterion in dimension.criteria], dtype=object)
    complete = (~np.isnan(known["conf_low"]) | ~rated).all(axis=1)
    columns = {
        "dimension": dimension.id,
        "name": dimension.name,
        "n_rated": rated.sum(axis=1),
        "n_criteria": len(ids),
        "worst": worst,
        "best": best,
        "weakest": ["; ".join(ids[row]) for row in position == worst[:, None]],
        "position": lower_median(position),
        **{end: np.where(complete, lower_median(known[end]), np.nan) for end in NUMBERS[1:]},
        "status": np.array(ORDER, dtype=object)[standing],
    }
    return pd.DataFrame({"district": sites["district"], "wave": sites["wave"], **columns})


def lower_median(values: np.ndarray) -> np.ndarray:
    """Return the median of each row, the lower of the middle two, missing values left out."""
    ordered, count = np.sort(values, axis=1), (~np.isnan(values)).sum(axis=1)
    return ordered[np.arange(len(values)), np.maximum(count - 1, 0) // 2]


def level_names(position: pd.Series, levels: tuple[str, ...]) -> np.ndarray:
    """Name positions, which count from 1; blank where missing."""
    return np.array([*levels, ""], dtype=object)[position.fillna(0).to_numpy(dtype=int) - 1]


def _reasons(found: pd.DataFrame) -> list[str]:
    reasons = []
    for rated, criteria, low in zip(found["n_rated"], found["n_criteria"], found["conf_low"], strict=True):
        parts = (
            [] if rated == criteria else [f"{criteria - rated} of {criteria} criteria not rated or not to be reported"]
        )
        if rated and pd.isna(low):
            parts.append("the interval cannot be told, because that of a criterion cannot")
        reasons.append("; ".join(parts))
    return reasons


def headline(table: pd.DataFrame, dimensions: pd.DataFrame, level: float, *, supported: bool) -> str:
    """Say in two or three sentences what was found, caution included."""
    sites = dimensions[["district", "wave"]].drop_duplicates()
    rated, total = int(table["position"].notna().sum()), len(table)
    if not rated:
        return "No criterion could be rated: there is no rating with dated evidence, so nothing can be said of a level."
    capped = int(table["cap"].ne("").sum())
    base = f"{rated} of {total} criteria could be rated"
    base += f" over {len(sites)} districts and waves" if len(sites) > 1 else f" in {sites['district'].iloc[0]}"
    held = (
        f"; {capped} stand{'s' if capped == 1 else ''} lower than raters put them, for want of evidence"
        if capped
        else ""
    )
    end = "" if supported else " These are ratings only: no evidence was given, so no level is backed by any."
    weak = ends(dimensions) if len(sites) == 1 else ""
    profile = f" {weak[0].upper()}{weak[1:]}." if weak else ""
    return f"{base}{held}.{profile}{_caution(table, level)}{end}"


def ends(dimensions: pd.DataFrame) -> str:
    """Name the weakest and strongest dimension of one district and wave, and whether disagreement blurs them."""
    known = dimensions[dimensions["n_rated"] > 0]
    if len(known) < 2:
        return ""
    low, high = known["position"].min(), known["position"].max()
    if low == high:
        return f"every dimension has its median at {known['median'].iloc[0]}"
    weak, strong = known[known["position"] == low], known[known["position"] == high]
    said = f"weakest {_named(weak)}, strongest {_named(strong)}"
    if known["conf_low"].isna().any():
        return f"{said}, as far as one rater can tell"
    apart = weak["conf_high"].max() < strong["conf_low"].min()
    return said if apart else f"{said}; raters' disagreement allows them to be level"


def _named(dimensions: pd.DataFrame) -> str:
    names = dimensions["name"].tolist()
    return f"{' and '.join(names) if len(names) < 3 else f'{len(names)} dimensions'} ({dimensions['median'].iloc[0]})"


def _caution(table: pd.DataFrame, level: float) -> str:
    known = table.dropna(subset=["conf_low"])
    if known.empty:
        return " How far another team of raters would differ cannot be told."
    open_ = int((known["conf_low"] < known["conf_high"]).sum())
    return (
        f" For {open_} of {len(known)} criteria the {level:.0%} interval spans more than one level: a large team of "
        "such raters might settle on another."
    )
