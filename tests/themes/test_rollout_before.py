import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from cbe_lib import samples
from cbe_lib.errors import CbeError
from cbe_lib.themes import rollout
from cbe_lib.themes.rollout.between_years import chance, means, slopes
from cbe_lib.themes.rollout.repeat_survey import _error

YEARS = np.arange(2006, 2013)
RATES = np.array([50.0, 53, 49, 55, 52, 56, 54])


def rates(value=RATES, year=YEARS, n=200, **columns):
    frame = pd.DataFrame({"district_id": "a", "year": year, "value": value, "n_tested": n, "rollout_year": 2013})
    return frame.assign(subject="reading", grade="8", subgroup="all students", test_regime="old").assign(**columns)


def term(found, name):
    return found.table[found.table["term"] == name].iloc[0]


def test_level_and_trend_agree_with_weighted_least_squares():
    noise, year = np.array([9.0, 4, 1, 16, 4, 1, 9]), YEARS - YEARS.mean()
    place = np.zeros(7, int)
    for design, fit in (
        (np.ones((7, 1)), means(place, RATES, noise, 0.95)),
        (sm.add_constant(year), slopes(place, YEARS, RATES, noise, 0.95)),
    ):
        left = sm.OLS(RATES, design).fit()
        between = max(left.mse_resid - noise.mean(), 0)
        reference = sm.WLS(RATES, design, weights=1 / (noise + between)).fit()
        spread = max(reference.scale, 1) / reference.scale
        half = np.diff(reference.conf_int()[-1])[0] / 2 * np.sqrt(spread)
        assert fit["estimate"].item() == pytest.approx(reference.params[-1])
        assert fit["conf_high"].item() - fit["estimate"].item() == pytest.approx(half)


@pytest.mark.parametrize("wobble", [0.0, 4.0])
def test_intervals_of_level_and_trend_hold_the_truth_as_often_as_they_promise(wobble):
    rng, many, years = np.random.default_rng(5), 4000, 6
    year = np.tile(np.arange(years, dtype=float), many)
    truth = np.clip(50 + 1.0 * year + wobble * rng.normal(size=len(year)), 0, 100)
    n = np.tile([60.0, 80, 100, 120, 60, 90], many)
    value = 100 * rng.binomial(n.astype(int), truth / 100) / n
    place = np.repeat(np.arange(many), years)
    for found, size in (
        (slopes(place, year, value, chance(value, n), 0.95), 1.0),
        (means(place, value - year, chance(value, n), 0.95), 50.0),
    ):
        held = ((found["conf_low"] <= size) & (size <= found["conf_high"])).mean()
        assert 0.93 < held < 0.99


def test_neither_none_nor_all_proficient_means_no_chance():
    assert (chance(np.array([0.0, 100.0]), np.array([20.0, 20.0])) > 10).all()


def test_the_level_is_the_mean_of_the_years_before_only():
    found = rollout.before(pd.concat([rates(), rates([10.0], [2013])]))
    assert term(found, "level")["estimate"] == pytest.approx(RATES.mean(), abs=0.1)
    assert term(found, "level")[["years", "first_year", "last_year"]].tolist() == [7, 2006, 2012]


def test_a_gap_is_to_all_other_students():
    group = rates(np.full(7, 30.0), n=50, subgroup="low income")
    found = term(rollout.before(pd.concat([rates(np.full(7, 60.0)), group])), "gap")
    assert found["estimate"] == pytest.approx(30 - (60 * 200 - 30 * 50) / 150)
    assert found["conf_high"] < 0


def test_two_tests_are_never_joined():
    found = rollout.before(rates(test_regime=["old"] * 4 + ["new"] * 3))
    assert found.table[found.table["term"] == "level"]["years"].tolist() == [4, 3]
    refused = term(found, "across_tests")
    assert np.isnan(refused["estimate"])
    assert refused["reason"] == "cannot tell: the test changed in 2010 to 'new'; rates of two tests cannot be compared"


def test_a_test_that_changes_after_the_rollout_bars_comparing_before_and_after():
    found = rollout.before(pd.concat([rates(), rates([40.0], [2014], test_regime="new")]))
    assert term(found, "before_and_after")["reason"].startswith("cannot tell: the test changed in 2014")


def test_few_years_are_rows_with_reasons():
    found = rollout.before(rates(RATES[:2], YEARS[:2]))
    assert found.table["reason"].tolist() == ["cannot tell: 2 years; 3 needed", "cannot tell: 2 years; 4 needed"]


def test_results_of_fewer_than_ten_students_are_left_out_and_counted():
    found = rollout.before(rates(n=[200] * 6 + [9]))
    assert term(found, "level")["years"] == 6
    assert found.notes[0] == "1 results of fewer than 10 students left out."


def test_years_all_alike_without_counts_have_no_interval_of_width_zero():
    assert term(rollout.before(rates(np.full(7, 50.0), n=None)), "level")["reason"].startswith("cannot tell how unsure")


def test_without_counts_the_years_alone_say_how_unsure_the_level_is():
    found = term(rollout.before(rates(n=None)), "level")
    half = 2.4469 * RATES.std(ddof=1) / np.sqrt(7)
    assert found[["conf_low", "conf_high"]].tolist() == pytest.approx(
        [RATES.mean() - half, RATES.mean() + half], abs=1e-3
    )


def test_no_rollout_year_and_no_year_before_are_refused():
    with pytest.raises(CbeError, match="No district has a rollout year"):
        rollout.before(rates(rollout_year=None))
    with pytest.raises(CbeError, match="no result before the rollout"):
        rollout.before(rates(), rollout=2000)


def test_the_callers_table_is_left_alone():
    frame = rates()
    rollout.before(frame)
    pd.testing.assert_frame_equal(frame, rates())


def answers(waves, item="family_purpose_clarity_1", role="family", people=20, district="a", seed=0):
    rng = np.random.default_rng(seed)
    rows = [
        (f"{district}{wave}{k}", district, role, wave, item, np.clip(round(mean + rng.normal(0, 0.8)), 1, 5))
        for wave, mean in waves.items()
        for k in range(people)
    ]
    return pd.DataFrame(rows, columns=["respondent", "district_id", "role", "wave", "item_id", "answer"])


def repeated(frame, roster=None, **options):
    return rollout.repeat_survey(frame, roster, scales=["purpose_clarity"], **options)


def test_means_of_one_district_are_t_intervals_over_people():
    from scipy.stats import ttest_1samp

    frame = answers({"2013": 3, "2014": 3.4})
    expected = ttest_1samp(frame.loc[frame["wave"] == "2013", "answer"], 0).confidence_interval()
    found = repeated(frame).table.iloc[0]
    assert found[["conf_low", "conf_high"]].tolist() == pytest.approx([expected.low, expected.high])


def test_a_trend_is_a_slope_a_year():
    frame = answers({"2013": 2.5, "2014": 3, "2015": 3.5}, people=400)
    assert repeated(frame).trend["estimate"].item() == pytest.approx(0.5, abs=0.06)


def test_the_error_of_a_trend_is_that_of_mancl_and_derouen():
    rng, district = np.random.default_rng(1), np.repeat(np.arange(8), [5, 9, 7, 12, 6, 8, 10, 11])
    year = rng.normal(size=len(district))
    score = 0.3 * year + rng.normal(size=len(district)) + rng.normal(size=8)[district] * year
    reference = sm.GEE(score, year[:, None], groups=district).fit(cov_type="bias_reduced")
    assert _error(year, score - reference.params[0] * year, district) == pytest.approx(reference.bse[0])


def test_one_wave_has_no_trend():
    assert repeated(answers({"2013": 3})).trend["reason"].item() == "cannot tell: one wave only"


def test_groups_of_fewer_than_ten_are_hidden():
    row = repeated(answers({"2013": 3}, people=9)).table.iloc[0]
    assert row[["n", "estimate"]].isna().all()


def test_response_rates_stand_beside_the_means():
    roster = pd.DataFrame({"role": ["family"] * 50, "person_id": range(50)})
    row = repeated(answers({"2013": 3}), roster).table.iloc[0]
    assert row["rate"] == 0.4
    assert row["rate_low"] < 0.4 < row["rate_high"]


def test_a_roster_with_waves_counts_those_of_each_wave():
    roster = pd.DataFrame({"role": "family", "wave": ["2013"] * 40 + ["2014"] * 80})
    assert repeated(answers({"2013": 3, "2014": 3}), roster).table["rate"].dropna().tolist() == [0.5, 0.25]


def test_enjoyment_is_a_row_with_a_reason_until_its_items_are_named():
    assert repeated(answers({"2013": 3})).table.iloc[-1][["scale", "reason"]].tolist()[0] == "enjoyment"
    both = pd.concat([answers({"2013": 3}), answers({"2013": 4}, item="enjoy_1")])
    found = repeated(both, enjoyment=["enjoy_1"]).table.set_index("scale")
    assert found.loc["enjoyment", "estimate"] == pytest.approx(4, abs=0.4)


def test_scales_and_items_that_nobody_was_asked_are_refused():
    with pytest.raises(CbeError, match="Nobody was asked 'grading_grasp', 'joy'"):
        rollout.repeat_survey(answers({"2013": 3}), enjoyment=["joy"])


def test_the_sample_state_shows_that_families_see_the_purpose_more_clearly():
    trend = repeated(samples.state()["survey"]).trend.set_index("role").loc["family"]
    assert 0 < trend["conf_low"] < 0.2 < trend["conf_high"]


def test_a_table_in_place_of_the_year_is_refused():
    state = samples.state()
    with pytest.raises(CbeError, match="must be one spring year"):
        rollout.before(state["outcomes"], state["rollout"])
