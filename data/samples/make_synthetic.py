"""Write the synthetic samples and their truth: python data/samples/make_synthetic.py [FOLDER]."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from cbe_lib import simulate

STATE_SEED = 25
DISTRICTS = {
    "Alder Ridge (synthetic)": {"shape": "v", "depth": 9, "n_tested": 2400, "base": 61, "seed": 110},
    "Birch Hollow (synthetic)": {"shape": "v", "depth": 9, "n_tested": 40, "base": 58, "seed": 111},
    "Cedar Bend (synthetic)": {"shape": "none", "n_tested": 900, "base": 66, "seed": 82},
}


def three_districts() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw a clear dip that recovers, the same dip in a small district, and a district without change."""
    tables, truths = [], []
    for name, settings in DISTRICTS.items():
        table, truth = simulate.outcomes(
            1, years=range(2008, 2024), rollout=2014, missing_years=[2020], noise_sd=1.0, rho=0.3, **settings
        )
        tables.append(table.assign(district_id=name, value=table["value"].round(2)))
        truths.append(truth.terms.assign(district_id=name))
    return pd.concat(tables), pd.concat(truths).round({"value": 4})


def state() -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """Draw the sample state: its tables, and what was planted into them."""
    tables, truth = simulate.state(seed=STATE_SEED)
    planted = {f"state_{part}": getattr(truth, part) for part in ("dips", "raters", "levels", "stories")}
    return tables, {"state": truth.mechanisms, **planted}


def write(folder: Path) -> None:
    """Write the synthetic tables under `folder`, and their truths under `folder/truth`."""
    table, truth = three_districts()
    tables, truths = state()
    (folder / "truth").mkdir(exist_ok=True)
    table.to_csv(folder / "three_districts.csv", index=False, lineterminator="\n")
    truth.to_csv(folder / "truth" / "three_districts.csv", index=False, lineterminator="\n")
    for name, each in tables.items():
        _write_short(each, folder / f"{name}.csv")
    for name, each in truths.items():
        _write_short(each, folder / "truth" / f"{name}.csv")


def _write_short(table: pd.DataFrame, file: Path) -> None:
    """Write flags as yes and no, whole numbers without decimals, and one byte at the end of a line on all systems."""
    flags = table.select_dtypes(["bool", "boolean"])
    words = table.assign(**{str(name): cells.map({True: "yes", False: "no"}) for name, cells in flags.items()})
    words.to_csv(file, index=False, lineterminator="\n", date_format="%Y-%m-%d", float_format="%.12g")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
