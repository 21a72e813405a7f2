"""`dip.compare` and its peers on one pool, asked one by one in a process of their own:

    PYTHON _compare_tools.py TOOL POOLS.npz RESULT.csv

Every adopter is asked about twice: as it is, and with its planted dip. Depth is how far the estimated effect falls
below zero in its deepest year. A tool without an interval of depth leaves low and high empty.
"""

from __future__ import annotations

import csv
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

ALPHA, LEVEL = 0.05, 0.95
Ask = Callable[[], tuple[bool, float, float, float]]


@dataclass(frozen=True)
class Panel:
    """One question: a state file and the row of its adopter."""

    results: np.ndarray
    tested: np.ndarray
    before: int
    row: int

    @property
    def long(self) -> pd.DataFrame:
        """A row a district and year."""
        districts, years = self.results.shape
        adopter = np.arange(districts) == self.row
        return pd.DataFrame(
            {
                "district_id": np.repeat(np.arange(districts), years),
                "year": np.tile(np.arange(years) + 2001, districts),
                "value": self.results.ravel(),
                "n_tested": np.repeat(self.tested, years),
                "rollout_year": np.repeat(np.where(adopter, 2001.0 + self.before, np.nan), years),
                "adopts": np.repeat(adopter.astype(int), years),
            }
        )

    @property
    def wide(self) -> pd.DataFrame:
        """A row a year, a column a district."""
        return pd.DataFrame(self.results.T, columns=[f"d{k}" for k in range(len(self.results))])


@dataclass(frozen=True)
class Claim:
    """What a tool said of one adopter; `seconds` of processor time, its fit included."""

    pool: int
    row: int
    planted: bool
    found: bool
    depth: float
    low: float
    high: float
    seconds: float
    error: str = ""


def below(low: np.ndarray, high: np.ndarray, effect: np.ndarray) -> tuple[float, float, float]:
    """Depth of an effect and its interval, read off a band."""
    return tuple(float(max(0.0, (-edge).max())) for edge in (effect, high, low))


def dip_compare(panel: Panel) -> Ask:
    from cbe_lib import dip

    frame = panel.long.drop(columns="adopts")

    def ask() -> tuple[bool, float, float, float]:
        found = dip.compare(frame, n_tested="n_tested")
        depth = found.terms.set_index("term").loc["depth", ["estimate", "conf_low", "conf_high"]]
        return found.existence.p_value <= ALPHA, *depth.astype(float)

    return ask


def permutation(panel: Panel, two_sided: bool) -> Ask:
    """Difference-in-differences of every district against all others, ranked as they are."""

    def ask() -> tuple[bool, float, float, float]:
        results, districts = panel.results, len(panel.results)
        gap = results - (results.sum(axis=0) - results) / (districts - 1)
        effect = gap[:, panel.before :] - gap[:, : panel.before].mean(axis=1, keepdims=True)
        size = np.abs(effect).max(axis=1)
        reach = np.quantile(np.delete(size, panel.row), LEVEL, method="higher")
        statistic = size if two_sided else -effect.min(axis=1)
        own = effect[panel.row]
        return (statistic >= statistic[panel.row]).mean() <= ALPHA, *below(own - reach, own + reach, own)

    return ask


def interrupted(panel: Panel, hac: bool) -> Ask:
    """Segmented regression on the adopter alone: joint F test of level and slope change."""
    import statsmodels.api as sm

    event = np.arange(panel.results.shape[1]) - panel.before + 1.0
    after = event > 0
    design = np.column_stack([np.ones(len(event)), event, after, after * (event - 1)])
    reach = np.column_stack([np.zeros((after.sum(), 2)), np.ones(after.sum()), event[after] - 1])
    errors = {"cov_type": "HAC", "cov_kwds": {"maxlags": 1, "use_correction": True}, "use_t": True} if hac else {}

    def ask() -> tuple[bool, float, float, float]:
        fit = sm.OLS(panel.results[panel.row], design).fit(**errors)
        change = fit.t_test(reach)
        low, high = change.conf_int(1 - LEVEL)[np.argmin(change.effect)]
        found = fit.f_test(np.eye(4)[2:]).pvalue <= ALPHA
        return bool(found), *(float(max(0.0, -edge)) for edge in (change.effect.min(), high, low))

    return ask


def event_study(panel: Panel) -> Ask:
    """Two-way fixed effects by year, errors clustered by district; smallest p-value times the number of years."""
    from pyfixest import feols

    frame = panel.long
    last = 2000 + panel.before

    def ask() -> tuple[bool, float, float, float]:
        fit = feols(f"value ~ i(year, adopts, ref={last}) | district_id + year", frame, vcov={"CRV1": "district_id"})
        table = fit.tidy()
        table = table[table.index.str.extract(r"(\d{4})", expand=False).astype(int) > last]
        edges = (table[name].to_numpy() for name in ("2.5%", "97.5%", "Estimate"))
        return bool(table["Pr(>|t|)"].min() * len(table) <= ALPHA), *below(*edges)

    return ask


def causalpy_control(panel: Panel) -> Ask:
    import causalpy

    frame = panel.wide
    adopter, model = f"d{panel.row}", causalpy.skl_models.WeightedProportion
    others = [name for name in frame.columns if name != adopter]

    def ask() -> tuple[bool, float, float, float]:
        fit = causalpy.SyntheticControl(
            frame, panel.before, control_units=others, treated_units=[adopter], model=model()
        )
        return _mean_effect(fit)

    return ask


def causalpy_interrupted(panel: Panel) -> Ask:
    import causalpy
    from sklearn.linear_model import LinearRegression

    frame = pd.DataFrame({"y": panel.results[panel.row], "t": np.arange(panel.results.shape[1])})

    def ask() -> tuple[bool, float, float, float]:
        fit = causalpy.InterruptedTimeSeries(frame, panel.before, formula="y ~ 1 + t", model=LinearRegression())
        return _mean_effect(fit)

    return ask


def _mean_effect(fit: Any) -> tuple[bool, float, float, float]:
    mean = fit.effect_summary().table.loc["average"]
    depth = max(0.0, -np.asarray(fit.post_impact).min())
    return not mean["ci_lower"] <= 0 <= mean["ci_upper"], float(depth), np.nan, np.nan


ONE_BY_ONE: dict[str, Callable[[Panel], Ask]] = {
    "dip.compare": dip_compare,
    "DiD, permutation": lambda panel: permutation(panel, two_sided=True),
    "DiD, permutation of falls": lambda panel: permutation(panel, two_sided=False),
    "ITS": lambda panel: interrupted(panel, hac=False),
    "ITS+HAC(1)": lambda panel: interrupted(panel, hac=True),
    "pyfixest event study": event_study,
    "CausalPy ITS": causalpy_interrupted,
    "CausalPy synthetic control": causalpy_control,
}


def one_by_one(tool: str, number: int, panels: dict[tuple[int, bool], Panel]) -> Iterator[Claim]:
    """Ask about every adopter of a pool, as it is and with its dip."""
    for (row, planted), panel in panels.items():
        ask = ONE_BY_ONE[tool](panel)
        start = time.process_time()
        try:
            said, error = ask(), ""
        except Exception as problem:
            said, error = (False, np.nan, np.nan, np.nan), f"{type(problem).__name__}: {problem}"[:120]
        yield Claim(number, row, planted, *said, time.process_time() - start, error)


def synthetic_control(number: int, panels: dict[tuple[int, bool], Panel]) -> Iterator[Claim]:
    """Synth with equal weights on all years before, ranked by RMSPE ratio among all districts.

    Weights use the years before alone, so one fit a district serves every adopter of the pool; an adopter's time is
    that of one fit for each district, as its placebos need.
    """
    first = next(iter(panels.values()))
    start = time.process_time()
    weights = np.array([_weights(first.wide, first.before, row) for row in range(len(first.results))])
    seconds = time.process_time() - start
    for (row, planted), panel in panels.items():
        gap = panel.results - weights @ panel.results
        before, after = gap[:, : panel.before], gap[:, panel.before :]
        ratio = (after**2).mean(axis=1) / np.maximum((before**2).mean(axis=1), 1e-6)
        depth = max(0.0, -after[row].min())
        yield Claim(number, row, planted, (ratio >= ratio[row]).mean() <= ALPHA, depth, np.nan, np.nan, seconds)


def _weights(wide: pd.DataFrame, before: int, row: int) -> np.ndarray:
    from pysyncon import Synth

    early, own = wide.iloc[:before], wide.columns[row]
    others = early.drop(columns=own)
    model = Synth()
    model.fit(X0=others, X1=early[own], Z0=others, Z1=early[own], custom_V=np.full(before, 1 / before))
    return np.insert(np.asarray(model.W, float).ravel(), row, 0)


def panels_of(arrays: dict[str, np.ndarray], number: int) -> dict[tuple[int, bool], Panel]:
    """Every adopter of a pool as it is and, where its results stay above zero, with its dip."""
    results, tested, before, adopters, effects = (
        arrays[f"{number}_{name}"] for name in ("results", "tested", "before", "adopters", "effects")
    )
    panels = {}
    for row in adopters.tolist():
        panels[row, False] = Panel(results, tested, int(before), row)
        planted = results.copy()
        planted[row, int(before) :] += effects[row]
        if planted.min() >= 0:
            panels[row, True] = Panel(planted, tested, int(before), row)
    return panels


def main(tool: str, source: str, target: str) -> None:
    arrays = dict(np.load(source))
    synth = tool == "pysyncon Synth"
    pools = [panels_of(arrays, number) for number in range(int(arrays["pools"]))]
    if synth:
        _weights(next(iter(pools[0].values())).wide, 2, 0)  # so that imports are not timed
    else:
        ONE_BY_ONE[tool](next(iter(pools[0].values())))()
    with open(target, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([field.name for field in fields(Claim)])
        for number, panels in enumerate(pools):
            claims = synthetic_control(number, panels) if synth else one_by_one(tool, number, panels)
            writer.writerows(astuple(claim) for claim in claims)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(*sys.argv[1:])
