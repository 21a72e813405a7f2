"""Dips of more districts, schools or groups than fit in memory: streamed, resumable, on any number of processes."""

from cbe_lib.scale.run import Summary, fit_files

__all__ = ["Summary", "fit_files"]
