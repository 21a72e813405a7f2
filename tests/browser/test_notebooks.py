"""Notebooks, opened in JupyterLab and run from top to bottom as a reader would.

All of them take half a minute each: CBE_EVERY_NOTEBOOK=1 asks for that, before a release. Usually two stand for all.
"""

import contextlib
import functools
import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import TimeoutError as TooLong

USUAL = ("00_start_here", "14_your_own_data")
NOTEBOOKS = [
    path
    for path in sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
    if path.stem in USUAL or os.environ.get("CBE_EVERY_NOTEBOOK") == "1"
]
LAB = (
    "-m",
    "jupyterlab",
    "--no-browser",
    "--port={port}",
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.port_retries=0",
    "--ServerApp.allow_root=True",
    "--IdentityProvider.token=",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.expose_app_in_browser=True",
)
# Higher than any notebook: JupyterLab only draws what is in view.
VIEW = {"width": 1300, "height": 30_000}
READY = """() => {
    const kernel = window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel;
    return kernel?.connectionStatus === 'connected' && kernel.status === 'idle';
}"""
RUN_ALL = "async () => await window.jupyterapp.commands.execute('notebook:run-all-cells')"
ERRORS = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
    .flatMap(cell => cell.type === 'code' ? cell.sharedModel.getOutputs() : [])
    .filter(output => output.output_type === 'error' || output.name === 'stderr')
    .map(output => output.evalue || output.text)"""


@pytest.fixture(scope="module")
def lab(serve, tmp_path_factory, pytestconfig):
    """Serve a copy of the notebooks in JupyterLab, whose own settings and workspaces stay out of the way."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(pytestconfig.rootpath / "notebooks", folder / "notebooks")
    own = {name: str(folder / name) for name in ("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")}
    with serve(*LAB, cwd=folder / "notebooks", env=own) as (address, _):
        yield address


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_without_errors_and_its_controls_move_the_picture(lab, open_tab, notebook):
    page, watch = open_tab(f"{lab}/lab/tree/{notebook.name}?reset", viewport=VIEW)
    page.wait_for_function(READY)
    page.evaluate(RUN_ALL)
    assert page.evaluate(ERRORS) == []
    if "widgets." in notebook.read_text():
        move_a_control(page)
    assert watch.outside == []


def move_a_control(page):
    """Move one slider or menu after the other until a picture says something else."""
    page.wait_for_selector(".cbe-picture svg[role=img]")
    described = "[...document.querySelectorAll('.cbe-picture svg')].map(each => each.getAttribute('aria-label')).join()"
    before = page.evaluate(described)
    for move in moves(page):
        move()
        with contextlib.suppress(TooLong):
            page.wait_for_function(f"before => {described} !== before", arg=before, timeout=5000)
            return
    pytest.fail("No control changes a picture")


def moves(page):
    for handle in page.locator(".cbe-controls .noUi-handle:visible").all():
        for key in ("ArrowRight", "ArrowLeft", "ArrowLeft"):
            yield functools.partial(handle.press, key)
    for menu in page.locator(".cbe-controls select:visible").all():
        for place in (1, 0):
            yield functools.partial(menu.select_option, index=place)
