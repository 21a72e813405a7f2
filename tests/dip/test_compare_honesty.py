"""When `dip.compare` says "cannot tell", warns, or refuses."""

import numpy as np
import pandas as pd
import pytest

from cbe_lib import simulate
from cbe_lib.dip.comparison import compare
from cbe_lib.errors import CbeError

FRAMES = ("table", "terms", "sensitivity", "power", "placebos")


def state(comparison, depth=8, **options):
    table, _ = simulate.outcomes(
        1, comparison=comparison, years=range(2008, 2016), rollout=2012, depth=depth, base_sd=6, seed=1, **options
    )
    return table


def small_state():
    return state(4)


def answer(table, **options):
    return compare(table, n_tested="n_tested", **options)


def with_cells(table, rows, column, cell):
    changed = table.astype({column: object}) if isinstance(cell, str) else table.copy()
    changed.loc[rows, column] = cell
    return changed


@pytest.fixture(scope="module")
def adopter_cases():
    """Adopters that cannot be compared, beside 16 districts that could be."""
    table = state(16)
    own, before = table["district_id"] == "A1", table["year"] < 2012
    return {
        "only 1 result(s) before": with_cells(table, own & (table["year"] < 2011), "value", np.nan),
        "no result from the rollout year 2012": with_cells(table, own & ~before, "value", np.nan),
        "same result in every year": with_cells(table, own, "value", 50.0),
        "no adopter has a result": with_cells(table, own, "value", np.nan),
        "fewer than 15 comparison districts": table[~table["district_id"].isin(["C1", "C2"])],
        "(0 in all)": table[own],
    }


CASES = [
    "only 1 result(s) before",
    "no result from the rollout year 2012",
    "same result in every year",
    "no adopter has a result",
    "fewer than 15 comparison districts",
    "(0 in all)",
]


@pytest.mark.parametrize("reason", CASES)
def test_what_cannot_be_told_says_why_in_every_row(adopter_cases, reason):
    result = answer(adopter_cases[reason])
    assert result.text.startswith("Cannot tell")
    assert reason in result.text
    assert np.isnan(result.existence.p_value)
    for frame in (result.table, result.terms, result.sensitivity, result.power):
        assert len(frame) > 0
        assert frame["note"].str.contains("cannot tell").all()


def test_15_to_39_comparison_districts_warn_and_simulate_chance():
    result = answer(state(20))
    assert "only 20 comparison districts" in result.existence.note
    assert any(note.startswith("Warning: only 20") for note in result.notes)
    assert "caution" in result.text
    assert 0 < result.existence.p_value <= 1


def test_40_comparison_districts_are_ranked_without_a_warning():
    result = answer(state(40))
    assert result.existence.note == ""
    assert not any("Warning" in note for note in result.notes)


@pytest.mark.parametrize("depth", [0, 12])
def test_no_number_is_missing_without_a_reason(depth):
    result = answer(state(40, depth=depth))
    for name in FRAMES:
        frame = getattr(result, name)
        noted = frame["note"] != "" if "note" in frame else pd.Series(False, frame.index)
        assert not (frame.isna().any(axis=1) & ~noted).any(), name


@pytest.mark.parametrize(("depth", "opening"), [(0, "Cannot tell whether"), (20, "Results of A1 fell")])
def test_the_sentence_says_what_the_interval_means_and_never_says_caused(depth, opening):
    text = answer(state(40, depth=depth)).text
    assert text.startswith(opening)
    assert "95 times in 100" in text
    assert "caused" not in " ".join([text, *answer(state(40, depth=depth)).notes])


def test_the_users_table_is_left_alone():
    table = state(16)
    copy = table.copy()
    answer(table)
    pd.testing.assert_frame_equal(table, copy)


def test_a_result_cannot_be_changed():
    with pytest.raises(AttributeError):
        answer(state(16)).level = 0.5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop(columns="value"), "no column 'value'"),
        (lambda t: t.drop(columns="rollout_year"), "no column 'rollout_year'"),
        (lambda t: t.head(0), "no rows"),
        (lambda t: with_cells(t, [3, 5], "value", "<10"), "'value'.*must hold numbers.*'<10'"),
        (lambda t: with_cells(t, [4], "value", 140.0), r"'value'.*0 to 100.*1 row \(index 4\).*140"),
        (lambda t: with_cells(t, [4], "n_tested", 0), r"'n_tested'.*above zero.*1 row \(index 4\)"),
        (lambda t: t.assign(year=t["year"] + 0.5), "'year'.*whole years"),
        (lambda t: pd.concat([t, t.iloc[[2]]]), "'district_id' and 'year'.*more than once.*A1"),
        (lambda t: with_cells(t, [7], "district_id", None), r"'district_id'.*blank in 1 row \(index 7\)"),
        (lambda t: t.assign(rollout_year=pd.NA), "No district has a rollout year in column 'rollout_year'"),
        (lambda t: with_cells(t, [1], "rollout_year", 2013), "'rollout_year'.*changes within a district.*A1"),
        (lambda t: t.assign(rollout_year=t["rollout_year"].astype(float) + 0.5), "'rollout_year'.*whole years"),
        (lambda t: t.assign(value=np.nan), "'value'.*no number in any of its 40 rows"),
    ],
)
def test_broken_tables_are_refused_by_column_and_row(change, message):
    with pytest.raises(CbeError, match=message):
        answer(change(small_state()))


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"adjust": ("basline",)}, "Did you mean 'baseline'"),
        ({"baseline": "first"}, "no baseline named 'first'"),
        ({"level": 95}, "`level` must lie between 0 and 1"),
        ({"nearest": 0}, "`nearest` must be a whole number"),
        ({"scale": 10}, "`scale` must be 100"),
        ({"covariates": ["poverty"]}, "no column 'poverty'"),
    ],
)
def test_options_out_of_range_are_refused(option, message):
    with pytest.raises(CbeError, match=message):
        answer(small_state(), **option)


@pytest.mark.parametrize(
    ("comparison", "note"),
    [
        (20, "cannot tell: no comparison district of this size, 5 are needed"),
        (23, "cannot tell: 3 comparison districts of this size, 5 are needed"),
    ],
)
def test_a_size_class_without_districts_says_how_many_are_needed(comparison, note):
    table = state(comparison, n_tested=100)
    large = [f"C{k}" for k in range(21, comparison + 1)]
    table.loc[table["district_id"].isin(large), "n_tested"] = 900
    power = answer(table).power.set_index("size_class")
    assert (power.loc["large: 308 or more tested", "note"] == note).all()
