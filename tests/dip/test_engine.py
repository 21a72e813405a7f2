"""The batched algebra against statsmodels GLS and against densities computed the long way."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.linalg import block_diag
from scipy.stats import multivariate_normal
from statsmodels.regression.linear_model import GLS

from cbe_lib.dip.engine import Pattern, chance, grid
from cbe_lib.dip.shapes import effect_shapes

GAPS = Pattern(years=(-6, -5, -3, -2, -1, 0, 1, 2, 3, 5, 6, 7), rollout=1)
TESTS = Pattern(years=tuple(range(-5, 9)), rollout=1, regimes=(0,) * 3 + (1,) * 9 + (2,) * 2)
MOVED = Pattern(years=tuple(range(-5, 9)), rollout=1, shifts=(-1, 0, 1))
PATTERNS = {"gaps": GAPS, "tests": TESTS, "moved": MOVED}
VARIANCE = np.array([6.25])


@pytest.fixture(params=PATTERNS)
def pattern(request):
    return PATTERNS[request.param]


def results_of(pattern, seed=1):
    return 50 + np.random.default_rng(seed).normal(0, 3, (1, len(pattern.years)))


def points(some_grid):
    """Spread 25 grid points over all blocks: number, block, place in the block, columns, noise model, height."""
    start, chosen = 0, []
    for block in some_grid.blocks:
        for place in np.linspace(0, block.points - 1, 25 // len(some_grid.blocks) + 1).astype(int):
            _, shift, number = block.label[place]
            event = some_grid.pattern.effect_years - (some_grid.pattern.rollout + shift) + 1.0
            basis = effect_shapes(event)[number].basis
            noise = some_grid.noises[block.noise[place]]
            height = some_grid.heights[place % len(some_grid.heights)] * noise.spread
            chosen.append((start + place, block, place, basis, noise, height))
        start += block.points
    return chosen


def seen(pattern, basis):
    """Return the columns of a basis in the years with a result, zero before the effect can begin."""
    columns = np.zeros((len(pattern.years), basis.shape[1]))
    for row, year in enumerate(pattern.years):
        if year >= pattern.effect_years[0]:
            columns[row] = basis[year - pattern.effect_years[0]]
    return columns


def augmented(pattern, values, basis, covariance, height):
    """Fit level, trend, tests and effect by statsmodels GLS, with the prior as one extra result of 0 per column."""
    columns = basis.shape[1]
    design = np.block(
        [[pattern.design, seen(pattern, basis)], [np.zeros((columns, pattern.design.shape[1])), np.eye(columns)]]
    )
    sigma = block_diag(covariance, height**2 * np.eye(columns))
    return GLS(np.concatenate([values, np.zeros(columns)]), design, sigma=sigma).fit()


def test_without_an_effect_the_residual_form_is_that_of_gls(pattern):
    values = results_of(pattern)
    unknown = grid(pattern)
    scores = unknown.score(values)
    for number, noise in enumerate(unknown.noises):
        gls = GLS(values[0], pattern.design, sigma=noise.covariance(pattern)).fit()
        expected = -0.5 * unknown.null_log_det[number] - 0.5 * pattern.free * np.log(gls.ssr)
        assert scores.log_null[0, number] - np.log(noise.weight) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("known", [False, True])
def test_at_a_grid_point_the_mean_effect_is_that_of_gls_with_the_prior_as_data(pattern, known):
    values = results_of(pattern)
    chosen = grid(pattern, known)
    scores = chosen.score(values, VARIANCE if known else None)
    unit = np.sqrt(VARIANCE[0]) if known else 1.0
    for number, block, place, basis, noise, height in points(chosen):
        gls = augmented(pattern, values[0] / unit, basis, noise.covariance(pattern), height)
        which = [other is block for other in chosen.blocks].index(True)
        effect = unit * block.effect[place] @ scores.whitened[which][:, 0, place]
        assert effect == pytest.approx(unit * basis @ gls.params[pattern.design.shape[1] :], abs=1e-8)
        assert scores.scale[0, number] == pytest.approx(gls.ssr, rel=1e-8)


def dense(pattern, basis, noise, height):
    """Covariance of the contrasts in units of the noise variance, effect included."""
    reach = seen(pattern, basis)
    contrasts = pattern.contrasts
    return contrasts.T @ (noise.covariance(pattern) + height**2 * reach @ reach.T) @ contrasts


def test_with_known_variance_points_are_weighed_by_their_normal_density(pattern):
    values = results_of(pattern)
    known = grid(pattern, True)
    scores = known.score(values, VARIANCE)
    z = values[0] @ pattern.contrasts
    log_prior = np.concatenate([block.log_prior for block in known.blocks])
    alike = {}
    for number, _, _, basis, noise, height in points(known):
        expected = multivariate_normal.logpdf(z, cov=VARIANCE[0] * dense(pattern, basis, noise, height))
        off = scores.log_alternative[0, number] - log_prior[number] - expected
        # The prior of the size depends on noise and height only, so `off` must be one number for each pair of them.
        assert alike.setdefault((noise, height), off) == pytest.approx(off, abs=1e-8)
    assert len(alike) < len(points(known))


def test_with_unknown_variance_points_are_weighed_by_their_density_integrated_over_the_noise(pattern):
    values = results_of(pattern)
    unknown = grid(pattern)
    scores = unknown.score(values)
    z = values[0] @ pattern.contrasts
    log_prior = np.concatenate([block.log_prior for block in unknown.blocks])

    def density(spread, covariance):
        return multivariate_normal.pdf(z, cov=spread**2 * covariance) / spread

    off = []
    for number, _, _, basis, noise, height in points(unknown)[::6]:
        covariance = dense(pattern, basis, noise, height)
        evidence = quad(density, 0.05, 200, (covariance,), points=[1, 2, 5, 10], limit=500, epsabs=0, epsrel=1e-9)[0]
        off.append(scores.log_alternative[0, number] - log_prior[number] - np.log(evidence))
    assert off == pytest.approx(np.full(len(off), off[0]), abs=1e-6)


def test_prior_weights_add_to_one(pattern):
    for known in (False, True):
        chosen = grid(pattern, known)
        assert np.exp(np.concatenate([block.log_prior for block in chosen.blocks])).sum() == pytest.approx(1)
        assert sum(noise.weight for noise in chosen.noises) == pytest.approx(1)


def test_draws_have_the_mean_of_the_mixture_over_all_points():
    values = results_of(GAPS)
    unknown = grid(GAPS)
    scores = unknown.score(values)
    weight = np.exp(scores.log_alternative[0] - scores.log_alternative[0].max())
    mean, start = np.zeros(len(GAPS.effect_years)), 0
    for block, u in zip(unknown.blocks, scores.whitened, strict=True):
        effect = np.einsum("keq,qk->ke", block.effect, u[:, 0])
        mean += weight[start : start + block.points] @ effect / weight.sum()
        start += block.points
    effect, _, _ = unknown.draw(scores, chance(4096, len(mean), 0))
    error = effect[0].std(axis=0) / np.sqrt(4096)
    assert (np.abs(effect[0].mean(axis=0) - mean) < 3 * error).all()


def test_a_series_has_the_same_draws_alone_and_in_a_batch():
    values = np.vstack([results_of(GAPS, seed) for seed in range(4)])
    unknown, luck = grid(GAPS), chance(256, len(GAPS.effect_years), 0)
    together = unknown.draw(unknown.score(values), luck)[0][2]
    alone = unknown.draw(unknown.score(values[2:3]), luck)[0][0]
    assert together == pytest.approx(alone, abs=1e-9)


def test_correlation_runs_over_calendar_years_not_over_rows():
    assert GAPS.correlation(0.5)[1, 2] == pytest.approx(0.25)  # year -5 to year -3


def test_a_block_that_no_draw_falls_on_does_no_harm():
    exact = 50 - 6.0 * (np.asarray(GAPS.years) >= 1)[None, :]
    unknown = grid(GAPS)
    effect, _, _ = unknown.draw(unknown.score(exact), chance(256, len(GAPS.effect_years), 0))
    assert effect.mean(axis=1) == pytest.approx(-6.0, abs=0.2)
