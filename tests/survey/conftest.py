"""Small tables of answers with known properties."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from cbe_lib import survey


def one_trait(rng, respondents, loading, cuts=(0.1, 0.3, 0.7, 0.9)):
    """Five-point answers behind which one trait stands."""
    loading = np.asarray(loading, dtype=float)
    noise = rng.normal(size=(respondents, loading.size)) * np.sqrt(1 - loading**2)
    seen = rng.normal(size=(respondents, 1)) * loading + noise
    return pd.DataFrame(np.searchsorted(norm.ppf(cuts), seen) + 1.0).add_prefix("q")


def staff(rng, respondents):
    """Careful answers to the packaged staff form: a trait for each scale, and one behind all."""
    items = survey.load().items_of("staff")
    whole = rng.normal(size=respondents)
    traits = {item.scale: np.sqrt(0.5) * (whole + rng.normal(size=respondents)) for item in items}
    columns = {"respondent": [f"p{place}" for place in range(respondents)]}
    for item in items:
        seen = 0.65 * traits[item.scale] + np.sqrt(1 - 0.65**2) * rng.normal(size=respondents)
        answer = item.low + (item.high - item.low) * norm.cdf(seen) if item.high == 10 else five(seen)
        columns[item.id] = item.low + item.high - np.round(answer) if item.reverse else np.round(answer)
    return pd.DataFrame(columns)


def five(seen):
    """Cut a standard normal into five answers, most of them agreeing."""
    return np.searchsorted(norm.ppf([0.04, 0.14, 0.35, 0.8]), seen) + 1.0
