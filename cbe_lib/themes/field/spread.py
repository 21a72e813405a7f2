"""Do practices travel with people? A contact model against one without contact."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.stats import chi2, norm
from statsmodels.stats.proportion import proportion_confint

from cbe_lib import tables
from cbe_lib.errors import CbeError
from cbe_lib.framework import claim
from cbe_lib.results import Result
from cbe_lib.themes.field.risk import district_years, moves_of

FEWEST = 10
MODELS = {
    "no contact": (),
    "contact": ("contact",),
    "contact, any arrival": ("contact", "arrived"),
    "contact, practice, year": ("contact", "practice", "year"),
}


@dataclass(frozen=True, repr=False)
class Diffusion(Result):
    """Whether practices are taken up sooner where somebody came who knew them: see `diffusion`.

    Attributes
    ----------
    models : DataFrame
        model, log_likelihood, aic, contact, conf_low, conf_high, reason: what the answer owes to the model.
    yearly : DataFrame
        contact (True or False), n (district-years at risk), taken_up, estimate, conf_low, conf_high: share of the
        district-years in which the practice was taken up, exact intervals.
    network : DataFrame
        measure, value: of the districts (moves, districts, linked districts, pairs of districts with a move). It
        counts no persons of a single district.
    p_value : float
        Likelihood ratio test of the contact model against the one without.
    """

    models: pd.DataFrame
    yearly: pd.DataFrame
    network: pd.DataFrame
    p_value: float


def diffusion(careers: pd.DataFrame, practices: pd.DataFrame, *, level: float = 0.95) -> Diffusion:
    """Do districts take up a practice sooner once somebody has come from a district that had it?

    Parameters
    ----------
    careers : DataFrame
        Table `careers`: the districts where a person worked, one after the other.
    practices : DataFrame
        Table `practices`, with a row also for a district that does not use a practice (from_date blank).
    level : float, between 0 and 1
        Coverage of the intervals.

    Returns
    -------
    Diffusion
        `.table`: term (contact: log hazard; hazard_ratio; yearly_without, yearly_with: chance that a district takes up
        a practice in a year), estimate, conf_low, conf_high, n (district-years at risk), unit, reason. `.models`,
        `.yearly`, `.network`, `.p_value`. `.model`: the statsmodels GLM of the contact model.

    Raises
    ------
    CbeError
        If the two tables name no district in common.

    Notes
    -----
    Each district and practice is at risk in every school year (September to August) that began without it.
    log(-log(1 - p)) = a + b x contact, a complementary log-log model: b is the log of the hazard ratio. Contact holds
    from the first September 1 on which somebody has come from a district that used the practice on that day. The first
    year of the records is left out, since who came before them is not known. Growing districts may both hire more and
    try more: the model with any arrival, from wherever, looks at that rival.

    References
    ----------
    Prentice, R. L. and Gloeckler, L. A. (1978). Regression analysis of grouped survival data. Biometrics, 34.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> state = samples.state()
    >>> found = diffusion(state["careers"], state["practices"])
    >>> found.table["term"].tolist()
    ['contact', 'hazard_ratio', 'yearly_without', 'yearly_with']
    """
    spells = tables.validate(careers, "careers", complete=True)
    used = tables.validate(practices, "practices", complete=True)
    if not set(spells["district_id"]) & set(used["district_id"]):
        raise CbeError.build(
            "`careers` and `practices` name no district in common", advice="Use the same district_id in both"
        )
    moves = moves_of(spells)
    cells = district_years(spells, moves, used)
    reason = _cannot_tell(cells)
    fits = {name: None if reason else _fit(cells, columns) for name, columns in MODELS.items()}
    chosen = fits["contact"]
    table = _table(chosen, cells, level, reason)
    test = float(_test(chosen, fits["no contact"]))
    return Diffusion(
        table,
        _text(table, test, reason),
        _notes(cells),
        chosen,
        models=pd.DataFrame([_row(name, fit, level, reason) for name, fit in fits.items()]),
        yearly=_yearly(cells, level),
        network=_network(moves),
        p_value=test,
    )


def _cannot_tell(cells: pd.DataFrame) -> str:
    sums = cells.groupby("contact")[["n", "taken_up"]].sum().reindex([False, True], fill_value=0)
    if sums["n"].min() < FEWEST:
        return f"cannot tell: fewer than {FEWEST} district-years with contact, or without"
    if (sums["taken_up"] == 0).any():
        return "cannot tell: no practice was taken up with contact, or none without"
    return ""


def _test(contact, without) -> float:
    """Return the p-value of the likelihood ratio test of one term; missing where nothing was fitted."""
    return np.nan if contact is None else chi2.sf(2 * (contact.llf - without.llf), 1)


def _fit(cells: pd.DataFrame, columns: tuple[str, ...]):
    """Fit the grouped cells; practices that nobody took up are at risk of nothing that could be compared."""
    design = pd.DataFrame({"usual": 1.0}, index=cells.index)
    for name in columns:
        if name == "practice":
            taken = cells.groupby("practice")["taken_up"].transform("sum") > 0
            dummies = pd.get_dummies(cells["practice"].where(taken), drop_first=True, dtype=float)
            design = design.join(dummies)
        else:
            values = cells[name].astype(float)
            design[name] = values - values.mean() if name == "year" else values
    family = sm.families.Binomial(sm.families.links.CLogLog())
    return sm.GLM(np.column_stack([cells["taken_up"], cells["n"] - cells["taken_up"]]), design, family=family).fit()


def _row(name: str, fit, level: float, reason: str) -> dict[str, object]:
    ends = (np.nan, np.nan, np.nan)
    if fit is not None and "contact" in fit.params:
        ends = (fit.params["contact"], *fit.conf_int(alpha=1 - level).loc["contact"])
    llf, aic = (np.nan, np.nan) if fit is None else (fit.llf, fit.aic)
    why = reason or ("no contact in it" if name == "no contact" else "")
    values = dict(zip(("contact", "conf_low", "conf_high"), map(float, ends), strict=True))
    return {"model": name, "log_likelihood": llf, "aic": aic, **values, "reason": why}


def _table(fit, cells: pd.DataFrame, level: float, reason: str) -> pd.DataFrame:
    units = {"contact": "log hazard", "hazard_ratio": "ratio", "yearly_without": "share", "yearly_with": "share"}
    found = dict.fromkeys(units, (np.nan, np.nan, np.nan))
    if fit is not None:
        usual, slope = fit.params["usual"], fit.params["contact"]
        cover = fit.cov_params()
        errors = {
            "contact": np.sqrt(cover.loc["contact", "contact"]),
            "yearly_without": np.sqrt(cover.loc["usual", "usual"]),
            "yearly_with": np.sqrt(cover.to_numpy().sum()),
        }
        middles = {"contact": slope, "yearly_without": usual, "yearly_with": usual + slope}
        wide = norm.isf((1 - level) / 2) * np.array([0.0, -1.0, 1.0])
        ends = {term: middles[term] + wide * errors[term] for term in errors}
        found = {
            "contact": ends["contact"],
            "hazard_ratio": np.exp(ends["contact"]),
            "yearly_without": -np.expm1(-np.exp(ends["yearly_without"])),
            "yearly_with": -np.expm1(-np.exp(ends["yearly_with"])),
        }
    size = int(cells["n"].sum())
    rows = [(term, *map(float, found[term]), size, unit, reason) for term, unit in units.items()]
    return pd.DataFrame(rows, columns=["term", "estimate", "conf_low", "conf_high", "n", "unit", "reason"])


def _yearly(cells: pd.DataFrame, level: float) -> pd.DataFrame:
    sums = cells.groupby("contact", as_index=False)[["n", "taken_up"]].sum()
    low, high = np.asarray(proportion_confint(sums["taken_up"], sums["n"], alpha=1 - level, method="beta"))
    return sums.assign(estimate=sums["taken_up"] / sums["n"], conf_low=low, conf_high=high)


def _network(moves: pd.DataFrame) -> pd.DataFrame:
    graph = nx.DiGraph()
    graph.add_edges_from(moves[["origin", "district_id"]].itertuples(index=False, name=None))
    linked = max(map(len, nx.weakly_connected_components(graph)), default=0)
    values = {
        "moves": len(moves),
        "districts with a move": graph.number_of_nodes(),
        "districts in the largest web": linked,
        "pairs of districts with a move": graph.number_of_edges(),
    }
    return pd.DataFrame({"measure": list(values), "value": list(values.values())})


def _notes(cells: pd.DataFrame) -> tuple[str, ...]:
    years = cells["year"]
    span = f"School years that began in {years.min():.0f} to {years.max():.0f}." if len(cells) else "No school year."
    return (
        claim("B11").label + ".",
        f"{span} The first year of the records is left out.",
        "Who moves is not drawn by lot: districts may hire those who know what they are about to do.",
    )


def _text(table: pd.DataFrame, p_value: float, reason: str) -> str:
    if reason:
        return (
            f"Cannot tell whether practices travel with people ({reason.removeprefix('cannot tell: ')}). More years, "
            "districts or practices are needed."
        )
    rows = table.set_index("term")
    ratio, without, after = (rows.loc[name] for name in ("hazard_ratio", "yearly_without", "yearly_with"))
    chance = "below 0.001" if p_value < 0.001 else f"{p_value:.3f}"
    return (
        f"In a year, {after['estimate']:.0%} of districts took up a practice once somebody had come from a district "
        f"that had it, {without['estimate']:.0%} before: a rate {ratio['estimate']:.1f} times as high (likely "
        f"{ratio['conf_low']:.1f} to {ratio['conf_high']:.1f}; p {chance}). Districts may also hire people for what "
        "they are about to do, so this is no proof that the newcomer brought it."
    )
