"""Notebooks on this machine: as pages without code (Voila), or opened in JupyterLab."""

from cbe_lib.pages import notebooks
from cbe_lib.pages.lab import open_lab
from cbe_lib.pages.server import APPS, arguments, serve

__all__ = ["APPS", "arguments", "notebooks", "open_lab", "serve"]
