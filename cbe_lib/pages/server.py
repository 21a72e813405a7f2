"""Start the server of the pages: loopback only, kernels warm, kernels of closed pages ended."""

from __future__ import annotations

import os
from pathlib import Path

from cbe_lib.errors import CbeError
from cbe_lib.pages import notebooks
from cbe_lib.threads import one_each

TEMPLATE = "cbe"
TEMPLATES = Path(__file__).parent / "jupyter"
REST = 3
"""Seconds for which a new kernel waits, so that it does not compete with the page that has just taken the last one."""
APPS = notebooks.folder() / "apps"


def arguments(
    folder: Path = APPS,
    *,
    port: int = 8866,
    browser: bool = True,
    warm: int = 1,
    idle: int = 600,
) -> list[str]:
    """Say how Voila is to be started: the arguments of its command line.

    Parameters
    ----------
    folder : Path
        Holds the notebooks, one a page.
    port : int, default 8866
        Port on 127.0.0.1.
    browser : bool, default True
        Open the first page in the browser.
    warm : int, default 1
        Kernels kept ready for each page, 0 or more. Each holds about 150 MB.
    idle : int, default 600
        Seconds after which the kernel of a closed page is ended, 1 or more.

    Raises
    ------
    CbeError
        If the folder holds no notebook, or the template is not where this package keeps it.

    Examples
    --------
    >>> "--Voila.ip=127.0.0.1" in arguments(port=9000, browser=False)
    True
    """
    if not (TEMPLATES / "voila" / "templates" / TEMPLATE / "index.html.j2").is_file():
        raise CbeError.build("The template of the pages is missing", advice="Install cbe_lib again")
    if not any(folder.glob("*.ipynb")):
        raise CbeError.build(
            "There are no pages to show",
            found=f"Looked for notebooks in {folder}",
            advice="Name a folder of notebooks; those that come along are shown by `cbe pages` without --folder, "
            "and by `make pages` in a checkout",
        )
    return [
        str(folder),
        f"--port={port}",
        "--Voila.port_retries=0",
        "--Voila.ip=127.0.0.1",
        f"--Voila.open_browser={browser}",
        # Answer only to names of this machine: a web site may point its own name here.
        "--Voila.tornado_settings={'allow_remote_access': False}",
        f"--template={TEMPLATE}",
        "--VoilaConfiguration.allow_template_override=NO",
        "--VoilaConfiguration.allow_theme_override=NO",
        "--classic_tree=True",
        "--preheat_kernel=True",
        f"--VoilaKernelManager.fill_delay={REST}",
        f"--pool_size={warm}",
        f"--MappingKernelManager.cull_idle_timeout={idle}",
        f"--MappingKernelManager.cull_interval={min(60, max(1, idle // 2))}",
    ]


def serve(voila_arguments: list[str]) -> None:
    """Run Voila with these arguments until it is interrupted."""
    one_each()
    # Voila finds templates by the data path of Jupyter, and hangs the page when it does not find one.
    known = os.environ.get("JUPYTER_PATH")
    # Nobody else looks at a page's kernel, so nobody has to be told what its own browser has just said.
    os.environ.setdefault("JUPYTER_WIDGETS_ECHO", "0")
    os.environ["JUPYTER_PATH"] = os.pathsep.join([str(TEMPLATES), *([known] if known else [])])
    from voila.app import Voila

    Voila.launch_instance(voila_arguments)
