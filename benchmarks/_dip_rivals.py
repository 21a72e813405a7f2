"""Run the rivals of `_dip_peers.py` in the Python that the environment variable CBE_PEERS_PYTHON names."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
PACKAGES = {"piecewise-regression": "piecewise-regression", "pwlf": "pwlf", "CausalPy": "causalpy"}

ASK = """
import sys
from importlib.metadata import PackageNotFoundError, version
for name in sys.argv[1:]:
    try:
        print(version(name))
    except PackageNotFoundError:
        print("not installed")
"""


def python() -> str:
    return os.environ.get("CBE_PEERS_PYTHON") or sys.executable


def versions() -> dict[str, str]:
    """Version of each package, or "not installed"."""
    done = subprocess.run([python(), "-c", ASK, *PACKAGES.values()], capture_output=True, text=True, check=True)
    return dict(zip(PACKAGES, done.stdout.split("\n"), strict=False))


def rival(tool: str, event: np.ndarray, cells: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return cell, series, depth, found, seconds, error; no rows where the tool is not installed."""
    if versions()[tool.replace("davies", "piecewise-regression")] == "not installed":
        return pd.DataFrame(columns=["cell", "series", "depth", "found", "seconds", "error"])
    with tempfile.TemporaryDirectory() as folder:
        series, result = Path(folder) / "series.npz", Path(folder) / "result.csv"
        np.savez(series, allow_pickle=False, event=event, **cells)
        subprocess.run([python(), HERE / "_dip_peers.py", tool, series, result], check=True, capture_output=True)
        return pd.read_csv(result, keep_default_na=True).fillna({"error": ""})
