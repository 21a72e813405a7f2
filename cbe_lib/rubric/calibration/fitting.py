"""Maximum of the marginal likelihood: where it lies, how sharp it is, and whether it is a maximum at all."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cbe_lib.rubric.calibration.climbing import (
    FINE,
    ROUGH,
    Place,
    at,
    climb,
    covariance,
    observed_metric,
    suitable_nodes,
)
from cbe_lib.rubric.calibration.design import Design
from cbe_lib.rubric.calibration.likelihood import Latent, gradient, read
from cbe_lib.rubric.calibration.nodes import Spread

PROBE = 0.1  # a spread small enough to tell whether the likelihood rises from none
BEGIN = Spread(1.0, 0.5)
THIN = 12_000  # ratings that a first guess is made from


@dataclass(frozen=True)
class Fitted:
    """Estimates of one model.

    Attributes
    ----------
    design : Design
        What was fitted.
    fixed : array
        Raw fixed parameters.
    latent : Latent
        Priors and probabilities of levels there.
    total : float
        Log marginal likelihood there.
    covariance : array or None
        Of the raw fixed parameters and log spreads (0 where held); None if the likelihood has no single maximum.
    exact : bool
        Whether the covariance is from all ratings; else it is scaled from a part of them.
    """

    design: Design
    fixed: np.ndarray
    latent: Latent
    total: float
    covariance: np.ndarray | None
    exact: bool

    @property
    def spread(self) -> Spread:
        """Estimated standard deviations."""
        return self.latent.spread


def fit_one_level(design: Design, *, exact: bool = True) -> Fitted:
    """Maximize the likelihood of the model in which a district stands equally on all criteria.

    With `exact` False the covariance of a large design is taken from a part of it.
    """
    thin = design.thinned(THIN) or design
    place = climb(thin, np.zeros(design.contrast.shape[1]), Spread(0.0, 0.0), ROUGH)
    if district_varies(design) and _rises(thin, design, place, Spread(PROBE, 0.0)):
        place = climb(thin, place.free, Spread(BEGIN.district, 0.0), ROUGH)
    return _finished(design, thin, place, exact)


def fit_nested(one_level: Fitted) -> Fitted:
    """Maximize the likelihood of the nested model; return the same fit if criteria have no spread of their own."""
    design, spread = one_level.design, one_level.spread
    free = np.linalg.lstsq(design.contrast, one_level.fixed, rcond=None)[0]
    thin, place = design.thinned(THIN) or design, Place(free, spread, suitable_nodes(design, free, spread))
    if not criteria_vary(design) or not _rises(thin, design, place, spread._replace(criterion=PROBE)):
        return _made_exact(one_level)
    nested = _finished(design, thin, climb(thin, free, spread._replace(criterion=BEGIN.criterion), ROUGH), True)
    return nested if nested.total > one_level.total else _made_exact(one_level)


def fit(design: Design, *, nested: bool = True) -> Fitted:
    """Maximize the likelihood of either model."""
    one_level = fit_one_level(design, exact=not nested)
    return fit_nested(one_level) if nested else one_level


def district_varies(design: Design) -> bool:
    """Say whether a spread of districts can be told: two or more, some with several ratings."""
    return len(design.facets.level) > sum(block.districts for block in design.blocks) > 1


def criteria_vary(design: Design) -> bool:
    """Say whether a spread of criteria within districts can be told from that of districts."""
    several = [len(block.size) > block.districts for block in design.blocks]
    return district_varies(design) and any(several) and any((block.size > 1).any() for block in design.blocks)


def _rises(thin: Design, design: Design, place: Place, probed: Spread) -> bool:
    """Say whether the likelihood rises from a spread of 0 to a small one: else its maximum is on the boundary.

    A rise that a thin part of the ratings shows need not be looked for in all of them.
    """
    for each in dict.fromkeys((thin, design)):
        nodes = (suitable_nodes(each, place.free, spread) for spread in (place.spread, probed))
        places = zip((place.spread, probed), nodes, strict=True)
        here, aside = (read(each, at(each, Place(place.free, *spot))).total for spot in places)
        if aside > here:
            return True
    return False


def _finished(design: Design, thin: Design, rough: Place, exact: bool) -> Fitted:
    """Climb the last bit, with steps by the observed information, and end with a Newton step."""
    certainty = covariance(thin, at(thin, rough))
    if certainty is not None:
        certainty = certainty * len(thin.facets.level) / len(design.facets.level)
    place = climb(design, rough.free, rough.spread, FINE, observed_metric(design, certainty))
    place = place._replace(nodes=suitable_nodes(design, place.free, place.spread))
    prior = at(design, place)
    found = read(design, prior)
    exact = exact or thin is design
    certainty = covariance(design, prior) if exact else certainty
    fixed = design.contrast @ place.free
    if certainty is not None:
        step = certainty @ gradient(design, prior, found)
        free = place.free + np.linalg.lstsq(design.contrast, step[:-2], rcond=None)[0]
        moved = Place(free, Spread(*(np.array(place.spread) * np.exp(step[-2:])).tolist()), place.nodes)
        better = at(design, moved)
        reached = read(design, better)
        if reached.total >= found.total:
            fixed, prior, found = design.contrast @ free, better, reached
            certainty = covariance(design, prior) if thin is design else certainty
    return Fitted(design, fixed, prior, found.total, certainty, exact)


def _made_exact(fitted: Fitted) -> Fitted:
    return fitted if fitted.exact else replace(fitted, covariance=covariance(fitted.design, fitted.latent), exact=True)
