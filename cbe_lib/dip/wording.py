"""Sentences for a superintendent, made from numbers; the caution stands in the same breath."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from cbe_lib.dip.outcome import stands_out

ALONE = (
    "One district alone cannot rule out rival explanations: a new test, a change in who enrolls, something that hit "
    "the whole state. Comparison districts (dip.compare) can rule out the last."
)


def amount(number: float, unit: str) -> str:
    """Write a difference: 6.1 points, 0.061 (share), 1,250 units."""
    if unit == "points":
        tiny = 0 < abs(number) < 0.1
        return f"{number:.1g} points" if tiny and abs(number) >= 0.001 else f"{round(number, 1) + 0.0:.1f} points"
    return f"{plain(number)} (share)" if unit == "share" else f"{plain(number)} {unit}"


def whole(points: float) -> str:
    """Write points without decimals: 12 points, 1 point, less than 1 point."""
    return "less than 1 point" if points < 0.5 else f"about {points:.0f} point{'' if round(points) == 1 else 's'}"


def plain(number: float, digits: int = 3) -> str:
    """Write a number without exponents where people can read it that way."""
    return f"{number:,.0f}" if 1000 <= abs(number) < 1e9 else f"{number + 0.0:.{digits}g}"


def span(low: float, high: float, unit: str) -> str:
    """Write an interval: 0.9 to 8.8 points."""
    return f"{amount(low, unit).split(' ')[0]} to {amount(high, unit).removesuffix(' (share)')}"


def percent(level: float) -> str:
    """Write a level of confidence: 95%, 99.9%."""
    return f"{level * 100:.10g}%"


def times_in(p_value: float) -> str:
    """Write a chance in whole numbers: about 3 times in 100."""
    if p_value < 0.001:
        return "less than once in 1,000"
    if p_value < 0.0095:
        return f"about {p_value * 1000:.0f} time{'' if round(p_value * 1000) == 1 else 's'} in 1,000"
    if p_value >= 0.995:
        return "nearly every time"
    return f"about {p_value * 100:.0f} time{'' if round(p_value * 100) == 1 else 's'} in 100"


def fitted_text(table: pd.DataFrame, p_value: float, last_year: int, level: float, smallest: str) -> str:
    """Say what a fit found, or that it cannot tell, with the meaning of the interval."""
    row = table.set_index("term").to_dict("index")
    depth, unit = row["depth"], str(row["depth"]["unit"])
    interval = span(depth["conf_low"], depth["conf_high"], unit)
    meaning = f"intervals made this way hold the true depth {percent(level).rstrip('%')} times in 100"
    often = f"a district that never changed would look this much like a dip {times_in(p_value)}"
    if not stands_out(p_value, level):
        return (
            f"Cannot tell whether there was a dip: {often}. If there was one, its depth is likely {interval} "
            f"({percent(level)} interval; {meaning}).{smallest}"
        )
    about, when = f"about {amount(depth['estimate'], unit)}", f"lowest around {row['trough_year']['estimate']:.0f}"
    path = "below where the years before were heading"
    unclear = float(interval.split(" ")[0].replace(",", "")) == 0
    fell = f"fell {path}, {when}; how far is unclear, perhaps {about}" if unclear else f"fell {about} {path}, {when}"
    return (
        f"Results {fell} ({percent(level)} interval of the depth: {interval}; {meaning}). "
        f"{recovery_sentence(row['recovery_years'], last_year)} {often[0].upper()}{often[1:]}; what lies behind the "
        "fall, these numbers alone do not say."
    )


def recovery_sentence(recovery: dict[Hashable, Any], last_year: int) -> str:
    """Say when the baseline was regained, as far as anyone can tell."""
    low, middle, high = recovery["conf_low"], recovery["estimate"], recovery["conf_high"]
    if np.isinf(low):
        return f"By {last_year} they had not regained that path."
    if np.isinf(high) and low < 0.05:
        return "Whether and when they regained that path, these numbers cannot tell."
    if np.isinf(high):
        return f"Regaining that path took at least {low:.1f} years, and by {last_year} it may not have happened yet."
    if low < 0.05:
        return f"They had regained that path within {high:.1f} years."
    return f"They had regained that path after about {middle:.1f} years (likely {low:.1f} to {high:.1f})."


def cannot_tell_text(
    reason: str,
    years: np.ndarray,
    values: np.ndarray,
    rollout: int,
    unit: str,
    smallest: str,
    comparable: bool = True,
) -> str:
    """Say why nothing can be estimated, and, where the test stayed the same, what the bare numbers did."""
    before, after = years < rollout, years >= rollout
    facts = ""
    if comparable and before.any() and after.any():
        last, lowest = values[before][-1], values[after].min()
        facts = (
            f" The bare numbers: {plain(last)} in {years[before][-1]}, and {plain(lowest)} in "
            f"{years[after][values[after].argmin()]}, the lowest from the rollout on ({_move(lowest - last, unit)})."
        )
    return f"Cannot tell whether there was a dip: {reason}.{facts}{smallest}"


def _move(change: float, unit: str) -> str:
    size = amount(abs(change), unit).replace(" (share)", "")
    if not float(size.split(" ")[0].replace(",", "")):
        return "no change"
    return f"{size} {'lower' if change < 0 else 'higher'}"
