"""Your own file: say what the file does not say itself, and see what is left to correct."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import ipywidgets
from matplotlib.figure import Figure

from cbe_lib import ingest
from cbe_lib.errors import CbeError
from cbe_lib.plots.report import reading_figure
from cbe_lib.widgets.panel import panel

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

    Examples
    --------
    >>> uploaded_check(())
    Traceback (most recent call last):
    cbe_lib.errors.CbeError: No file has been chosen yet. ...
    """
    if not upload:
        raise CbeError.build("No file has been chosen yet", advice="Press the button and choose one from your computer")
    with tempfile.TemporaryDirectory() as folder:
        # Only the last part of the name: what a browser sends may hold a path.
        path = Path(folder) / Path(str(upload[0]["name"]).replace("\\", "/")).name
        path.write_bytes(bytes(upload[0]["content"]))
        return file_check(path, **said)


def own_data(path: str | Path | None = None) -> ipywidgets.VBox:
    """Try out what has to be said about a file, and see what that leaves to correct.

    Parameters
    ----------
    path : str or Path, optional
        The file; left out, a button asks for one. What is uploaded stays on this machine and is not kept.

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
        "id_width": ipywidgets.IntSlider(0, min=0, max=12, description="Digits of an id"),
        "year_means": ipywidgets.Dropdown(options=YEARS, description="A bare year is"),
        "no_test_2020": ipywidgets.Checkbox(False, description="No test in spring 2020", indent=False),
        "dates_as_ranges": ipywidgets.Checkbox(False, description="Dates are spoiled ranges", indent=False),
    }
    if path is not None:
        return panel(partial(file_check, path), **said)
    upload = ipywidgets.FileUpload(
        accept=".csv,.tsv,.txt,.xlsx,.xls,.parquet", multiple=False, description="Choose a file"
    )
    return panel(uploaded_check, upload=upload, **said)
