"""Ratings simulated from the nested rating-scale model, in code that shares nothing with the estimator."""

import numpy as np
import pandas as pd

COLUMNS = {"district": "district", "criterion": "criterion", "rater": "rater", "rating": "rating"}
LEVELS = [1, 2, 3, 4]
STEPS = (-1.6, 0.0, 1.6)


def drawn(rng, score):
    """Draw a level for each row of unnormalized log probabilities."""
    share = np.exp(score - score.max(axis=1, keepdims=True))
    below = np.cumsum(share / share.sum(axis=1, keepdims=True), axis=1)
    return (rng.random(len(score))[:, None] > below[:, :-1]).sum(axis=1)


def visits(seed, *, districts=30, criteria=6, severity=(-1.0, -0.3, 0.3, 1.0), each=3, spread=(1.2, 0.8)):
    """Every district is rated on all criteria by `each` of the raters; returns ratings with the latent place."""
    rng = np.random.default_rng(seed)
    severity = np.asarray(severity)
    team = np.array([rng.choice(len(severity), each, replace=False) for _ in range(districts)])
    district, criterion, seat = (part.ravel() for part in np.indices((districts, criteria, each)))
    rater = team[district, seat]
    level = rng.normal(0, spread[0], districts)[district]
    level = level + rng.normal(0, spread[1], (districts, criteria))[district, criterion]
    place = level - np.linspace(-0.8, 0.8, criteria)[criterion] - severity[rater]
    frame = pd.DataFrame({"district": district, "criterion": criterion, "rater": rater, "place": place})
    return frame.assign(rating=1 + drawn(rng, scores(place)))


def scores(place, steps=STEPS):
    """Unnormalized log probabilities of the levels."""
    return np.arange(len(steps) + 1) * np.asarray(place)[:, None] - np.append(0, np.cumsum(steps))
