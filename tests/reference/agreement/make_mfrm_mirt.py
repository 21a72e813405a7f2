"""Write mfrm_mirt_one_level.json: a simulated data set and what the package `mirt` makes of it.

Run once, by hand, with `mirt` installed: python -m tests.reference.agreement.make_mfrm_mirt
"""

import json
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
from mirt.estimation import fit_mfrm
from mirt.models import Facet, PolytomousMFRM

from tests.rubric.simulated_visits import visits

HERE = Path(__file__).parent


def main():
    frame = visits(21, districts=60, criteria=4, severity=(-1.0, -0.5, 0.0, 0.5, 1.0), spread=(1.2, 0.5))
    slot = frame.groupby("district").cumcount()
    shape = (60, slot.max() + 1)
    rating, rater, criterion = np.full(shape, -1), np.zeros(shape, int), np.zeros(shape, int)
    for array, values in ((rating, frame["rating"] - 1), (rater, frame["rater"]), (criterion, frame["criterion"])):
        array[frame["district"], slot] = values
    model = PolytomousMFRM(4, 4, [Facet("rater", 5)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = fit_mfrm(model, rating, {"rater": rater}, item_indices=criterion, n_quadpts=401, tol=1e-10)
    expected = {
        "severity": found.facet_parameters["rater"],
        "severity_std_error": found.facet_se["rater"],
        "difficulty": found.item_difficulty,
        "threshold": np.ravel(found.thresholds)[:3],
        "theta": found.theta,
        "theta_std_error": found.theta_se,
        "sigma": found.sigma,
        "log_likelihood": found.log_likelihood,
    }
    case = {
        "source": f"mirt {version('mirt')}, fit_mfrm: one-level rating scale, marginal ML, on simulated ratings",
        "expected": {name: np.round(value, 7).tolist() for name, value in expected.items()},
        "long": {name: frame[name].tolist() for name in ("district", "criterion", "rater", "rating")},
    }
    (HERE / "mfrm_mirt_one_level.json").write_text(json.dumps(case) + "\n")


if __name__ == "__main__":
    main()
