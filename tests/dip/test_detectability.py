"""How small a dip can be seen: figures worked by hand, and power found again by another simulation."""

import numpy as np
import pytest

from cbe_lib import CbeError, dip
from cbe_lib.dip import detectability, existence
from cbe_lib.dip.engine import Pattern, grid
from cbe_lib.dip.existence import null_table, statistic


def estimates(*years, **settings):
    return dip.detectable(*years, **settings).table.set_index("term")["estimate"]


@pytest.mark.parametrize("students", [40, 240, 750])
def test_year_to_year_figures_are_those_of_the_reference(students, reference):
    found = estimates(1, 1, n_tested=students)["year_to_year"]
    assert round(found, 1) == reference["year_to_year", students]


def test_year_to_year_is_worked_by_hand():
    # variance 2500/250 + 3 squared = 19; (1.959964 + 0.841621) sqrt(38)
    assert estimates(1, 1, n_tested=250, noise_sd=3)["year_to_year"] == pytest.approx(17.2702, abs=1e-4)


def test_noise_sd_holds_both_parts():
    assert dip.detectable(1, 1, n_tested=250, noise_sd=3).noise_sd == pytest.approx(np.sqrt(19))
    assert dip.detectable(1, 1, n_tested=None, noise_sd=3).noise_sd == 3


def test_the_dip_returned_is_seen_8_times_in_10():
    sd = np.sqrt(2500 / 250 + 10)
    depth = estimates(6, 8, n_tested=250, noise_sd=np.sqrt(10))["dip"]
    rng = np.random.default_rng(77)
    process = rng.normal(size=(1500, 14))
    for year in range(1, 14):
        process[:, year] = 0.4 * process[:, year - 1] + np.sqrt(1 - 0.4**2) * process[:, year]
    noise = sd * (process + rng.normal(size=(1500, 14))) / np.sqrt(2)
    fall = [0, 0, 0, 0, 0, 0, -0.5, -1, -0.75, -0.5, -0.25, 0, 0, 0]
    pattern = Pattern(tuple(range(-5, 9)), 1)
    p = null_table(pattern).p_value(*statistic(grid(pattern), noise + depth * np.array(fall)))
    # standard errors: 0.010 of this simulation, 0.020 of the library's 400 series
    assert (p < 0.05).mean() == pytest.approx(0.8, abs=3 * np.hypot(0.010, 0.020))


def test_more_students_make_smaller_dips_visible():
    seen = [estimates(6, 8, n_tested=students) for students in (100, 240, 750)]
    assert np.all(np.diff(seen, axis=0) < 0)


def test_without_other_noise_the_dip_scales_with_one_over_the_root_of_students():
    assert estimates(6, 8, n_tested=100)["dip"] == pytest.approx(2 * estimates(6, 8, n_tested=400)["dip"])


def test_more_power_asks_for_a_deeper_dip():
    seen = [estimates(6, 8, n_tested=240, power=power)["dip"] for power in (0.5, 0.8, 0.9)]
    assert seen == sorted(set(seen))


@pytest.mark.parametrize(("before", "after"), [(2, 8), (6, 3), (1, 1)])
def test_too_few_years_give_a_reason_instead_of_a_dip(before, after, without_reason):
    result = dip.detectable(before, after, n_tested=240)
    assert result.table["note"][1].startswith("cannot tell: at least 3 years before and 4 from the rollout on")
    assert "cannot tell" in result.text
    assert not without_reason(result)


def test_a_dip_deeper_than_half_of_all_students_is_no_answer(without_reason):
    result = dip.detectable(6, 8, n_tested=1)
    assert np.isnan(result.table["estimate"][1])
    assert result.table["note"][1] == "cannot tell: not even a dip of 50 points would be seen this often"
    assert not without_reason(result)


def test_the_text_says_what_was_counted():
    result = dip.detectable(6, 8, n_tested=240)
    assert result.text.startswith(
        "With 240 students tested a year, a change from one year to the next must be about 13"
    )
    assert "makes the true figures larger" in result.notes[0]


REFUSALS = [
    ({"years_before": 0}, "`years_before` and `years_after`.*Found 0 and 8"),
    ({"years_after": 4.5}, "whole numbers from 1 to 100. Found 6 and 4.5"),
    ({"years_after": np.nan}, "Found 6 and nan"),
    ({"years_before": "six"}, "Found 'six' and 8"),
    ({"years_before": 100_000}, "Found 100000 and 8"),
    ({"n_tested": None}, "Neither `n_tested` nor `noise_sd` is given"),
    ({"n_tested": 0}, "`n_tested` must be at least 1. Found 0"),
    ({"n_tested": -40}, "not below 0. Found n_tested=-40"),
    ({"n_tested": np.nan}, "finite numbers, not below 0. Found n_tested=nan"),
    ({"n_tested": np.inf}, "Found n_tested=inf"),
    ({"n_tested": "40"}, "Found n_tested='40'"),
    ({"noise_sd": -1}, "Found noise_sd=-1"),
    ({"noise_sd": np.inf}, "Found noise_sd=inf"),
    ({"n_tested": None, "noise_sd": 0}, "means no noise at all"),
    ({"power": 1}, "`power` must lie between 0.05 and 1. Found 1"),
    ({"power": 0.05}, "`power` must lie between 0.05 and 1"),
    ({"power": np.nan}, "Found power=nan"),
    ({"power": "0.8"}, "Found power='0.8'"),
    ({"power": None}, "`power` must lie between"),
]


@pytest.mark.parametrize(("wrong", "message"), REFUSALS, ids=[str(wrong) for wrong, _ in REFUSALS])
def test_what_makes_no_sense_is_refused(wrong, message):
    with pytest.raises(CbeError, match=message):
        dip.detectable(**{"years_before": 6, "years_after": 8, "n_tested": 240, **wrong})


@pytest.fixture
def own_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("CBE_CACHE_DIR", str(tmp_path))
    detectability.power_curve.cache_clear()
    yield tmp_path
    detectability.power_curve.cache_clear()


def test_power_is_simulated_once_and_then_read(own_folder, monkeypatch):
    pattern = Pattern(tuple(range(-3, 5)), 1)
    fresh = detectability.power_curve(pattern, 0.5)
    detectability.power_curve.cache_clear()
    monkeypatch.setattr(detectability, "simulate_power", None)
    assert np.array_equal(detectability.power_curve(pattern, 0.5), fresh)


def test_power_of_another_test_is_not_read(monkeypatch):
    pattern = Pattern(tuple(range(-3, 5)), 1)
    before = detectability._place(pattern, 0.5)
    monkeypatch.setattr(existence, "EARLY_YEARS", 3)
    assert detectability._place(pattern, 0.5) != before
