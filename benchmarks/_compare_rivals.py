"""Run the tools of `_compare_tools.py`, each in a process of its own with one thread."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from _compare_pools import Pool
from _dip_rivals import ASK, python

HERE = Path(__file__).parent
OWN = ("dip.compare", "DiD, permutation", "DiD, permutation of falls", "ITS", "ITS+HAC(1)")
RIVALS = {
    "pyfixest event study": "pyfixest",
    "CausalPy ITS": "causalpy",
    "CausalPy synthetic control": "causalpy",
    "pysyncon Synth": "pysyncon",
}
TOOLS = (*OWN, *RIVALS)
POOLS_ASKED = {"pyfixest event study": 2, "CausalPy ITS": 2, "CausalPy synthetic control": 1, "pysyncon Synth": 1}
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


def versions() -> dict[str, str]:
    """Version of each rival package, or "not installed"."""
    names = list(dict.fromkeys(RIVALS.values()))
    done = subprocess.run([python(), "-c", ASK, *names], capture_output=True, text=True, check=True)
    return dict(zip(names, done.stdout.split("\n"), strict=False))


def claims(tool: str, pools: list[Pool]) -> pd.DataFrame:
    """What a tool says of the pretended adopters of its pools, with what is true; no rows where it is not installed.

    Synthetic control is asked about every district of its pool, as their placebos are computed anyway.
    """
    if tool in RIVALS and versions()[RIVALS[tool]] == "not installed":
        return pd.DataFrame()
    pools = pools[: POOLS_ASKED.get(tool, len(pools))]
    everyone = tool == "pysyncon Synth"
    arrays: dict[str, np.ndarray] = {"pools": np.array(len(pools))}
    for number, pool in enumerate(pools):
        adopters = np.arange(len(pool.results)) if everyone else pool.adopters
        cells = (pool.results, pool.tested, pool.before, adopters, pool.effects)
        for name, cell in zip(("results", "tested", "before", "adopters", "effects"), cells, strict=True):
            arrays[f"{number}_{name}"] = np.asarray(cell)
    table = _asked(tool, arrays)
    asked = list(zip(table["pool"], table["row"], table["planted"], strict=True))
    table["size_class"] = [pools[number].size_class[row] for number, row, _ in asked]
    table["plain"] = [_did(pools[number], row, planted) for number, row, planted in asked]
    return table.assign(tool=tool)


def _asked(tool: str, arrays: dict[str, np.ndarray]) -> pd.DataFrame:
    interpreter = python() if tool in RIVALS else sys.executable
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "pools.npz", Path(folder) / "claims.csv"
        np.savez(source, allow_pickle=False, **arrays)
        command = [interpreter, HERE / "_compare_tools.py", tool, source, target]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, **ONE_THREAD})
        return pd.read_csv(target).fillna({"error": ""})


def _did(pool: Pool, row: int, planted: bool) -> float:
    """Depth by difference-in-differences against the mean of all others and of all years before."""
    others = np.delete(pool.results, row, axis=0).mean(axis=0)
    gap = pool.results[row] - others
    effect = gap[pool.before :] - gap[: pool.before].mean() + planted * pool.effects[row]
    return max(0.0, float(-effect.min()))
