"""The brief: how long does each sample district take, has it two pages, and in letters of which size?

Run by `make bench`, about three minutes on a quiet machine. Seconds count building and writing both files; reading the
tables, 0.4 s for the sample state, is done once before. Wall time on a busy machine says little: see the CPU seconds.
"""

from __future__ import annotations

import json
import os
import platform
import tempfile
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pikepdf

from cbe_lib import brief, samples
from cbe_lib.brief import sheets

RESULTS = Path(__file__).parent / "results"
PAGES, SECONDS = 2, 3.0


def measured(district: str, tables: dict[str, pd.DataFrame], folder: str) -> dict[str, object]:
    """Build and write one brief."""
    wall, cpu = time.perf_counter(), time.process_time()
    content = brief.build(district, tables)
    pdf, page = brief.write(content, folder)
    spent = {"seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}
    with pikepdf.open(pdf) as made, made.open_metadata() as metadata:
        tagged = metadata.get("pdfuaid:part") == "1" and "/StructTreeRoot" in made.Root
        pages = len(made.pages)
    size = sheets.fitting(json.dumps(sheets.content_of(content)))["size"]
    sizes = {"pdf_kb": pdf.stat().st_size / 1e3, "html_kb": page.stat().st_size / 1e3}
    return {"district": district, "pages": pages, "points": float(size), "pdf_ua": tagged, **spent, **sizes}


def page(rows: pd.DataFrame) -> str:
    """Sum up in a few lines."""
    python = f"Python {platform.python_version()}, Typst {version('typst')}"
    where = f"{os.cpu_count()} cores, {platform.machine()}, {python}"
    cpu, wall = (f"{rows[name].median():.1f}, {rows[name].max():.1f}" for name in ("cpu_seconds", "seconds"))
    load = os.getloadavg()[0]
    return f"""# The brief of every sample district

{date.today()}, {where}; load of the machine when finished {load:.1f}.

| what | reach | found |
|---|---|---|
| districts with exactly {PAGES} pages | {len(rows)} | {int((rows["pages"] == PAGES).sum())} |
| tagged, PDF/UA-1 named | {len(rows)} | {int(rows["pdf_ua"].sum())} |
| CPU seconds for one brief, median and most | {SECONDS} | {cpu} |
| seconds on the clock, median and most | {SECONDS} | {wall} |
| smallest letters, points | 9 | {rows["points"].min():.1f} |
"""


def main() -> None:
    """Write benchmarks/results/brief_study.csv and .md."""
    tables = samples.state()
    with tempfile.TemporaryDirectory() as folder:
        measured("00013", tables, folder)  # loads what is loaded once
        rows = pd.DataFrame([measured(id_, tables, folder) for id_ in tables["districts"]["district_id"]])
    RESULTS.mkdir(exist_ok=True)
    rows.round(2).to_csv(RESULTS / "brief_study.csv", index=False)
    (RESULTS / "brief_study.md").write_text(page(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
