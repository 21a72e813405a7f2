"""Open JupyterLab at a notebook."""

from __future__ import annotations

import os
from pathlib import Path

from cbe_lib.errors import CbeError


def open_lab(notebook: Path, *, port: int = 8888, browser: bool = True) -> None:
    """Run JupyterLab at `notebook` on 127.0.0.1 until it is interrupted.

    Parameters
    ----------
    notebook : Path
        Opened first; the folder that it lies in is shown beside it.
    port : int, default 8888
        Port on 127.0.0.1.
    browser : bool, default True
        Open the browser.

    Raises
    ------
    CbeError
        If there is no such notebook.

    Examples
    --------
    >>> open_lab(Path("nowhere.ipynb"))
    Traceback (most recent call last):
    cbe_lib.errors.CbeError: There is no notebook nowhere.ipynb. Fetch the notebooks with ...
    """
    if not notebook.is_file():
        raise CbeError.build(
            f"There is no notebook {notebook}",
            advice="Fetch the notebooks with `cbe lab --copy-notebooks course`, then open them with "
            "`cbe lab course/00_start_here.ipynb`; or run this in a checkout of the project",
        )
    from jupyterlab.labapp import LabApp

    LabApp.launch_instance(
        [
            str(notebook),
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={port}",
            f"--ExtensionApp.open_browser={browser}",
            "--LabApp.news_url=None",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            # JupyterLab asks for this in containers, where everyone is root.
            f"--ServerApp.allow_root={getattr(os, 'geteuid', lambda: 1)() == 0}",
        ]
    )
