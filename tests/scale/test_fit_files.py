import contextlib
import json
import sqlite3

import pandas as pd
import pytest

from cbe_lib import dip, scale
from cbe_lib.errors import CbeError

pytestmark = pytest.mark.usefixtures("small_parts")


def terms(folder):
    read = pd.concat([pd.read_parquet(file) for file in sorted(folder.glob("*.parquet"))])
    return read.sort_values(["district", "term"]).reset_index(drop=True)


def of_panel(outcomes, **options):
    return dip.fit_panel(outcomes, **options).table.sort_values(["district", "term"]).reset_index(drop=True)


def contents(folder):
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


@pytest.mark.parametrize("pool", ["none", "empirical-bayes"])
def test_parts_together_are_the_table_of_fit_panel(outcomes, table, tmp_path, pool):
    scale.fit_files(table, tmp_path / "terms", pool=pool)
    assert len(list((tmp_path / "terms").glob("*.parquet"))) == 4
    expected = of_panel(outcomes, pool=pool).astype({"district": "str"})
    pd.testing.assert_frame_equal(terms(tmp_path / "terms"), expected, rtol=1e-9, check_dtype=False)


def test_students_tested_reach_the_fit(outcomes, table, tmp_path):
    scale.fit_files(table, tmp_path / "terms", n_tested="n_tested")
    expected = of_panel(outcomes, n_tested="n_tested")
    pd.testing.assert_series_equal(terms(tmp_path / "terms")["conf_low"], expected["conf_low"], rtol=1e-9)


def test_csv_partitioned_folder_and_database_give_the_same_numbers(outcomes, table, tmp_path):
    outcomes.to_csv(tmp_path / "outcomes.csv", index=False)
    outcomes.assign(state="MI").to_parquet(tmp_path / "by_state", partition_cols=["state"])
    with contextlib.closing(sqlite3.connect(tmp_path / "state.db")) as database:
        outcomes.to_sql("outcomes", database, index=False)
    sources = {"parquet": table, "csv": tmp_path / "outcomes.csv", "folder": tmp_path / "by_state"}
    sources["sql"] = f"sqlite:///{tmp_path}/state.db"
    found = {}
    for kind, source in sources.items():
        scale.fit_files(source, tmp_path / kind)
        found[kind] = terms(tmp_path / kind)
    for kind in ("csv", "folder", "sql"):
        pd.testing.assert_frame_equal(found[kind], found["parquet"], rtol=1e-9)


def test_leading_zeros_of_ids_survive_a_csv(outcomes, tmp_path):
    numbered = outcomes.assign(district_id="00" + pd.factorize(outcomes["district_id"])[0].astype(str).astype(object))
    numbered.to_csv(tmp_path / "outcomes.csv", index=False)
    scale.fit_files(tmp_path / "outcomes.csv", tmp_path / "terms")
    assert terms(tmp_path / "terms")["district"].str.startswith("00").all()


def test_what_cannot_be_estimated_is_kept_and_counted_by_reason(table, tmp_path):
    summary = scale.fit_files(table, tmp_path / "terms")
    counts = summary.table.set_index("what")["count"]
    assert counts["fitted"] == 60
    assert counts.sum() - counts["with a dip"] == 63
    assert "For 3 more the data cannot tell" in summary.text
    left = terms(tmp_path / "terms").query("district == 'short' and term == 'depth'")
    assert left["note"].str.startswith("cannot tell: only 8 results before").all()


def test_processes_give_the_same_bytes_as_one(table, tmp_path):
    scale.fit_files(table, tmp_path / "one")
    scale.fit_files(table, tmp_path / "two", workers=2)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_a_finished_folder_is_read_not_fitted_again(table, tmp_path):
    first = scale.fit_files(table, tmp_path / "terms")
    before = contents(tmp_path / "terms")
    calls = []
    again = scale.fit_files(table, tmp_path / "terms", progress=lambda *parts: calls.append(parts))
    assert (again.text, contents(tmp_path / "terms"), calls) == (first.text, before, [])


def test_progress_tells_every_part(table, tmp_path):
    calls = []
    scale.fit_files(table, tmp_path / "terms", progress=lambda done, parts: calls.append((done, parts)))
    assert calls == [(number, 4) for number in range(5)]


def test_the_folder_opens_as_one_table(table, tmp_path):
    done = scale.fit_files(table, tmp_path / "terms")
    assert f"pandas.read_parquet('{tmp_path / 'terms'}')" in done.notes[-1]
    each = pd.concat(map(pd.read_parquet, sorted((tmp_path / "terms").glob("*.parquet"))), ignore_index=True)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "terms"), each)


def test_the_manifest_says_how_the_files_were_made(table, tmp_path):
    scale.fit_files(table, tmp_path / "terms", pool="empirical-bayes", seed=3)
    told = json.loads((tmp_path / "terms" / "_manifest.json").read_text())
    assert (told["pool"], told["seed"], told["counts"]["fitted"]) == ("empirical-bayes", 3, 60)
    assert told["population"][0]["event_year"] == 1


def test_other_options_in_a_begun_folder_are_refused_by_name(table, tmp_path):
    scale.fit_files(table, tmp_path / "terms")
    with pytest.raises(CbeError, match=r"holds a run that differs in seed\. seed was 0, now it is 5"):
        scale.fit_files(table, tmp_path / "terms", seed=5)


def test_changed_input_is_refused(outcomes, table, tmp_path):
    scale.fit_files(table, tmp_path / "terms")
    outcomes.head(600).to_parquet(table)
    with pytest.raises(CbeError, match="differs in fingerprint"):
        scale.fit_files(table, tmp_path / "terms")


def test_a_folder_with_other_parquet_files_is_refused(table, tmp_path):
    with pytest.raises(CbeError, match=r"holds files that are not of this run\. Found outcomes.parquet"):
        scale.fit_files(table, tmp_path)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("district_id,year,value,rollout_year\n", "has no rows"),
        ("district_id,year,value,rollout_year\na,2010,*,2012\n", "invalid value '\\*'.*`cbe check`"),
        ("district_id,year,value,rollout_year\n,2010,50,2012\n", "1 rows or more have no district_id"),
        ("district,year,value,rollout_year\na,2010,50,2012\n", "'district_id' looks like 'district'"),
    ],
)
def test_unusable_input_is_refused_and_leaves_the_folder_free(written, message, tmp_path):
    (tmp_path / "in.csv").write_text(written)
    with pytest.raises(CbeError, match=message):
        scale.fit_files(tmp_path / "in.csv", tmp_path / "terms")
    assert not (tmp_path / "terms").exists()


def test_a_path_to_nothing_is_refused(tmp_path):
    with pytest.raises(CbeError, match="nothing to read"):
        scale.fit_files(tmp_path / "none.csv", tmp_path / "terms")


def test_an_unreachable_database_is_refused_without_its_password(tmp_path):
    with pytest.raises(CbeError) as caught:
        scale.fit_files("postgresql+psycopg://ann:secret@127.0.0.1:9/state", tmp_path / "terms")
    assert "could not be read" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("SELECT * FROM outcome", "no such table: outcome"),
        ("DELETE FROM outcomes", 'near "DELETE": syntax error'),
        ("SELECT 1) AS a; DROP TABLE outcomes; --", "You can only execute one statement at a time"),
    ],
)
def test_a_query_that_cannot_be_read_is_refused_and_changes_nothing(outcomes, tmp_path, query, found):
    with contextlib.closing(sqlite3.connect(tmp_path / "state.db")) as database:
        outcomes.to_sql("outcomes", database, index=False)
        with pytest.raises(CbeError, match=f"could not be read.*{found}"):
            scale.fit_files(f"sqlite:///{tmp_path}/state.db", tmp_path / "terms", query=query)
        assert len(pd.read_sql("SELECT * FROM outcomes", database)) == len(outcomes)


def test_a_database_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(CbeError, match="There is no file"):
        scale.fit_files(f"sqlite:///{tmp_path}/none.db", tmp_path / "terms")
    assert list(tmp_path.iterdir()) == []


def test_fewer_districts_than_pooling_needs_are_said(outcomes, tmp_path):
    few = outcomes[outcomes["district_id"].isin(outcomes["district_id"].unique()[:4])]
    few.to_parquet(tmp_path / "few.parquet")
    summary = scale.fit_files(tmp_path / "few.parquet", tmp_path / "terms", pool="empirical-bayes")
    assert any(note.startswith("Not pooled: fewer than 10 districts") for note in summary.notes)


def test_where_no_series_can_be_estimated_the_sentence_says_so(outcomes, tmp_path):
    outcomes[outcomes["district_id"] == "short"].to_parquet(tmp_path / "short.parquet")
    found = scale.fit_files(tmp_path / "short.parquet", tmp_path / "terms")
    assert found.text.startswith("Cannot tell for any of 1 series")
