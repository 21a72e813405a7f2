"""The likelihood, its derivatives and its integrals against slower, independent computations."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import logsumexp
from scipy.stats import norm
from statsmodels.miscmodels.ordinal_model import OrderedModel

from cbe_lib import rubric
from cbe_lib.rubric.calibration import design as design_module
from cbe_lib.rubric.calibration.design import Design, Facets
from cbe_lib.rubric.calibration.fitting import fit
from cbe_lib.rubric.calibration.information import observed_information
from cbe_lib.rubric.calibration.likelihood import gradient, latent, read, sharpness
from cbe_lib.rubric.calibration.nodes import Nodes, Spread, lay_nodes
from tests.rubric.simulated_visits import COLUMNS, LEVELS, drawn, scores, visits

SPREADS = [Spread(1.0, 0.7), Spread(1.0, 0.0), Spread(0.0, 0.7), Spread(0.0, 0.0)]


def numbered(frame, time=None):
    columns = (frame[name].to_numpy() for name in ("district", "criterion", "rater"))
    return Facets(*columns, frame["rating"].to_numpy() - 1, time)


@pytest.fixture
def design():
    frame = visits(3, districts=12, criteria=5).sample(frac=0.7, random_state=1)
    times = np.random.default_rng(4).integers(-2, 3, len(frame)).astype(float)
    return Design(numbered(frame, times), slopes=[0, 2])


def nodes_for(design, fixed, spread):
    sizes = np.concatenate([block.size for block in design.blocks])
    firsts = design.blocks[0].first_target
    return lay_nodes(spread, sizes, firsts, sharpness(design, fixed, spread))


def value_and_slope(design, nodes, fixed, spread):
    prior = latent(design, fixed, spread, nodes)
    found = read(design, prior)
    return found.total, gradient(design, prior, found)


def differences(design, fixed, spread, step=1e-5):
    """Differentiate value and gradient numerically by every raw parameter and the log spreads."""
    nodes, rows = nodes_for(design, fixed, spread), []
    for move in np.eye(len(fixed) + 2) * step:
        ends = [
            value_and_slope(
                design, nodes, fixed + sign * move[:-2], Spread(*np.array(spread) * np.exp(sign * move[-2:]))
            )
            for sign in (1, -1)
        ]
        rows.append([(up - down) / (2 * step) for up, down in zip(*ends, strict=True)])
    return np.array([row[0] for row in rows]), np.array([row[1] for row in rows])


@pytest.mark.parametrize("spread", SPREADS, ids=str)
def test_gradient_and_information_match_numerical_derivatives(design, spread):
    fixed = np.random.default_rng(5).normal(0, 0.3, len(design.contrast))
    first, second = differences(design, fixed, spread)
    nodes = nodes_for(design, fixed, spread)
    assert value_and_slope(design, nodes, fixed, spread)[1] == pytest.approx(first, abs=1e-6)
    prior = latent(design, fixed, spread, nodes)
    information = observed_information(design, prior, read(design, prior))
    assert information == pytest.approx(-second, abs=1e-6)


def test_nested_integral_matches_a_dense_one():
    frame = visits(8, districts=1, criteria=3)
    design = Design(numbered(frame))
    fixed, spread = np.zeros(len(design.contrast)), Spread(1.3, 0.6)
    fixed[design.locations :] = [-1.5, -1.4, 0.3][: len(fixed) - design.locations]
    found = value_and_slope(design, nodes_for(design, fixed, spread), fixed, spread)[0]
    assert found == pytest.approx(dense(frame, fixed, design, spread), abs=1e-8)


def dense(frame, fixed, design, spread):
    """Integrate on two plain grids, criterion by criterion."""
    outer, inner = np.linspace(-10, 10, 801), np.linspace(-5, 5, 801)
    heights = np.append(0, fixed[design.locations :])
    whole = norm.logpdf(outer, scale=spread.district) + np.log(outer[1] - outer[0])
    for _, part in frame.groupby("criterion"):
        place = outer[:, None] + inner[None, :]
        log = np.zeros(place.shape)
        for level in part["rating"].to_numpy() - 1:
            each = design.scores[:, None, None] * place - heights[:, None, None]
            log += each[list(design.scores).index(level)] - logsumexp(each, axis=0)
        whole += logsumexp(log + norm.logpdf(inner, scale=spread.criterion) + np.log(inner[1] - inner[0]), axis=1)
    return logsumexp(whole)


def test_finer_nodes_change_nothing(design):
    fixed, spread = np.zeros(len(design.contrast)), Spread(1.2, 0.8)
    coarse = nodes_for(design, fixed, spread)
    fine = Nodes(*(np.arange(-3 * len(each), 3 * len(each) + 1) * (each[1] - each[0]) / 3 for each in coarse))
    values = [value_and_slope(design, nodes, fixed, spread)[0] for nodes in (coarse, fine)]
    assert values[0] == pytest.approx(values[1], abs=1e-6)


def test_blocks_change_nothing(design, monkeypatch):
    fixed, spread = np.zeros(len(design.contrast)), Spread(1.2, 0.8)
    nodes = nodes_for(design, fixed, spread)
    whole = value_and_slope(design, nodes, fixed, spread)
    monkeypatch.setattr(design_module, "RUN", 20)
    parts = value_and_slope(Design(design.facets, [0, 2]), nodes, fixed, spread)
    assert parts[0] == pytest.approx(whole[0], abs=1e-9)
    assert parts[1] == pytest.approx(whole[1], abs=1e-9)


def test_the_slope_is_flat_at_the_maximum():
    fitted = fit(Design(numbered(visits(9))))
    prior = fitted.latent
    slope = gradient(fitted.design, prior, read(fitted.design, prior))
    assert np.append(fitted.design.contrast.T @ slope[:-2], slope[-2:]) == pytest.approx(0, abs=1e-4)


@pytest.fixture(scope="module")
def one_district():
    """Two levels and one district: the model is a logistic regression on raters and criteria."""
    rng = np.random.default_rng(6)
    criterion, rater = (part.ravel() for part in np.indices((25, 4)))
    place = rng.normal(0, 0.5, 25)[criterion] - np.array([-0.8, -0.1, 0.2, 0.7])[rater]
    return pd.DataFrame(
        {"district": 0, "criterion": criterion, "rater": rater, "rating": 1 + drawn(rng, scores(place, (0,)))}
    )


def informative(frame):
    """Leave out criteria on which all raters agree, as their difficulty has no finite estimate."""
    return frame[frame.groupby("criterion")["rating"].transform("nunique") > 1]


@pytest.fixture(scope="module")
def logit(one_district):
    frame = informative(one_district)
    raters = np.eye(4)[frame["rater"]]
    criteria = pd.get_dummies(frame["criterion"]).to_numpy(float)
    return sm.Logit(frame["rating"] - 1, np.hstack([-(raters[:, 1:]), criteria])).fit(disp=0, method="newton")


def test_log_likelihood_of_two_levels_in_one_district_is_that_of_a_logistic_regression(one_district, logit):
    frame = informative(one_district)
    packed = frame.assign(criterion=pd.factorize(frame["criterion"])[0])
    assert fit(Design(numbered(packed))).total == pytest.approx(logit.llf, abs=1e-8)


def test_severities_of_two_levels_in_one_district_are_those_of_a_logistic_regression(one_district, logit):
    found = rubric.calibrate(one_district, **COLUMNS, levels=[1, 2]).severity
    centered = np.vstack([np.zeros(3), np.eye(3)]) - 0.25
    known, covariance = logit.params.to_numpy()[:3], np.asarray(logit.cov_params())[:3, :3]
    assert found["estimate"].to_numpy() == pytest.approx(centered @ known, abs=1e-6)
    assert found["std_error"].to_numpy() == pytest.approx(
        np.sqrt(np.diag(centered @ covariance @ centered.T)), abs=1e-6
    )


def test_an_ordered_logit_puts_raters_in_the_same_order():
    frame = visits(11, districts=60, severity=(-0.9, -0.4, 0.1, 0.5, 0.7))
    dummies = -np.hstack([np.eye(5)[frame["rater"]][:, 1:], np.eye(6)[frame["criterion"]][:, 1:]])
    ordered = OrderedModel(frame["rating"], dummies, distr="logit").fit(method="bfgs", disp=0)
    theirs = np.append(0, np.asarray(ordered.params)[:4])
    ours = rubric.calibrate(frame, **COLUMNS, levels=LEVELS).severity["estimate"].to_numpy()
    assert np.argsort(theirs).tolist() == np.argsort(ours).tolist()
    assert np.corrcoef(theirs, ours)[0, 1] > 0.99
