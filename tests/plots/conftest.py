import dataclasses

import numpy as np
import pandas as pd
import pytest

from cbe_lib import dip


def made_fit(depth=(5.8, 3.1, 9.2), p_value=0.004, note="", years=range(2003, 2016), rollout=2010, unit="points"):
    """Write a DipFit by hand, so that the pictures are tested apart from the engine."""
    year = np.array(list(years))
    since = np.clip(year - rollout + 1, 0, None)
    baseline = 60 + 0.4 * (year - year[0])
    fitted = baseline - depth[0] * np.where(since > 0, since / 2 * np.exp(1 - since / 2), 0)
    half = np.where(since > 0, (depth[2] - depth[1]) / 2, 1.5)
    curve = pd.DataFrame(
        {
            "year": year,
            "observed": fitted + np.resize([0.9, -1.2, 0.4, -0.3, 1.1], year.size),
            "fitted": fitted,
            "conf_low": fitted - half,
            "conf_high": fitted + half,
            "baseline": baseline,
        }
    )
    row = {
        "term": "depth",
        "estimate": depth[0],
        "conf_low": depth[1],
        "conf_high": depth[2],
        "unit": unit,
        "note": note,
    }
    existence = dip.Existence(2.0, p_value)
    return dataclasses.replace(
        bare_fit(), table=pd.DataFrame([row]), existence=existence, curve=curve, rollout=rollout, unit=unit
    )


def bare_fit():
    """Two years of results: enough for a DipFit, and the engine need not run."""
    return dip.fit(pd.DataFrame({"year": [2009, 2010], "value": [60.0, 55.0]}), 2010)


@pytest.fixture(name="made_fit")
def made_fit_fixture():
    return made_fit


@pytest.fixture
def fit():
    return made_fit()
