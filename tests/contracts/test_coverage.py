"""docs/coverage.csv says where each idea of the posts lives; every name in it exists."""

import ast
import importlib
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
COVERAGE = pd.read_csv(ROOT / "docs" / "coverage.csv", keep_default_na=False)
IDS = [f"A{n:02}" for n in range(1, 36)] + [f"B{n:02}" for n in range(1, 23)] + [f"S{n:02}" for n in range(1, 24)]


def cells(column):
    return [
        pytest.param(part.strip(), id=f"{row.id}-{part.strip()}")
        for row in COVERAGE.itertuples()
        for part in getattr(row, column).split(";")
        if part.strip()
    ]


def test_every_idea_has_one_row_in_order():
    assert COVERAGE["id"].tolist() == IDS


@pytest.mark.parametrize("path", cells("function"))
def test_every_function_exists(path):
    module, _, name = path.rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))


@pytest.mark.parametrize("path", cells("notebook"))
def test_every_notebook_exists(path):
    assert (ROOT / path).is_file()


@pytest.mark.parametrize("node", cells("test"))
def test_every_test_exists(node):
    path, _, name = node.partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    tests = {each.name for each in tree.body if isinstance(each, ast.FunctionDef) and each.name.startswith("test_")}
    assert name.partition("[")[0] in tests if name else tests


def test_every_idea_has_function_notebook_and_test():
    assert (COVERAGE[["function", "notebook", "test"]] != "").all(axis=None)


@pytest.mark.parametrize("row", [pytest.param(row, id=row.id) for row in COVERAGE.itertuples()])
def test_the_notebook_of_an_idea_calls_its_function(row):
    code = "".join((ROOT / path).read_text(encoding="utf-8") for path in row.notebook.split(";"))
    assert any(path.rpartition(".")[2] in code for path in row.function.split(";"))
