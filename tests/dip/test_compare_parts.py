"""The parts of `dip.compare` against references that share no code with them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import multivariate_normal, multivariate_t, t

from cbe_lib.dip.comparison.adjusting import profile, unadjusted
from cbe_lib.dip.comparison.learning import Cohort, learn, year_means
from cbe_lib.dip.comparison.mixture import EffectMixture
from cbe_lib.dip.comparison.noise import Noise, fit_noise, level_free
from cbe_lib.dip.comparison.placebos import Contrast, Unit, alone, like_weight, simulated, together, unit_of
from cbe_lib.dip.shapes import effect_shapes

YEARS = np.arange(2001.0, 2008.0)
STEADY = Noise(process=4.0, rho=0.0, slope=0.0, overdispersion=0.0, tail=30.0)


def ar1(rho, years=YEARS):
    return rho ** np.abs(years[:, None] - years)


def cohort(values, before=3, teaches=None):
    districts, years = values.shape
    return Cohort(
        values=values,
        tested=None,
        teaches=np.ones(districts, bool) if teaches is None else teaches,
        years=np.arange(years) + 2001,
        before=before,
        first=2001 + before,
        covariates=np.zeros((districts, 0)),
    )


def unit(gap, covariance, placebos=None, row=0):
    placebos = np.zeros((1, len(gap))) if placebos is None else placebos
    return Unit(
        row=row,
        columns=np.ones(len(gap), bool),
        gap=np.asarray(gap, float),
        covariance=np.asarray(covariance, float),
        tail=20.0,
        placebo_rows=np.arange(len(placebos)),
        placebos=placebos,
        weight=np.ones(len(placebos)),
    )


def test_the_level_free_likelihood_is_that_of_contrasts():
    rng = np.random.default_rng(1)
    deviation, covariance = rng.normal(size=(1, 7)), 3 * ar1(0.5)
    contrasts = np.linalg.qr(np.ones((7, 1)), mode="complete")[0][:, 1:]
    quadratic, log_det = level_free(deviation, covariance[None], np.ones((1, 7), bool))
    reference = multivariate_normal(cov=contrasts.T @ covariance @ contrasts).logpdf(deviation[0] @ contrasts)
    ours = -0.5 * (quadratic[0] + log_det[0] - np.log(7) + 6 * np.log(2 * np.pi))
    assert ours == pytest.approx(reference, rel=1e-10)


def test_a_missing_cell_counts_as_a_year_that_is_not_there():
    deviation = np.array([[1.0, -2.0, np.nan, 0.5, 3.0, -1.0, 0.2]])
    seen = np.isfinite(deviation)
    short = level_free(deviation[:, seen[0]], 2 * ar1(0.4, YEARS[seen[0]])[None], np.ones((1, 6), bool))
    np.testing.assert_allclose(level_free(deviation, 2 * ar1(0.4)[None], seen), short)


def test_year_means_are_exact_where_levels_and_years_add_up():
    level, year = np.array([0.0, 10.0, 20.0, 30.0]), np.array([1.0, 5.0, 2.0])
    values = level[:, None] + year
    values[3, 0] = values[0, 2] = np.nan
    means = year_means(values, np.ones(4), rounds=200)
    np.testing.assert_allclose(np.diff(means), np.diff(year), atol=1e-6)


def test_the_noise_model_recovers_how_much_results_change_in_one_year_and_in_six():
    rng = np.random.default_rng(2)
    root = np.linalg.cholesky(9 * ar1(0.5))
    binomial = 2500 / np.repeat(rng.choice([50.0, 800.0], 400)[:, None], 7, axis=1)
    noise = rng.normal(size=(400, 7)) @ root.T + np.sqrt(binomial) * rng.normal(size=(400, 7))
    fitted = fit_noise(noise - noise.mean(axis=0), binomial, YEARS)
    covariance = fitted.covariance(np.full((1, 7), 2500 / 800), YEARS)[0]
    for years in (1, 6):
        change = covariance[0, 0] + covariance[years, years] - 2 * covariance[0, years]
        assert change == pytest.approx(18 * (1 - 0.5**years) + 2 * 2500 / 800, rel=0.15)
    assert fitted.overdispersion == pytest.approx(1, rel=0.15)


def test_a_comparison_district_is_measured_against_the_others_as_an_adopter_is():
    values = np.random.default_rng(10).normal(50, 5, (20, 6))
    teaching = learn(cohort(values), noise=STEADY)
    adopting = learn(cohort(values, teaches=np.arange(20) > 0), noise=STEADY)
    np.testing.assert_allclose(teaching.deviation[0], adopting.deviation[0])
    np.testing.assert_allclose(teaching.deviation[0], values[0] - values[1:].mean(axis=0))


def test_the_prediction_shrinks_the_mean_of_the_years_before():
    rng = np.random.default_rng(3)
    values = rng.normal(50, 10, (80, 1)) + rng.normal(0, 2, (80, 5))
    learned = learn(cohort(values), noise=STEADY)
    own = learned.deviation[:, :3].mean(axis=1)
    predicted = learned.deviation[:, 3:] - learned.gap
    slope, start = np.polyfit(own, predicted[:, 0], 1)
    between = own.var() - 4 / 3
    assert slope == pytest.approx(between / (between + 4 / 3), abs=0.01)
    np.testing.assert_allclose(predicted[:, 0], start + slope * own, atol=1e-6)


def test_both_baselines_agree_when_no_year_tells_more_than_another():
    values = np.random.default_rng(4).normal(50, 5, (40, 6))
    last, mean = (learn(cohort(values), baseline, STEADY) for baseline in ("last", "mean"))
    np.testing.assert_allclose(last.gap, mean.gap, atol=1e-9)
    np.testing.assert_allclose(last.covariance, mean.covariance, atol=1e-9)


def test_persistent_noise_gives_the_last_year_more_weight_than_the_mean():
    values = np.full((40, 5), 50.0) + np.random.default_rng(5).normal(0, 1, (40, 5))
    values[0, :3] = [40.0, 40.0, 70.0]
    noise = Noise(process=30.0, rho=0.8, slope=0.0, overdispersion=0.0, tail=30.0)
    last, mean = (learn(cohort(values), baseline, noise) for baseline in ("last", "mean"))
    assert last.gap[0, 0] < mean.gap[0, 0] - 3


def test_the_evidence_is_a_ratio_of_multivariate_t_densities():
    event, gap, tail = np.arange(1.0, 5.0), np.array([-6.0, -9.0, 2.0, 1.0]), 9.0
    noise, heights = 4 * ar1(0.3, event), np.array([3.0, 9.0])
    core = noise * (tail - 2) / tail
    terms = [
        np.log(shape.weight / 2) + multivariate_t(shape=core + a**2 * shape.basis @ shape.basis.T, df=tail).logpdf(gap)
        for shape in effect_shapes(event)
        for a in heights
    ]
    reference = logsumexp(terms) - multivariate_t(shape=core, df=tail).logpdf(gap)
    mixture = EffectMixture(event, np.ones(4, bool), noise, tail, heights)
    falls = (mixture.draws(gap[None], 20000, np.random.default_rng(0))[0, :, :3].mean(axis=1) < 0).mean()
    assert mixture.evidence(gap[None])[0] == pytest.approx(reference + np.log(falls), abs=0.01)


def test_a_gap_far_above_the_noise_is_the_effect_itself():
    event, gap = np.arange(1, 6), np.array([-5.0, -10.0, -8.0, -3.0, 2.0])
    mixture = EffectMixture(event, np.ones(5, bool), 0.01 * np.eye(5), 30.0, np.array([6.0, 14.0]))
    effect = mixture.draws(gap[None], 2000, np.random.default_rng(1))[0]
    np.testing.assert_allclose(effect.mean(axis=0), gap, atol=0.2)


def test_years_without_a_result_are_drawn_between_their_neighbors():
    event, seen = np.arange(1, 6), np.array([True, True, False, True, True])
    mixture = EffectMixture(event, seen, 0.01 * np.eye(4), 30.0, np.array([6.0, 14.0]))
    effect = mixture.draws(np.array([[-6.0, -10.0, -8.0, -6.0]]), 2000, np.random.default_rng(2))[0]
    assert -12 < effect[:, 2].mean() < -7


def test_a_carried_placebo_has_the_adopters_covariance():
    white = np.random.default_rng(6).normal(size=(20000, 3))
    target = 5 * ar1(0.6, np.arange(3.0))
    np.testing.assert_allclose(np.cov(unit(np.zeros(3), target, white).carried.T), target, atol=0.2)


def test_like_districts_count_most_and_as_many_as_sixty():
    place = np.column_stack([np.linspace(-2, 2, 301), np.zeros(301)])
    rows = np.arange(1, 301)
    weight = like_weight(place, 0, rows)
    assert (np.diff(weight) < 0).all()
    assert 60 <= weight.sum() ** 2 / (weight**2).sum() <= 75


def test_ranks_count_the_adopter_itself():
    chance = np.linspace(-1, 1, 19)[:, None]
    contrast = Contrast(np.array([1]), np.zeros(1), np.eye(1), 20.0, chance, np.ones(19), 1.0)
    assert contrast.share_at_least(2.0, chance[:, 0]) == pytest.approx(1 / 20)
    assert contrast.share_at_least(-1.0, chance[:, 0]) == 1


def test_the_band_is_an_order_statistic_of_the_placebos():
    chance = np.arange(1.0, 20.0)[:, None]
    contrast = Contrast(np.array([1]), np.zeros(1), np.eye(1), 20.0, chance, np.ones(19), 1.0)
    assert contrast.widest(0.9) == 18  # 18 of 20, the adopter counted outside
    assert contrast.widest(0.99) == np.inf


def test_several_adopters_are_averaged_by_precision():
    first, second = unit([-4.0], [[1.0]]), unit([-10.0], [[3.0]])
    pooled = together([first, second], [np.array([1]), np.array([1])], 10, np.random.default_rng(0))
    assert pooled.gap[0] == pytest.approx((-4 * 1 - 10 / 3) / (1 + 1 / 3))
    assert pooled.covariance[0, 0] == pytest.approx(1 / (1 + 1 / 3))


def test_the_doubt_about_what_is_taken_off_is_that_of_a_mean():
    values = np.random.default_rng(11).normal(50, 5, (25, 6))
    learned = learn(cohort(values), noise=replace(STEADY, tail=1e9))
    doubt = unadjusted(learned).doubt[:, 0, :, 0]
    np.testing.assert_allclose(doubt, learned.covariance[0] / 25, rtol=1e-6)


def test_an_error_that_adopters_share_does_not_average_out():
    white = np.random.default_rng(12).normal(size=(4000, 1))
    one = replace(unit([-4.0], [[1.0]], white), design=np.ones(1), doubt=np.full((1, 1, 1, 1), 0.5))
    pooled = together([one, replace(one, row=1)], [np.array([1])] * 2, 20000, np.random.default_rng(0))
    assert pooled.covariance[0, 0] == pytest.approx(0.75)  # (1 + 1 + 2 x 0.5) / 4
    assert pooled.chance.var() == pytest.approx(0.75, rel=0.05)


def test_adopters_with_other_event_years_join_where_they_have_results():
    first, second = unit([-4.0, -6.0], np.eye(2)), unit([-8.0], [[1.0]])
    pooled = together([first, second], [np.array([1, 2]), np.array([1])], 10, np.random.default_rng(0))
    np.testing.assert_allclose(pooled.gap, [-6.0, -6.0])
    np.testing.assert_allclose(np.diag(pooled.covariance), [0.5, 1.0])


def test_simulated_chance_is_as_spread_out_as_the_placebos():
    rng = np.random.default_rng(7)
    spread = [
        simulated(
            unit(np.zeros(3), np.eye(3), scale * rng.normal(size=(30, 3))), np.random.default_rng(1)
        ).placebos.std()
        for scale in (1.0, 3.0)
    ]
    assert spread[0] == pytest.approx(1, abs=0.25)
    assert 1.6 < spread[1] / spread[0] < 3  # between the model (1) and the placebos (3)


def test_chance_from_15_placebos_has_tails_as_heavy_as_their_number_says():
    white = np.random.default_rng(13).normal(size=(15, 1))
    draws = np.abs(simulated(replace(unit([0.0], [[1.0]], white), tail=1e9), np.random.default_rng(2)).placebos)
    reference = t(15).ppf(0.995) / t(15).ppf(0.75)
    assert np.quantile(draws, 0.99) / np.median(draws) == pytest.approx(reference, rel=0.08)


def test_an_adopter_is_not_its_own_placebo():
    values = np.random.default_rng(8).normal(50, 5, (45, 6))
    teaches = np.arange(45) > 0
    gaps = unadjusted(learn(cohort(values, teaches=teaches), noise=STEADY))
    lone = unit_of(gaps, 0)
    assert lone.placebo_rows.tolist() == list(range(1, 45))
    assert alone(lone, np.array([1, 2, 3])).chance.shape == (44, 3)


def test_profiles_are_measured_in_spreads_of_the_comparison_districts():
    values = np.random.default_rng(9).normal(50, 9, (45, 6))
    teaches = np.arange(45) > 0
    place = profile(learn(cohort(values, teaches=teaches), noise=STEADY))[teaches, 0]
    assert (place.mean(), place.std()) == (pytest.approx(0), pytest.approx(1))
