import sys

import pytest
from typer.testing import CliRunner

from cbe_lib import cli, pages


def run(*words):
    return CliRunner().invoke(cli.app, words)


def test_help_names_every_command_and_where_to_start():
    shown = run("--help").output
    assert all(word in shown for word in ("samples", "pages", "lab", "Start with"))


def test_samples_are_listed_with_their_questions():
    shown = run("samples").output
    assert "westminster  14 rows, real" in shown
    assert "How often does a naive rule see a dip" in shown


def test_pages_are_served_as_asked(monkeypatch, tmp_path):
    (tmp_path / "page.ipynb").write_text("{}")
    asked = []
    monkeypatch.setattr(pages, "serve", asked.extend)
    assert run("pages", "--port", "9001", "--no-browser", "--folder", str(tmp_path)).exit_code == 0
    assert {str(tmp_path), "--port=9001", "--Voila.open_browser=False"} <= set(asked)


def test_lab_opens_the_first_notebook(monkeypatch):
    asked = {}
    monkeypatch.setattr(pages, "open_lab", lambda notebook, **options: asked.update(options, notebook=str(notebook)))
    run("lab", "--no-browser")
    assert asked == {"notebook": "notebooks/00_start_here.ipynb", "port": 8888, "browser": False}


def test_mistakes_end_in_one_sentence(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(sys, "argv", ["cbe", "pages", "--folder", str(tmp_path)])
    with pytest.raises(SystemExit, match="2"):
        cli.main()
    assert capsys.readouterr().err.startswith("cbe: There are no pages to show. Looked for notebooks in")


def test_lab_says_when_a_notebook_is_not_there(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["cbe", "lab"])
    with pytest.raises(SystemExit, match="2"):
        cli.main()
    assert "There is no notebook" in capsys.readouterr().err
