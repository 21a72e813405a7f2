"""What is installed is whole, and works far from the checkout."""

import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from cbe_lib import rubric, survey, tables

ROOT = Path(__file__).parents[2]
DATA = {".toml", ".csv", ".xlsx", ".md", ".html", ".j2", ".json", ".css", ".js", ".typ", ".ipynb"}


def kept(folder, below):
    """Files of the checkout that the package needs when it runs, under their names in the wheel."""
    files = (each for each in folder.rglob("*") if each.is_file() and each.suffix in DATA)
    own = (each for each in files if not {"__pycache__", ".ipynb_checkpoints"} & set(each.parts))
    return {f"{below}/{each.relative_to(folder).as_posix()}" for each in own}


def names(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.mark.parametrize(
    ("folder", "below", "least"),
    [
        ("cbe_lib", "cbe_lib", 30),
        ("data/samples", "cbe_lib/_data/samples", 30),
        ("notebooks", "cbe_lib/_data/notebooks", 5),
    ],
)
def test_every_file_that_is_read_at_run_time_is_in_the_wheel(wheel, folder, below, least):
    expected = {name for name in kept(ROOT / folder, below) if "/cbe_lib/_data/" not in name}
    assert len(expected) >= least
    assert expected <= names(wheel)


def test_the_wheel_holds_nothing_but_the_package(wheel):
    assert {name.split("/")[0].partition("-")[0] for name in names(wheel)} == {"cbe_lib"}
    assert not [name for name in names(wheel) if name.endswith((".pyc", ".db")) or "checkpoint" in name]


def test_the_wheel_names_its_licenses_and_the_command(wheel):
    held = names(wheel)
    assert {"licenses/LICENSE", "licenses/LICENSE-CONTENT", "entry_points.txt"} <= {
        name.partition(".dist-info/")[2] for name in held
    }


def test_the_source_archive_gives_the_same_wheel(wheel, unpacked_source, tmp_path):
    from tests.release.conftest import built

    assert names(built(unpacked_source, tmp_path, "wheel")) == names(wheel)


def test_the_installed_copy_is_the_one_that_runs(run, installed):
    assert run("import cbe_lib; print(cbe_lib.__file__)").stdout.startswith(str(installed))


def test_samples_are_listed_by_the_installed_copy(run):
    listed = json.loads(run("cbe", "samples", "--json").stdout)
    assert {"westminster", "state"} <= {each["name"] for each in listed}


def test_the_installed_copy_fits_its_own_sample(run, tmp_path):
    run("from cbe_lib import samples; samples.load('three_districts').to_csv('three.csv', index=False)")
    done = run("cbe", "fit", "three.csv", "--out", "terms", "--n-tested", "n_tested", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    terms = pd.concat([pd.read_parquet(file) for file in (tmp_path / "terms").glob("*.parquet")])
    assert terms["district"].nunique() == json.loads(done.stdout)["counts"]["fitted"] == 3


def test_notebooks_come_out_of_the_installed_copy_and_its_own_pages_are_found(run, tmp_path, installed):
    copied = json.loads(run("cbe", "lab", "--copy-notebooks", "course", "--json").stdout)["copied"]
    assert (tmp_path / "course" / "00_start_here.ipynb").is_file()
    assert len(copied) == len(kept(installed / "cbe_lib" / "_data" / "notebooks", ""))
    shown = run("from cbe_lib import pages; print(pages.arguments()[0])").stdout.strip()
    assert shown == str(installed / "cbe_lib" / "_data" / "notebooks" / "apps")


def test_the_instruments_load_from_the_installed_copy(run):
    shown = "print(rubric.load().version, survey.load().version, tables.version())"
    assert (
        run(f"from cbe_lib import rubric, survey, tables; {shown}").stdout
        == f"{rubric.load().version} {survey.load().version} {tables.version()}\n"
    )
