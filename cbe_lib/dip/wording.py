"""Sentences for a superintendent, made from numbers; the caution stands in the same breath."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

ALONE = (
    "One district alone cannot rule out rival explanations: a new test, a change in who enrolls, something that hit "
    "the whole state. Comparison districts (dip.compare) can rule out the last."
)


def amount(number: float, unit: str) -> str:
    """Write a difference: 6.1 points, 0.061 (share)."""
    if unit == "points":
        return f"{number:.1f} points"
    return f"{number:.3g}" + (f" {unit}" if unit == "units" else "")


def times_in(p_value: float) -> str:
    """Write a chance in whole numbers: 3 times in 100."""
    if p_value < 0.0005:
        return "fewer than 1 time in 1,000"
    if p_value < 0.0095:
        return f"about {p_value * 1000:.0f} time{'' if round(p_value * 1000) == 1 else 's'} in 1,000"
    return f"about {p_value * 100:.0f} time{'' if round(p_value * 100) == 1 else 's'} in 100"


def fitted_text(table: pd.DataFrame, p_value: float, last_year: int, level: float, smallest: str) -> str:
    """Say what a fit found, or that it cannot tell, with the meaning of the interval."""
    row = table.set_index("term").to_dict("index")
    depth, unit = row["depth"], str(row["depth"]["unit"])
    interval = f"{amount(depth['conf_low'], unit).split(' ')[0]} to {amount(depth['conf_high'], unit)}"
    meaning = f"intervals made this way hold the true depth {level * 100:g} times in 100"
    if p_value < 1 - level:
        return (
            f"Results fell about {amount(depth['estimate'], unit)} below where the years before were heading "
            f"({level:.0%} interval {interval}; {meaning}), lowest around {row['trough_year']['estimate']:.0f}. "
            f"{recovery_sentence(row['recovery_years'], last_year)} A district that never changed would show this "
            f"much {times_in(p_value)}; what lies behind the fall, these numbers alone do not say."
        )
    return (
        f"Cannot tell whether there was a dip: a district that never changed would show this much {times_in(p_value)}. "
        f"If there was one, its depth lies between {interval.replace(' to ', ' and ')} ({meaning}).{smallest}"
    )


def recovery_sentence(recovery: dict[Hashable, Any], last_year: int) -> str:
    """Say when the baseline was regained, as far as anyone can tell."""
    low, middle, high = recovery["conf_low"], recovery["estimate"], recovery["conf_high"]
    if low == 0 and np.isinf(high):
        return "When they regained that path, if they had left it, these numbers cannot tell."
    if np.isinf(low):
        return f"By {last_year} they had not regained that path."
    if np.isinf(high):
        return f"Regaining that path took at least {low:.1f} years, and by {last_year} it may not have happened yet."
    return f"They had regained that path after about {middle:.1f} years (between {low:.1f} and {high:.1f})."


def cannot_tell_text(reason: str, years: np.ndarray, values: np.ndarray, rollout: int, unit: str, smallest: str) -> str:
    """Say why nothing can be estimated, and what the bare numbers did."""
    facts = ""
    before, after = years < rollout, years >= rollout
    if before.any() and after.any():
        lowest = np.flatnonzero(after)[values[after].argmin()]
        change = values[lowest] - values[before][-1]
        facts = (
            f" The bare numbers: {values[before][-1]:.4g} in {years[before][-1]}, and {values[lowest]:.4g} at the "
            f"lowest after the rollout, in {years[lowest]} ({change:+.3g}{' points' if unit == 'points' else ''})."
        )
    return f"Cannot tell whether there was a dip: {reason}.{facts}{smallest}"
