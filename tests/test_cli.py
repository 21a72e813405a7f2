import json
import subprocess
import sys

import openpyxl
import pandas as pd
import pytest
import typer.main
from typer.testing import CliRunner

from cbe_lib import cli, pages, samples, simulate


def run(*words):
    return CliRunner().invoke(cli.app, [str(word) for word in words])


def ended(monkeypatch, capsys, *words):
    """Run the command line as the shell does; return its status, and what it printed on both streams."""
    monkeypatch.setattr(sys, "argv", ["cbe", *map(str, words)])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    return caught.value.code, *capsys.readouterr()


def commands(group, name="cbe"):
    """Name every command, those of groups included, with the text of its help."""
    if not hasattr(group, "commands"):
        return {name: group.help}
    below = [commands(command, f"{name} {word}") for word, command in group.commands.items()]
    return {name: text for each in below for name, text in each.items()}


HELP = commands(typer.main.get_command(cli.app))


@pytest.fixture
def outcomes(tmp_path):
    simulate.outcomes(12, rollout=2012, years=range(2004, 2020), seed=1)[0].to_csv(tmp_path / "in.csv", index=False)
    return tmp_path / "in.csv"


def test_help_names_every_command_and_where_to_start():
    shown = run("--help").output
    assert all(word in shown for word in ("samples", "pages", "lab", "Start with"))


@pytest.mark.parametrize("name", HELP)
def test_help_of_every_command_shows_how_it_is_typed(name):
    assert f"`{name} " in HELP[name]


def test_help_states_every_exit_status():
    shown = " ".join(run("--help").output.split())
    assert all(status in shown for status in ("0 done", "1 done, but check rejected", "2 the input", "130 stopped"))


def test_help_is_shown_without_loading_pandas():
    line = "import sys; sys.argv = ['cbe', '--help']; import atexit; from cbe_lib import cli; "
    line += "atexit.register(lambda: print('pandas' in sys.modules)); cli.main()"
    shown = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, check=True).stdout
    assert shown.splitlines()[-1] == "False"


def test_samples_are_listed_with_their_questions():
    shown = run("samples").output
    assert "westminster  14 rows, real" in shown
    assert "How often does a naive rule see a dip" in shown


def test_samples_are_listed_for_other_programs():
    listed = {each["name"]: each for each in json.loads(run("samples", "--json").output)}
    assert (listed["westminster"]["rows"], listed["westminster"]["synthetic"]) == (14, False)


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


def test_notebooks_are_copied_and_none_is_opened(monkeypatch, tmp_path):
    monkeypatch.setattr(pages, "open_lab", lambda *_, **__: pytest.fail("opened"))
    copied = json.loads(run("lab", "--copy-notebooks", tmp_path / "course", "--json").output)["copied"]
    assert len(copied) == len(list((tmp_path / "course").rglob("*.ipynb"))) >= 5


def test_copying_again_writes_nothing(tmp_path):
    run("lab", "--copy-notebooks", tmp_path, "--quiet")
    assert run("lab", "--copy-notebooks", tmp_path).output.startswith(
        "0 notebooks copied. Those that are there were left as they are. Open the first with: cbe lab"
    )


def test_a_notebook_with_own_work_is_not_overwritten_and_nothing_is_copied(monkeypatch, capsys, tmp_path):
    (tmp_path / "01_implementation_dip.ipynb").write_text("my work")
    status, _, error = ended(monkeypatch, capsys, "lab", "--copy-notebooks", tmp_path)
    assert status == 2
    assert "They may hold your work: 01_implementation_dip.ipynb." in error
    assert [file.read_text() for file in tmp_path.iterdir()] == ["my work"]


def test_lab_says_when_a_notebook_is_not_there_and_how_to_fetch_it(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    status, _, error = ended(monkeypatch, capsys, "lab")
    assert (status, "There is no notebook" in error, "`cbe lab --copy-notebooks course`" in error) == (2, True, True)


def test_fit_prints_a_sentence_and_counts(outcomes, tmp_path):
    shown = run("fit", outcomes, "--out", tmp_path / "terms").output
    assert "of 12 series show a dip" in shown
    assert "Something that hit the whole state would look like a dip everywhere" in shown


def test_fit_for_other_programs_prints_json_and_no_progress(outcomes, tmp_path):
    done = run("fit", outcomes, "--out", tmp_path / "terms", "--json")
    assert (json.loads(done.stdout)["counts"]["fitted"], done.stderr) == (12, "")


def test_quiet_fit_prints_nothing_and_writes_everything(outcomes, tmp_path):
    assert run("fit", outcomes, "--out", tmp_path / "terms", "--quiet").output == ""
    assert pd.read_parquet(tmp_path / "terms" / "part-00000.parquet")["district"].nunique() == 12


def test_template_says_what_to_do_next_or_is_quiet_or_json(tmp_path):
    assert "fill in the sheet data from row 3" in run("template", "rollout", "--out", tmp_path / "a.xlsx").output
    assert run("template", "rollout", "--out", tmp_path / "b.xlsx", "--quiet").output == ""
    told = json.loads(run("template", "rollout", "--out", tmp_path / "c.xlsx", "--json").output)
    assert told == {"file": str(tmp_path / "c.xlsx"), "table": "rollout"}


@pytest.mark.parametrize(
    "words",
    [
        ("pages", "--folder", "{folder}"),
        ("fit", "{folder}/none.csv", "--out", "{folder}/terms"),
        ("fit", "{folder}/in.csv", "--out", "{folder}/terms", "--scale", "7"),
        ("fit", "{folder}/in.csv", "--out", "{folder}/in.csv"),
        ("fit", "{folder}/in.csv", "--out", "{folder}/terms", "--level", "95"),
        ("template", "outcome", "--out", "{folder}/t.xlsx"),
        ("template", "outcomes", "--out", "{folder}/t.doc"),
        ("check", "{folder}/none.csv"),
        ("check", "{folder}/in.csv", "--table", "outcome"),
        ("rate", "workbook", "no-such-code", "--out", "{folder}/f.xlsx", "--store", "{folder}/r.db"),
        ("rate", "import", "no-such-code", "{folder}/f.xlsx", "--store", "{folder}/r.db"),
        ("rate", "export", "no-such-code", "--out", "{folder}/f.xlsx", "--store", "{folder}/r.db"),
        ("rate", "reveal", "no-such-code", "--by", "Lee", "--store", "{folder}/r.db"),
        ("rate", "open", "Alder", "--lead", "Lee", "--rubric", "{folder}/none.toml", "--store", "{folder}/r.db"),
        ("rate", "serve", "--host", "0.0.0.0", "--no-browser", "--store", "{folder}/r.db"),
    ],
    ids=" ".join,
)
def test_a_mistake_is_one_line_on_the_error_stream_and_status_2(monkeypatch, capsys, tmp_path, words):
    (tmp_path / "in.csv").write_text("district_id,year,value,rollout_year\na,2010,50,2012\n")
    status, output, error = ended(monkeypatch, capsys, *(word.format(folder=tmp_path) for word in words))
    assert (status, output, error.count("\n")) == (2, "", 1)
    assert error.startswith("cbe: ")
    assert sorted(file.name for file in tmp_path.iterdir() if file.suffix != ".db") == ["in.csv"]


def test_a_fault_of_the_program_is_not_dressed_up_as_a_mistake(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["cbe", "samples"])
    monkeypatch.setattr("cbe_lib.samples.listing", lambda: {}["not there"].shape or int("x"))
    with pytest.raises(KeyError):
        cli.main()


def interrupted(*_, **__):
    raise KeyboardInterrupt


def test_ctrl_c_ends_with_130_and_one_line(monkeypatch, capsys):
    monkeypatch.setattr("cbe_lib.samples.listing", interrupted)
    assert ended(monkeypatch, capsys, "samples") == (130, "", "cbe: stopped. No file was left half written.\n")


def test_ctrl_c_leaves_no_half_written_workbook(monkeypatch, capsys, tmp_path):
    def half(_, path):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(openpyxl.Workbook, "save", half)
    assert ended(monkeypatch, capsys, "template", "rollout", "--out", tmp_path / "rollout.xlsx")[0] == 130
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_leaves_the_former_report_as_it_was(monkeypatch, capsys, tmp_path):
    (tmp_path / "in.csv").write_text("District ID,School Year,Pct Proficient\n030,2013-14,50\n")
    (tmp_path / "report.csv").write_text("former")
    monkeypatch.setattr(pd.DataFrame, "to_csv", lambda _, path, **__: (path.write_text("half"), interrupted()))
    assert ended(monkeypatch, capsys, "check", tmp_path / "in.csv", "--report", tmp_path / "report.csv")[0] == 130
    assert {file.name: file.read_text()[:8] for file in tmp_path.iterdir()}.pop("report.csv") == "former"
    assert len(list(tmp_path.iterdir())) == 2


def test_samples_say_where_their_files_lie():
    shown = run("samples").output
    assert f"The files lie in {samples.folder()}" in shown.replace("\n", "")


@pytest.mark.parametrize("words", ["fit IN --out", "brief 00013 --out", "lab --copy-notebooks"])
def test_a_file_in_the_place_of_a_folder_is_refused_in_words(monkeypatch, capsys, outcomes, words):
    named = [str(outcomes) if word == "IN" else word for word in words.split()]
    status, _, said = ended(monkeypatch, capsys, *named, outcomes)
    assert (status, said) == (2, f"cbe: {outcomes} is a file. Name a folder; it is made if it is not there.\n")
