"""Tables from a folder, and briefs into files: by hand and by the command."""

import json
import os

import pandas as pd
import pytest
from typer.testing import CliRunner

from cbe_lib import brief, cli
from cbe_lib.brief import writing
from cbe_lib.errors import CbeError


@pytest.fixture
def folder(bare, tmp_path):
    for name, frame in bare.items():
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    return tmp_path


def run(*words):
    return CliRunner().invoke(cli.app, ["brief", *map(str, words)])


def test_a_folder_is_read_with_the_zeros_of_its_ids(folder):
    found = brief.read_folder(folder)
    assert found["districts"]["district_id"].tolist() == ["001", "002", "003"]
    assert found["outcomes"]["n_tested"].dtype == "Int64"


def test_files_with_other_names_are_left_alone(folder):
    (folder / "notes.csv").write_text("not,a\ntable")
    assert set(brief.read_folder(folder)) == {"districts", "outcomes"}


def test_a_byte_order_mark_is_no_letter_of_the_heading(folder):
    text = (folder / "districts.csv").read_text()
    (folder / "districts.csv").write_text("\ufeff" + text, encoding="utf-8")
    assert brief.read_folder(folder)["districts"].columns[0] == "district_id"


@pytest.mark.parametrize("name", ["districts", "outcomes"])
def test_a_folder_without_a_needed_table_is_refused(folder, name):
    (folder / f"{name}.csv").unlink()
    with pytest.raises(CbeError, match=rf"lacks {name}\.csv"):
        brief.read_folder(folder)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CbeError, match="There is no folder"):
        brief.read_folder(tmp_path / "none")


def test_every_bad_cell_of_a_file_is_told_at_once(folder):
    rows = pd.read_csv(folder / "outcomes.csv", dtype="str")
    rows.loc[0, "value"], rows.loc[1, "year"] = "120", "last"
    rows.to_csv(folder / "outcomes.csv", index=False)
    with pytest.raises(CbeError, match=r"(?s)`outcomes` in outcomes.csv.*2 problems.*'last'.*120"):
        brief.read_folder(folder)


@pytest.mark.parametrize(("content", "words"), [(b"", "cannot be read as CSV"), (b"n\xe4me\n1", "not text in UTF-8")])
def test_a_file_that_is_no_table_is_refused(folder, content, words):
    (folder / "districts.csv").write_bytes(content)
    with pytest.raises(CbeError, match=words):
        brief.read_folder(folder)


def test_both_files_lie_under_the_id_and_nothing_else(alder, tmp_path):
    pdf, page = brief.write(alder, tmp_path / "new" / "folder")
    assert sorted(os.listdir(pdf.parent)) == ["001.html", "001.pdf"]
    assert (pdf.read_bytes()[:5], page.read_text(encoding="utf-8")[:15]) == (b"%PDF-", "<!DOCTYPE html>")


def test_a_write_that_fails_leaves_the_former_file_whole(alder, tmp_path, monkeypatch):
    (tmp_path / "001.pdf").write_bytes(b"former")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing.os, "replace", full)
    with pytest.raises(CbeError, match="No space left on device"):
        brief.write(alder, tmp_path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"001.pdf": b"former"}


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("00013", "00013"),
        ("Arvelmoor (synthetic)", "Arvelmoor (synthetic)"),
        ("../../etc/passwd", "etc_passwd"),
        ('"; DROP TABLE', "DROP TABLE"),
        ("..", "district"),
        ("a" * 200, "a" * 100),
    ],
)
def test_a_name_that_no_file_should_have_is_made_safe(name, safe):
    assert writing.safe_name(name) == safe


def test_the_command_writes_both_files_named_as_asked(folder, tmp_path):
    done = run("001", "--tables", folder, "--out", tmp_path / "visit", "--json")
    assert json.loads(done.stdout) == {"pdf": str(tmp_path / "visit/001.pdf"), "html": str(tmp_path / "visit/001.html")}
    assert sorted(os.listdir(tmp_path / "visit")) == ["001.html", "001.pdf"]


def test_the_command_refuses_an_unknown_district_and_writes_nothing(folder, tmp_path):
    done = run("Aldr", "--tables", folder, "--out", tmp_path / "visit")
    assert isinstance(done.exception, CbeError)
    assert "Did you mean 'Alder'?" in str(done.exception)
    assert not (tmp_path / "visit").exists()
