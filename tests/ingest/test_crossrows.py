"""What rows say about each other: keys, tests, counts, slips, copies, places."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cbe_lib import dip, samples, simulate
from cbe_lib.errors import CbeError
from cbe_lib.ingest.crossrows import apply_history, check, copied, slipped


def table(**columns):
    return pd.DataFrame({"district_id": "1", "year": 2014, "value": 50.0, **columns}, index=range(rows_in(columns)))


def rows_in(columns):
    return max([len(cells) for cells in columns.values() if isinstance(cells, list)], default=1)


def checked(frame, **declared):
    kept, findings = check(frame, **declared)
    return kept, {each.rule: each for each in findings}


# --- keys


def test_rows_without_a_key_are_left_out_and_counted():
    kept, found = checked(table(district_id=["1", None, "2"], year=[2014, 2014, None]))
    assert kept.index.tolist() == [0]
    assert found["row left out: no district_id"].rows.tolist() == [1]
    assert found["row left out: no year"].rows.tolist() == [2]


def test_rows_that_share_a_key_are_refused_with_what_tells_them_apart():
    frame = table(value=[60.0, 55.0, 70.0], year=[2014, 2014, 2015])
    raw = pd.DataFrame({"Pct": ["60", "55", "70"], "Denominator": ["regular", "95% rule", "regular"]})
    kept, found = checked(frame, raw=raw)
    finding = found["more than one row for one key"]
    assert kept["value"].tolist() == [70.0]
    assert (finding.action, finding.rows.tolist()) == ("rejected", [0, 1])
    assert "pass keep={'Denominator': '95% rule'}" in finding.advice


def test_keep_picks_among_rows_with_one_key_and_leaves_others_alone():
    frame = table(value=[60.0, 55.0, 70.0], year=[2014, 2014, 2015])
    raw = pd.DataFrame({"Pct": ["60", "55", "70"], "Denominator": ["regular", "95% rule", "95% rule"]})
    kept, found = checked(frame, raw=raw, keep={"Denominator": "Regular"})
    assert kept["value"].tolist() == [60.0, 70.0]
    assert found["row left out by keep"].rows.tolist() == [1]


def test_keep_with_an_unknown_heading_warns():
    _, found = checked(table(), keep={"Denominatr": "regular"})
    assert found["keep names no heading of the file"].action == "warned"


def test_the_same_row_twice_is_kept_once():
    kept, found = checked(table(value=[60.0, 60.0]))
    assert (kept.index.tolist(), found["repeated row left out"].rows.tolist()) == ([0], [1])


def test_a_blank_grade_is_part_of_the_key():
    kept, _ = checked(table(grade=[None, "8"], value=[60.0, 61.0]))
    assert len(kept) == 2


def test_the_given_frame_is_left_as_it_was():
    frame = table(year=[2014, 2014], value=[60.0, 61.0])
    before = frame.copy()
    check(frame, regimes={"A": 2010}, no_test=[2014])
    pd.testing.assert_frame_equal(frame, before)


# --- tests


def test_regimes_name_the_test_of_each_year_and_a_change_is_warned_of():
    kept, found = checked(
        table(year=[2013, 2014, 2015, 2018], value=[1.0, 2.0, 3.0, 4.0]),
        regimes={"SBAC": 2015, "NECAP": 2010, "SAS": 2018},
    )
    assert kept["test_regime"].tolist() == ["NECAP", "NECAP", "SBAC", "SAS"]
    assert "no trend may run over them" in found["test changes within the table"].advice


def test_years_before_the_first_declared_test_have_none_and_are_warned_of():
    kept, found = checked(table(year=[2009, 2010], value=[1.0, 2.0]), regimes={"NECAP": 2010})
    assert kept["test_regime"].isna().tolist() == [True, False]
    assert found["year before the first declared test"].rows.tolist() == [0]


def test_a_trend_over_two_tests_is_refused_by_the_engine():
    years = list(range(2008, 2020))
    frame = table(year=years, value=list(np.linspace(40, 60, 12) + np.tile([0.5, -0.5], 6)))
    kept, _ = check(frame, regimes={"NECAP": 2008, "SBAC": 2015})
    with pytest.raises(CbeError, match="results of 2 tests"):
        dip.fit(kept, 2012)
    assert "test_regime" not in dip.fit(kept[kept["year"] < 2015], 2012).text
    panel = dip.fit_panel(kept.assign(rollout_year=2012))
    assert panel.table["note"].str.contains("results of 2 tests").all()


def test_2020_without_results_counts_as_a_year_without_a_test():
    kept, found = checked(table(year=[2019, 2020, 2021], value=[50.0, None, 51.0]))
    assert kept["suppressed_reason"].tolist()[1] == "no test"
    assert kept["value"].isna().tolist() == [False, True, False]
    assert found["no test"].rows.tolist() == [1]


def test_2020_without_rows_is_reported_and_not_filled_in():
    kept, found = checked(table(year=[2019, 2021], value=[50.0, 51.0]))
    assert (len(kept), found["no test: no row"].action) == (2, "handled")


def test_another_year_without_rows_is_asked_about():
    _, found = checked(table(year=[2012, 2015], value=[50.0, 51.0]))
    assert "no_test=(2013, 2014)" in found["years without rows"].advice


def test_results_in_a_year_declared_without_a_test_are_kept_and_warned_of():
    kept, found = checked(table(year=[2020]), no_test=[2020])
    assert (kept["value"].tolist(), found["result in a year without a test"].rows.tolist()) == ([50.0], [0])


@pytest.mark.parametrize("declared", [{"regimes": {"A": "2010"}}, {"no_test": [20]}, {"no_test": [True]}])
def test_declared_years_must_be_years(declared):
    with pytest.raises(CbeError, match="must hold spring years"):
        check(table(), **declared)


@pytest.mark.parametrize("raw", [{"Season": ["Fall"]}, {"Test window": ["October 2013"]}])
def test_a_test_in_the_fall_is_asked_about(raw):
    _, found = checked(table(), raw=pd.DataFrame(raw))
    assert "the teaching of the year before" in found["tested in the fall"].advice


# --- counts


def test_a_day_number_among_counts_is_refused_with_the_likely_range():
    kept, found = checked(table(year=[2013, 2014, 2015], value=[1.0, 2.0, 3.0], n_tested=[298, 43753, 305]))
    finding = found["count far out of line"]
    assert kept["n_tested"].fillna(-1).tolist() == [298, -1, 305]
    assert (finding.action, finding.rows.tolist()) == ("rejected", [1])
    assert "2019-10-15, most likely the range 10-15" in finding.advice[0]


def test_a_day_number_is_refused_beside_a_smaller_enrollment():
    kept, _ = checked(table(n_tested=[43573], enrollment=[300]))
    assert kept["n_tested"].isna().all()


def test_a_large_district_is_no_outlier():
    frame = table(district_id=["1", "1", *"23456"], year=[2014, 2015, *[2014] * 5], n_tested=[43573, 44001, *[300] * 5])
    kept, found = checked(frame)
    assert kept["n_tested"].notna().all()
    assert "count far out of line" not in found


def test_more_tested_than_enrolled_is_warned_of():
    assert checked(table(n_tested=[310], enrollment=[300]))[1]["more tested than enrolled"].rows.tolist() == [0]


# --- what can hardly be


def test_zero_in_every_race_group_is_warned_of():
    groups = ["all students", "White", "Asian", "female"]
    _, found = checked(table(subgroup=groups, value=[61.0, 0.0, 0.0, 0.0]))
    assert found["zero in every race group"].rows.tolist() == [1, 2]


def test_zero_in_one_race_group_is_possible():
    assert not checked(table(subgroup=["White", "Asian"], value=[61.0, 0.0]))[1]


def test_all_of_three_students_is_warned_of():
    _, found = checked(table(district_id=["1", "2"], value=[100.0, 100.0], n_tested=[3, 30]))
    assert found["all or none of a few students"].rows.tolist() == [0]


def test_a_percent_that_no_count_gives_is_warned_of():
    frame = table(district_id=["1", "2", "3"], value=[33.3, 66.7, 41.0], n_tested=[3, 300, 30])
    assert checked(frame)[1]["percent does not fit the count"].rows.tolist() == [2]


def test_percents_of_true_counts_always_fit():
    rng = np.random.default_rng(3)
    tested = rng.integers(1, 900, 3000)
    passed = rng.binomial(tested, 0.6)
    for decimals in (0, 1, 2, 6):
        value = (100 * passed / tested).round(decimals)
        frame = table(district_id=[str(number) for number in range(3000)], value=list(value), n_tested=list(tested))
        assert "percent does not fit the count" not in checked(frame)[1]


def test_participation_below_95_percent_is_warned_of():
    frame = table(district_id=["1", "2"], participation=[94.9, 95.0])
    assert checked(frame)[1]["participation below 95%"].rows.tolist() == [0]


@pytest.mark.parametrize(
    "metrics",
    [
        ["percent level 1", "percent level 2", "percent level 3", "percent level 4"],
        ["Below Basic", "Basic", "Proficient", "Advanced"],
    ],
)
def test_levels_that_do_not_add_to_100_are_warned_of(metrics):
    wrong = table(metric=metrics, value=[20.0, 30.1, 30.0, 25.0])
    right = table(district_id=["2"] * 4, metric=metrics, value=[20.1, 30.0, 30.0, 20.0])
    frame = pd.concat([wrong, right], ignore_index=True)
    assert checked(frame)[1]["levels do not add to 100"].rows.tolist() == [0, 1, 2, 3]


# --- slipped and copied


def panel(seed=4, districts=120, **settings):
    frame, _ = simulate.outcomes(districts, base_sd=10, n_tested=(40, 2000), seed=seed, **settings)
    return frame.assign(value=frame["value"].round(1))


def slip(frame, year, step=1):
    here = frame["year"] == year
    moved = frame["value"].copy()
    moved[here] = np.roll(moved[here], step)
    return frame.assign(value=moved)


@pytest.mark.parametrize("step", [1, -1])
def test_a_slipped_year_is_named_with_both_correlations(step):
    found = slipped.find(slip(panel(), 2013, step))
    assert [each.advice[:4] for each in found] == ["2013"]
    assert "as filed and" in found[0].advice


def test_slips_are_found_in_nine_of_ten_tables_and_clean_tables_stay_quiet():
    caught = quiet = 0
    for seed in range(40):
        frame = panel(seed, districts=100, years=range(2008, 2018))
        year = 2008 + seed % 10
        quiet += not slipped.find(frame) and not copied.find(frame)
        caught += [each.advice[:4] for each in slipped.find(slip(frame, year))] == [str(year)]
    assert quiet == 40
    assert caught >= 36


def test_the_michigan_panel_is_clean_and_each_of_its_years_is_found_when_slipped():
    michigan = samples.load("michigan_math4")
    assert slipped.find(michigan) == []
    assert copied.find(michigan) == []
    for year in range(1992, 1999):
        assert [each.advice[:4] for each in slipped.find(slip(michigan, year))] == [str(year)]


def test_a_block_copied_from_another_year_is_found_with_its_rows():
    frame = panel()
    rows, source = frame.index[frame["year"] == 2013][30:60], frame.index[frame["year"] == 2009][30:60]
    frame.loc[rows, "value"] = frame.loc[source, "value"].to_numpy()
    (found,) = copied.find(frame)
    assert set(rows) <= set(found.rows.tolist())
    assert "of 2013 are the same, in the same order, as those of 2009" in found.advice


def test_a_block_copied_between_grades_is_found():
    third, eighth = panel(1), panel(2)
    frame = pd.concat([third.assign(grade="3"), eighth.assign(grade="8")], ignore_index=True)
    target = (frame["grade"] == "8") & (frame["year"] == 2009)
    frame.loc[target, "value"] = frame.loc[(frame["grade"] == "3") & (frame["year"] == 2009), "value"].to_numpy()
    assert len(copied.find(frame)) == 1


def test_stable_whole_percents_and_columns_of_zeros_are_no_copies():
    quiet = panel(3, noise_sd=0.5, districts=300)
    whole = quiet.assign(value=quiet["value"].round())
    assert copied.find(whole) == []
    assert copied.find(whole.assign(value=0.0)) == []


# --- places


def test_a_bare_name_in_several_states_is_refused():
    frame = table(district_id=["Pittsfield", "Pittsfield", "Alder"], value=[50.0, 60.0, 70.0])
    raw = pd.DataFrame({"State": ["NH", "MA", "NH"], "District": frame["district_id"]})
    kept, found = checked(frame, raw=raw)
    assert kept["district_id"].tolist() == ["Alder"]
    assert found["name of places in several states"].rows.tolist() == [0, 1]


def test_names_and_ids_that_do_not_match_one_to_one_are_warned_of():
    frame = table(district_id=["1", "2", "3", "3"], year=[2014, 2014, 2014, 2015])
    raw = pd.DataFrame({"District Name": ["Pittsfield", "Pittsfield", "Adams 50", "Westminster 50"]})
    _, found = checked(frame, raw=raw)
    assert found["one name, several ids"].rows.tolist() == [0, 1]
    assert found["one id, several names"].rows.tolist() == [2, 3]


def test_names_in_place_of_ids_are_warned_of():
    assert checked(table(district_id=["Alder"]))[1]["names in place of ids"].action == "warned"


def test_a_likely_merger_is_warned_of():
    old = table(district_id=["1", "2"], year=[2009, 2009], enrollment=[1000, 1200])
    new = table(district_id=["9", "5", "5"], year=[2010, 2009, 2010], enrollment=[2150, 400, 410])
    _, found = checked(pd.concat([old, new], ignore_index=True))
    assert "'1'" not in found["places may have merged or split"].advice
    assert found["places may have merged or split"].rows.tolist() == [2]


def history(*changes):
    return pd.DataFrame(changes, columns=["district_id", "to_date", "successor_ids"])


def test_a_recorded_merger_breaks_the_series_of_the_successor():
    years = list(range(2004, 2016))
    outcomes = table(year=years, value=list(np.linspace(40, 60, 12) + np.tile([0.5, -0.5], 6)))
    broken = apply_history(outcomes, history(["7", "2009-06-30", "1; 3"]))
    assert broken["test_regime"].tolist() == ["before 2010"] * 6 + ["from 2010"] * 6
    fitted = dip.fit(broken, 2010, regime="test_regime")
    assert fitted.table["note"].str.contains("cannot tell").all()


def test_two_mergers_make_three_parts_within_each_test():
    outcomes = table(year=[2008, 2010, 2014], test_regime=["A", "A", "B"], value=[1.0, 2.0, 3.0])
    broken = apply_history(outcomes, history(["7", "2009-06-30", "1"], ["8", "2011-08-15", "1"]))
    assert broken["test_regime"].tolist() == ["A, before 2010", "A, from 2010", "B, from 2012"]


def test_the_sample_of_mergers_can_be_applied():
    merged = pd.read_csv(samples.folder() / "entity_history.csv", dtype="str")
    outcomes = table(district_id=["00013", "00013", "00004"], year=[2007, 2008, 2007])
    assert apply_history(outcomes, merged)["test_regime"].fillna("").tolist() == ["before 2008", "from 2008", ""]


def test_successors_without_a_day_are_refused():
    with pytest.raises(CbeError, match="without a day in 'to_date' in 1 row"):
        apply_history(table(), history(["7", None, "1"]))


# --- whatever the table

CELLS = {
    "district_id": st.sampled_from(["1", "2", "Pittsfield", None]),
    "level": st.sampled_from(["state", "district", None]),
    "year": st.sampled_from([2013, 2014, 2020, None]),
    "grade": st.sampled_from(["3", "8", None]),
    "subgroup": st.sampled_from(["all students", "White", "Asian", None]),
    "metric": st.sampled_from(["level 1", "level 2", "level 3", None]),
    "value": st.sampled_from([0.0, 33.3, 50.0, 100.0, None]),
    "lo": st.sampled_from([0.0, 95.0, None]),
    "n_tested": st.sampled_from([0, 3, 300, 43753, None]),
    "enrollment": st.sampled_from([300, 44000, None]),
    "participation": st.sampled_from([80.0, 99.0, None]),
    "test_regime": st.sampled_from(["NECAP", "SBAC", None]),
}
WHOLE = {"year", "n_tested", "enrollment"}
FLOATS = {"value", "lo", "participation"}
KEY = ["district_id", "level", "year", "grade", "subgroup", "metric"]


@st.composite
def tables(draw):
    names = draw(st.sets(st.sampled_from(sorted(CELLS))))
    rows = draw(st.integers(0, 12))
    columns = {name: draw(st.lists(CELLS[name], min_size=rows, max_size=rows)) for name in ["district_id", *names]}
    frame = pd.DataFrame(columns, index=range(rows))
    kinds = {name: "Int64" if name in WHOLE else "float64" if name in FLOATS else "str" for name in frame}
    return frame.astype(kinds)


@settings(deadline=None, max_examples=80)
@given(frame=tables(), declared=st.booleans())
def test_any_typed_table_is_checked_and_every_lost_row_is_counted(frame, declared):
    options = {"regimes": {"NECAP": 2010, "SBAC": 2014}, "no_test": (2020,), "keep": {"level": "state"}}
    kept, findings = check(frame, **(options if declared else {}))
    out = set(range(len(frame))) - set(kept.index)
    assert out <= {row for each in findings for row in each.rows.tolist()}
    assert all(0 <= row < len(frame) for each in findings for row in each.rows.tolist())
    assert not kept.duplicated([name for name in KEY if name in kept]).any()
