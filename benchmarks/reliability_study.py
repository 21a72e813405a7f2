"""Reliability: which interval of alpha holds the truth for five-point answers, and does omega's?

Run by `make bench`, about three minutes.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import norm

from cbe_lib.survey.consistency import Estimate, alpha, omega

RESULTS = Path(__file__).parent / "results"
SEED = 4100
SAMPLES, OMEGA_SAMPLES, REDRAWS = 250, 80, 200
RESPONDENTS = (30, 50, 100, 200, 500)
LEVEL = 0.95
# Where five-point answers begin on a standard normal trait: even, most agree, nearly all on the highest two.
CUTS = {
    "even": norm.ppf([0.1, 0.3, 0.7, 0.9]),
    "agreeing": norm.ppf([0.03, 0.1, 0.3, 0.7]),
    "nearly all agree": norm.ppf([0.01, 0.03, 0.08, 0.4]),
}
# Loadings of the items: alike, unlike, and a first pair that shares more than the scale does.
LOADINGS = {"3 alike": [0.7] * 3, "4 unlike": [0.8, 0.7, 0.5, 0.4], "8 alike": [0.6] * 8}
PAIR = 0.3


def answered(rng: np.random.Generator, respondents: int, kind: str, cuts: str, paired: bool) -> np.ndarray:
    """One trait behind all items, cut into five answers; if `paired`, the first two items share something more."""
    loading = np.array(LOADINGS[kind])
    noise = rng.normal(size=(respondents, len(loading)))
    if paired:
        noise[:, :2] = np.sqrt(1 - PAIR) * noise[:, :2] + np.sqrt(PAIR) * rng.normal(size=(respondents, 1))
    seen = rng.normal(size=(respondents, 1)) * loading + noise * np.sqrt(1 - loading**2)
    return np.searchsorted(CUTS[cuts], seen) + 1.0


def bonett(answers: np.ndarray) -> Estimate:
    """Bonett (2002): normal answers, compound symmetry."""
    respondents, items = answers.shape
    found = alpha(answers, _names(answers), LEVEL)
    width = norm.ppf((1 + LEVEL) / 2) * np.sqrt(2 * items / ((items - 1) * (respondents - 2)))
    return Estimate(found.estimate, *(1 - (1 - found.estimate) * np.exp(sign * width) for sign in (1, -1)))


def percentiles(answers: np.ndarray, rng: np.random.Generator) -> Estimate:
    """Percentiles of redrawn respondents."""
    respondents, items = answers.shape
    drawn = answers[rng.integers(0, respondents, (REDRAWS, respondents))]
    with np.errstate(invalid="ignore", divide="ignore"):
        again = items / (items - 1) * (1 - drawn.var(axis=1).sum(axis=1) / drawn.sum(axis=2).var(axis=1))
    return Estimate(0.0, *np.nanquantile(again, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]))


def intervals(answers: np.ndarray, rng: np.random.Generator, draw: int) -> Iterator[tuple[str, Estimate]]:
    """Every interval of one sample; omega of the first samples only."""
    yield "alpha, distribution-free", alpha(answers, _names(answers), LEVEL)
    yield "alpha, Feldt", alpha(answers, _names(answers), LEVEL, "feldt")
    yield "alpha, Bonett", bonett(answers)
    yield "alpha, bootstrap percentiles", percentiles(answers, rng)
    if draw < OMEGA_SAMPLES:
        yield "omega, distribution-free", omega(answers, _names(answers), LEVEL)


def coverage() -> pd.DataFrame:
    """How often each interval holds the coefficient of 400,000 respondents, by population and sample size."""
    rows = []
    for kind, cuts, paired in product(LOADINGS, CUTS, (False, True)):
        bed = [SEED, list(LOADINGS).index(kind), list(CUTS).index(cuts), int(paired)]
        whole = answered(np.random.default_rng(bed), 400_000, kind, cuts, paired)
        names = _names(whole)
        truth = {"alpha": alpha(whole, names, LEVEL).estimate, "omega": omega(whole, names, LEVEL).estimate}
        for respondents in RESPONDENTS:
            rng = np.random.default_rng([*bed, respondents])
            for draw in range(SAMPLES):
                sample = answered(rng, respondents, kind, cuts, paired)
                for name, found in intervals(sample, rng, draw):
                    rows.append((kind, cuts, paired, respondents, name, *_held(found, truth[name[:5]])))
    columns = ["items", "answers", "paired", "respondents", "interval", "held", "width", "answered"]
    each = pd.DataFrame(rows, columns=columns)
    return each.groupby(columns[:5], as_index=False, sort=False)[columns[5:]].mean()


def _held(found: Estimate, truth: float) -> tuple[float, float, bool]:
    if found.conf_low != found.conf_low:
        return float("nan"), float("nan"), False
    return float(found.conf_low <= truth <= found.conf_high), found.conf_high - found.conf_low, True


def _names(answers: np.ndarray) -> list[str]:
    return [f"item {place + 1}" for place in range(answers.shape[1])]


def page(held: pd.DataFrame) -> str:
    """Lay the coverage out by what may strain it."""
    by = ["respondents", "answers", "items", "paired"]
    parts = [held.pivot_table(index=each, columns="interval", values="held").round(3).reset_index() for each in by]
    widths = held.pivot_table(index="respondents", columns="interval", values="width").round(3).reset_index()
    spread = held.groupby("interval")["held"].agg(["mean", "min", "max"]).round(3).reset_index()
    omegas = held[held["interval"].str.startswith("omega")]
    refused = (1 - omegas.pivot_table(index="respondents", columns="items", values="answered")).round(3).reset_index()
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "statsmodels"))
    return "\n".join(
        [
            "# survey.reliability: which interval holds the truth",
            "",
            f"{date.today()}; Python {platform.python_version()}, {packages}.",
            "",
            f"95% intervals of five-point answers; {SAMPLES} samples a cell for alpha, {OMEGA_SAMPLES} for omega.",
            "Truth: the coefficient of 400,000 respondents. `paired`: two items share more than the scale, so that one",
            "factor does not hold. Samples without an interval are not counted; the last table has their share.",
            "",
            "The default is distribution-free: Feldt's and Bonett's limits suppose normal answers and items that are",
            "all alike, and fail where most people agree.",
            "",
            *["## Over all cells\n", _markdown(spread) + "\n"],
            *["## Coverage\n", *[_markdown(part) + "\n" for part in parts]],
            *[
                "## Mean width\n",
                _markdown(widths) + "\n",
                "## Share of omegas without an interval\n",
                _markdown(refused),
            ],
            "",
        ]
    )


def _markdown(table: pd.DataFrame) -> str:
    lines = [list(table.columns), ["---"] * table.shape[1], *table.astype(str).to_numpy().tolist()]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def main() -> None:
    held = coverage()
    held.round(4).to_csv(RESULTS / "reliability_coverage.csv", index=False)
    (RESULTS / "reliability_study.md").write_text(page(held), encoding="utf-8")
    print(page(held))


if __name__ == "__main__":
    main()
