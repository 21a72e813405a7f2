"""False alarms and power of the test, and the tables that it keeps on disk."""

import subprocess
import sys

import numpy as np
import pytest

from cbe_lib.dip import existence
from cbe_lib.dip.engine import Pattern, grid
from cbe_lib.dip.existence import null_table, statistic

PATTERN = Pattern(years=tuple(range(-5, 9)), rollout=1)
SMALL = Pattern(years=tuple(range(-2, 5)), rollout=1)
SERIES = 2000


def noise(rho, seed, rng_noise=None):
    """AR(1) noise by its recursion, apart from the library's covariance matrices."""
    rng = np.random.default_rng(seed)
    shocks = rng.normal(size=(SERIES, 14)) if rng_noise is None else rng_noise(rng, (SERIES, 14))
    for year in range(1, 14):
        shocks[:, year] = rho * shocks[:, year - 1] + np.sqrt(1 - rho**2) * shocks[:, year]
    return shocks


def p_values(values, pattern=PATTERN):
    return null_table(pattern).p_value(*statistic(grid(pattern), values))


@pytest.mark.parametrize("rho", [0.0, 0.4, 0.7])
def test_false_alarms_are_five_in_a_hundred_whatever_the_autocorrelation(rho):
    # 0.05 +- 3 standard errors of 2,000 series, 0.015, around the 0.04 to 0.06 that the design asks for
    assert 0.04 - 0.013 < (p_values(noise(rho, seed=11)) < 0.05).mean() < 0.06 + 0.016


def test_an_odd_year_raises_no_false_alarms():
    odd = noise(0.3, seed=12)
    odd[np.arange(SERIES), np.random.default_rng(3).integers(14, size=SERIES)] -= 5
    assert (p_values(odd) < 0.05).mean() < 0.07 + 0.017


def test_heavy_tails_raise_no_false_alarms():
    heavy = noise(0.0, seed=13, rng_noise=lambda rng, size: rng.standard_t(4, size))
    assert (p_values(heavy) < 0.05).mean() < 0.07 + 0.017


def test_p_values_of_series_without_a_dip_are_spread_evenly():
    p = np.sort(p_values(noise(0.4, seed=14)))
    # Kolmogorov-Smirnov distance; 0.036 is its 1% point for 2,000 series, and 0.015 the table's own error
    assert np.abs(p - np.arange(1, SERIES + 1) / SERIES).max() < 0.036 + 0.015


def test_power_rises_with_depth():
    shape = np.interp(np.arange(-5, 9), [0, 2, 6], [0, -1, 0])
    base = noise(0.4, seed=15)
    power = [(p_values(base + depth * shape) < 0.05).mean() for depth in (0, 1, 2, 4, 8)]
    assert np.diff(power).min() > 0.03
    assert power[-1] > 0.9


def test_a_rise_is_no_dip():
    rise = noise(0.4, seed=16) + np.interp(np.arange(-5, 9), [0, 2], [0, 6])
    assert (p_values(rise) < 0.05).mean() < 0.05


def test_level_trend_and_unit_do_not_matter():
    values = noise(0.4, seed=17)[:20]
    moved = 1000 + 30 * np.arange(14) + 0.001 * values
    assert p_values(moved) == pytest.approx(p_values(values), abs=1e-6)


@pytest.fixture
def quick(monkeypatch, tmp_path):
    """A folder of its own, and tables of a twelfth of the size."""
    monkeypatch.setenv("CBE_CACHE_DIR", str(tmp_path / "tables"))
    monkeypatch.setattr(existence, "NULL_SERIES", 500)
    null_table.cache_clear()
    yield tmp_path / "tables"
    null_table.cache_clear()


def same(first, second):
    return all(np.array_equal(getattr(first, name), getattr(second, name)) for name in ("edges", "centers", "ranked"))


def test_memory_disk_and_a_fresh_simulation_agree(quick):
    fresh = null_table(SMALL)
    assert null_table(SMALL) is fresh
    null_table.cache_clear()
    from_disk = null_table(SMALL)
    assert from_disk is not fresh
    assert same(from_disk, fresh)
    assert same(existence.simulate_null(SMALL), fresh)


def test_one_pattern_of_years_makes_one_file_and_leaves_nothing_else(quick):
    null_table(SMALL)
    assert [path.suffix for path in quick.iterdir()] == [".npz"]


def test_patterns_do_not_share_a_table(quick):
    assert existence._place(SMALL) != existence._place(PATTERN)


@pytest.mark.parametrize("content", [b"", b"not a table", "half", "NaN", "wrong shape"])
def test_a_damaged_file_is_made_anew(quick, content):
    fresh = null_table(SMALL)
    (path,) = quick.iterdir()
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content == "half":
        path.write_bytes(path.read_bytes()[:500])
    else:
        ranked = np.full_like(fresh.ranked, np.nan) if content == "NaN" else fresh.ranked[:, :5]
        np.savez(path, edges=fresh.edges, centers=fresh.centers, ranked=ranked)
    null_table.cache_clear()
    assert same(null_table(SMALL), fresh)
    with np.load(path) as mended:
        assert np.array_equal(mended["ranked"], fresh.ranked)


def test_a_folder_that_cannot_be_written_is_no_error(quick, monkeypatch, tmp_path):
    fresh = null_table(SMALL)
    (tmp_path / "a file").write_text("in the way")
    monkeypatch.setenv("CBE_CACHE_DIR", str(tmp_path / "a file" / "below"))
    null_table.cache_clear()
    assert same(null_table(SMALL), fresh)


WRITER = """
import pathlib, sys
import numpy as np
from cbe_lib.dip import kept
path, mark = pathlib.Path(sys.argv[1]), float(sys.argv[2])
for _ in range(25):
    kept.write(path, ranked=np.full((10, 3000), mark))
    found = kept.read(path, {"ranked": (10, 3000)})
    sys.exit("half a table") if found is None or len(np.unique(found["ranked"])) != 1 else None
"""


def test_two_processes_may_write_one_table_at_once(tmp_path):
    path = tmp_path / "tables" / "one.npz"
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, path, mark]) for mark in ("1", "2")]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0]
    assert [left.name for left in path.parent.iterdir()] == ["one.npz"]
