"""Outputs of notebooks about own data do not get into git."""

import runpy
from pathlib import Path

import nbformat
import pytest
import yaml

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / ".ci" / "strip_own_data.py"
strip = runpy.run_path(str(SCRIPT))["strip"]
about_own_data = runpy.run_path(str(SCRIPT))["about_own_data"]


def notebook(path, *, own=False):
    """One cell that showed a student, tagged to keep its output."""
    shown = nbformat.v4.new_output("stream", text="student 0123: 41 points")
    cell = nbformat.v4.new_code_cell("frame", outputs=[shown], execution_count=1, metadata={"tags": ["keep_output"]})
    path.parent.mkdir(exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata={"cbe": {"own_data": True}} if own else {}), path)
    return path


@pytest.mark.parametrize(("name", "own"), [("mine.ipynb", True), ("own/mine.ipynb", False)])
def test_kept_outputs_of_own_data_are_taken_out(name, own, tmp_path):
    path = notebook(tmp_path / name, own=own)
    assert strip(path)
    assert "student" not in path.read_text()
    assert not strip(path)


def test_other_notebooks_are_left_as_they_are(tmp_path):
    path = notebook(tmp_path / "lesson.ipynb")
    before = path.read_text()
    assert not strip(path)
    assert path.read_text() == before


def test_the_hook_stops_the_commit_and_names_the_file(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", [str(SCRIPT), str(notebook(tmp_path / "mine.ipynb", own=True))])
    with pytest.raises(SystemExit, match="1"):
        runpy.run_path(str(SCRIPT), run_name="__main__")
    assert "mine.ipynb" in capsys.readouterr().out


def test_pre_commit_runs_the_script_on_every_notebook():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    hook = next(each for each in hooks if each["id"] == "own-data")
    assert (hook["entry"].split()[-1], hook["types"]) == (".ci/strip_own_data.py", ["jupyter"])


@pytest.mark.parametrize("path", ["notebooks/own/ours.ipynb", "own/ours.xlsx", "data/own/ours.csv"])
def test_folders_for_own_data_are_ignored_by_git(path):
    lines = (ROOT / ".gitignore").read_text().splitlines()
    assert any(f"/{path}".startswith(f"/{line.lstrip('/')}") for line in lines if line.endswith("own/"))


def test_no_notebook_about_own_data_carries_an_output():
    for path in (ROOT / "notebooks").rglob("*.ipynb"):
        found = nbformat.read(path, as_version=4)
        if about_own_data(path.relative_to(ROOT), found):
            assert not any(cell.get("outputs") for cell in found.cells)
