"""The wheel and the source archive, built once for all tests here, without network and without isolation."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def built(source, target, kind):
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(target)], cwd=source, check=True)
    return next(target.glob("*.whl" if kind == "wheel" else "*.tar.gz"))


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    return built(ROOT, tmp_path_factory.mktemp("wheel"), "wheel")


@pytest.fixture(scope="session")
def source_archive(tmp_path_factory):
    return built(ROOT, tmp_path_factory.mktemp("sdist"), "sdist")


@pytest.fixture(scope="session")
def unpacked_source(source_archive, tmp_path_factory):
    with tarfile.open(source_archive) as archive:
        archive.extractall(folder := tmp_path_factory.mktemp("source"), filter="data")
    return next(folder.iterdir())


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory):
    """A folder that holds the package and nothing else of the project."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder := tmp_path_factory.mktemp("installed"))
    return folder


@pytest.fixture
def run(installed, tmp_path):
    """Run the installed copy of `cbe`, or a line of Python, in an empty folder far from the checkout."""

    def run(*words):
        environment = {**os.environ, "PYTHONPATH": str(installed), "OMP_NUM_THREADS": "1"}
        start = ["-c", words[0]] if len(words) == 1 else ["-m", "cbe_lib.cli", *words[1:]]
        return subprocess.run(
            [sys.executable, *start], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    return run
