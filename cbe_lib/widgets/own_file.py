"""Your own file: say what the file does not say itself, and see what is left to correct."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import ipywidgets
from matplotlib.figure import Figure

from cbe_lib import ingest, samples
from cbe_lib.errors import CbeError
from cbe_lib.ingest.workbook import refuse_unpacked
from cbe_lib.plots.report import reading_figure
from cbe_lib.widgets.panel import panel

MOST_BYTES, MOST_DIGITS = 8_000_000, 12
MOST_UNPACKED = 128 * 2**20  # of a workbook; the largest that are honest unpack to ten times their size
EXAMPLE = "messy_state_file.xlsx"
YEARS = {"the file says it": None, "the spring it ends in": "end", "the fall it begins in": "start"}


def file_check(
    path: str | Path,
    *,
    id_width: int = 0,
    year_means: str | None = None,
    no_test_2020: bool = False,
    dates_as_ranges: bool = False,
) -> tuple[Figure, str]:
    """What is left to correct in this file, once so much has been said about it?

    Parameters
    ----------
    path : str or Path
        The file, read as the table `outcomes`.
    id_width : int
        Digits of a district's id; 0 leaves ids as they are.
    year_means : {"end", "start"} or None
        What a bare year stands for.
    no_test_2020 : bool
        Whether there was no test in spring 2020.
    dates_as_ranges : bool
        Whether dates among the rates are ranges that a spreadsheet spoiled.

    Returns
    -------
    (Figure, str)
        The picture and what it says.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> figure, sentence = file_check(samples.folder() / "messy_state_file.xlsx", id_width=7, no_test_2020=True)
    >>> "5 cells or rows were rejected" in sentence
    True
    """
    reading = ingest.read(
        path,
        id_width=id_width or None,
        year_means=year_means,  # pyright: ignore[reportArgumentType]
        no_test=(2020,) if no_test_2020 else (),
        dates_as_ranges=dates_as_ranges,
    )
    return reading_figure(reading), reading.text


def uploaded_check(upload: Sequence[dict[str, Any]], **said: Any) -> tuple[Figure, str]:
    """What is left to correct in the file that was uploaded? As `file_check`; the file is read and forgotten.

    Until one is chosen, a made-up file stands in for it. At most 8 million bytes are taken, and a
    workbook must not unpack to more than 128 MB.

    Examples
    --------
    >>> figure, sentence = uploaded_check(())
    >>> sentence.partition(":")[0]
    'No file has been chosen yet, so this is a made-up one'
    """
    if not upload:
        figure, sentence = file_check(samples.folder() / EXAMPLE, **said)
        return figure, f"No file has been chosen yet, so this is a made-up one: {sentence}"
    content = bytes(upload[0]["content"])
    if len(content) > MOST_BYTES:
        raise CbeError.build(
            "The file is too large for this page",
            found=f"Found {len(content) / 1e6:.0f} million bytes; at most {MOST_BYTES / 1e6:.0f} are taken",
            advice="Cut it down to the districts you need, or run `cbe check FILE`, which takes any size",
        )
    with tempfile.TemporaryDirectory() as folder:
        # Only the last part of the name: what a browser sends may hold a path.
        path = Path(folder) / Path(str(upload[0]["name"]).replace("\\", "/")).name
        path.write_bytes(content)
        if zipfile.is_zipfile(path):
            refuse_unpacked(path, MOST_UNPACKED)
        return file_check(path, **said)


def own_data(path: str | Path | None = None, *, prepared: bool = False) -> ipywidgets.VBox:
    """Try out what has to be said about a file, and see what that leaves to correct.

    Parameters
    ----------
    path : str or Path, optional
        The file; left out, a button asks for one. What is uploaded stays on this machine and is not kept.
    prepared : bool
        Draw what can be said of the made-up file in the background beforehand (for pages).

    Returns
    -------
    ipywidgets.VBox
        Controls, sentence and picture.

    Examples
    --------
    >>> from cbe_lib import samples
    >>> explorer = own_data(samples.folder() / "messy_state_file.xlsx")
    >>> len(explorer.children)
    3
    """
    said = {
        "id_width": ipywidgets.IntSlider(0, min=0, max=MOST_DIGITS, description="Digits of an id"),
        "year_means": ipywidgets.Dropdown(options=YEARS, description="A bare year is"),
        "no_test_2020": ipywidgets.Checkbox(False, description="No test in spring 2020", indent=False),
        "dates_as_ranges": ipywidgets.Checkbox(False, description="Dates are spoiled ranges", indent=False),
    }
    if path is not None:
        return panel(partial(file_check, path), **said)
    upload = ipywidgets.FileUpload(
        accept=".csv,.tsv,.txt,.xlsx,.xls,.parquet", multiple=False, description="Choose a file"
    )
    first = {name: each.value for name, each in said.items()}
    every = [{"upload": (), **first, "id_width": digits} for digits in range(MOST_DIGITS + 1)]
    return panel(uploaded_check, beforehand=every if prepared else (), upload=upload, **said)
