"""Print the table of numbers to reach: ours, the best peer, the ratio, the aim, and whether it is met.

    python benchmarks/peers_table.py

Nothing is measured here: the figures are those that the studies beside it have written into results/, peers and ours in
one run on one machine, with their dates. Peers that are no dependency of the project run in the Python that the
environment variable CBE_PEERS_PYTHON names. Writes results/numbers_to_reach.md.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import numpy as np
from _reach_rows import RESULTS, Row, rows

HEADING = ("what", "ours / peer", "ours", "peer", "reach", "met", "source")
READING = """
Ratios are what counts: seconds depend on the machine and on what else ran. Where a cell stands for many (designs,
shapes, sizes), the lowest, the highest and the mean are shown, and "met" says how many of them reach the aim. Coverage
above an aim is not met either: those intervals are wider than they need be. "missing peer": it was not installed when
the study ran, or nothing does the same; the name tells which was looked for."""


def lines(found: list[Row]) -> list[str]:
    """Lay the rows out."""
    table = ["| " + " | ".join(HEADING) + " |", "|---" * len(HEADING) + "|"]
    for each in found:
        cells = (each.what, each.ratio, each.ours, each.peer, each.reach, word(each.met), each.source)
        table.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return table


def word(met: float) -> str:
    """Say whether a number is reached."""
    if np.isnan(met):
        return "not measured"
    return {0.0: "no", 1.0: "yes"}.get(met, f"{met:.0%} of cells")


def sources(found: list[Row]) -> list[str]:
    """Name each study's date, versions and machine, as it wrote them itself."""
    names = dict.fromkeys(each.source for each in found if (RESULTS / each.source).exists())
    return [f"- `{name}`: {_told(RESULTS / name)}" for name in names]


def _told(file: Path) -> str:
    text = file.read_text(encoding="utf-8") if file.suffix == ".md" else ""
    first = re.search(r"^\d{4}-\d\d-\d\d;.*$", text, re.MULTILINE)
    return first[0] if first else f"{_committed(file)} (day of its commit); versions were not recorded."


def _committed(file: Path) -> str:
    words = ["git", "log", "-1", "--format=%cs", "--", file.name]
    try:
        found = subprocess.run(words, cwd=file.parent, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        found = ""
    return found or "unknown date"


def peers() -> str:
    """Say whether the peers that are no dependencies could be run again here."""
    named = os.environ.get("CBE_PEERS_PYTHON")
    if named and Path(named).exists():
        return "CBE_PEERS_PYTHON is set: `make bench` runs the peers again."
    return (
        "CBE_PEERS_PYTHON was not set when this was written: running the studies again would leave out, as missing "
        "peers, piecewise-regression, pwlf, CausalPy, pyfixest and pysyncon."
    )


def page() -> str:
    """The table with what is needed to read it."""
    found = list(rows())
    met = [each.met for each in found if not np.isnan(each.met)]
    reached = f"{sum(each == 1 for each in met)} of {len(met)} measured numbers are reached in every cell."
    parts = ["# Numbers to reach, beside the best peers", "", *lines(found), "", reached, READING.strip(), ""]
    return "\n".join([*parts, "## When and with what each was measured", "", *sources(found), "", peers(), ""])


def main() -> None:
    (RESULTS / "numbers_to_reach.md").write_text(page(), encoding="utf-8")
    print(page())


if __name__ == "__main__":
    main()
