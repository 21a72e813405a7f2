"""The files that describe the package agree with each other."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from rattler import MatchSpec

import cbe_lib

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUNTIME = [Requirement(line) for line in PYPROJECT["project"]["dependencies"]]
TOOLS = [Requirement(line) for line in PYPROJECT["dependency-groups"]["dev"]]
LOCK = (ROOT / "requirements.lock").read_text().splitlines()
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text())
PYPI_NAMES = {"matplotlib-base": "matplotlib"}


def ranges(requirements):
    return {canonicalize_name(each.name): each.specifier for each in requirements}


def conda_ranges():
    specs = [MatchSpec(entry) for entry in CONDA["dependencies"] if isinstance(entry, str)]
    named = {spec.name.normalized: SpecifierSet(str(spec.version or "")) for spec in specs}
    return {PYPI_NAMES.get(name, name): versions for name, versions in named.items() if name != "pip"}


def pip_lines():
    return next(entry["pip"] for entry in CONDA["dependencies"] if isinstance(entry, dict))


def test_conda_environment_has_the_dependencies_of_the_package_and_nbval_and_no_others():
    from_pip = [Requirement(line) for line in pip_lines() if not line.startswith("-")]
    python = {"python": SpecifierSet(PYPROJECT["project"]["requires-python"])}
    checks_notebooks = {name: versions for name, versions in ranges(TOOLS).items() if name == "nbval"}
    assert conda_ranges() | ranges(from_pip) == ranges(RUNTIME) | python | checks_notebooks


def test_conda_environment_installs_this_checkout():
    assert "--editable ." in pip_lines()


@pytest.mark.parametrize("line", LOCK)
def test_lock_lines_are_a_name_a_version_and_a_marker(line):
    assert re.fullmatch(r"[a-z0-9-]+==[0-9a-z.]+( ; [a-z_]+ [^/@:]+)?", line)


@pytest.mark.parametrize("wanted", RUNTIME + TOOLS, ids=str)
def test_lock_pins_every_dependency_within_its_range(wanted):
    pins = [pin for pin in map(Requirement, LOCK) if pin.name == canonicalize_name(wanted.name)]
    versions = [str(pin.specifier).removeprefix("==") for pin in pins]
    assert versions
    assert list(wanted.specifier.filter(versions)) == versions


def test_one_version_number_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"]
    newest = re.search(r"^## (\S+?),? ", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[1]
    assert {cbe_lib.__version__, PYPROJECT["project"]["version"], citation, newest} == {cbe_lib.__version__}
