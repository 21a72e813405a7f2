"""What docs/security.md says of the code as a whole."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "cbe_lib").rglob("*.py"))
RUNS_CODE = {"eval", "exec", "compile", "__import__"}
UNPACKS_CODE = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "yaml"}
CALLS_OUT = {"requests", "httpx", "urllib.request", "urllib3", "http.client", "ftplib", "smtplib", "aiohttp"}
SHELLS = ("shell=True", "os.system", "os.popen")


@cache
def nodes_of(file):
    return list(ast.walk(ast.parse(file.read_text())))


def imported(file):
    nodes = nodes_of(file)
    plain = {each.name for node in nodes if isinstance(node, ast.Import) for each in node.names}
    return plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom)}


def called(file):
    names = (node.func for node in nodes_of(file) if isinstance(node, ast.Call))
    return {each.id for each in names if isinstance(each, ast.Name)}


@pytest.mark.parametrize("forbidden", [UNPACKS_CODE, CALLS_OUT], ids=["unpacks code", "calls out"])
def test_no_module_imports_what_could_run_foreign_code_or_reach_other_machines(forbidden):
    assert [(file.name, name) for file in MODULES for name in imported(file) & forbidden] == []


def test_no_module_runs_text_as_code():
    assert [(file.name, name) for file in MODULES for name in called(file) & RUNS_CODE] == []


def test_no_module_starts_a_shell():
    assert [(file.name, word) for file in MODULES for word in SHELLS if word in file.read_text()] == []


def test_every_file_that_the_page_names_is_there():
    text = (ROOT / "docs" / "security.md").read_text()
    named = [word for word in text.split("`") if word.endswith(".py")]
    assert len(named) >= 6
    assert [name for name in named if not (ROOT / "cbe_lib" / name).is_file()] == []
