"""docs/dependencies.md names what pyproject.toml asks for, with the same ranges."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NEEDED, EXTRAS = re.split(r"^## ", (ROOT / "docs" / "dependencies.md").read_text(), flags=re.MULTILINE)[1:3]


def rows(text):
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line] for line in lines[2:]]


def written(requirements):
    parts = [Requirement(line) for line in requirements]
    return {
        (each.name + (f"[{','.join(sorted(each.extras))}]" if each.extras else ""), str(each.specifier))
        for each in parts
    }


def test_every_runtime_dependency_is_explained_with_its_range():
    assert {(row[0], row[1]) for row in rows(NEEDED)} == written(PROJECT["dependencies"])


def test_every_extra_is_explained_with_its_range():
    extras = {(name, *each) for name, lines in PROJECT["optional-dependencies"].items() for each in written(lines)}
    assert {tuple(row[:3]) for row in rows(EXTRAS)} == extras


def test_no_reason_license_or_size_is_blank():
    assert all(len(row) == 6 and all(row) for row in rows(NEEDED) + rows(EXTRAS))
    assert all(float(row[2]) > 0 for row in rows(NEEDED))
