"""How many threads the libraries under numpy may use."""

from __future__ import annotations

import os

ONE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def one_each() -> None:
    """Let numpy use one thread, unless the user said otherwise; only heard before numpy is imported.

    For programs that use the cores themselves, by several threads, processes or kernels: with more threads in each,
    they would wait for each other.
    """
    for name, number in ONE.items():
        os.environ.setdefault(name, number)
