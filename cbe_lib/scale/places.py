"""Where parts are done: in this process, in processes on this machine, or on a Dask cluster."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from typing import Any

from cbe_lib.errors import CbeError
from cbe_lib.threads import ONE as ONE_THREAD

RETRIES = 5


@contextlib.contextmanager
def workplace(workers: int, dask: str | None) -> Iterator[tuple[Callable[[], Executor] | None, int]]:
    """Give a maker of executors, or None for work in this process, and how many parts are done at a time."""
    if workers < 1:
        raise CbeError.build("`workers` must be 1 or more", found=f"Found {workers}")
    if dask:
        yield from _cluster(dask)
    elif workers == 1:
        yield None, 1
    else:
        with _one_thread_each():
            spawn = multiprocessing.get_context("spawn")
            yield lambda: ProcessPoolExecutor(workers, mp_context=spawn, initializer=_end_with_parent), workers


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold Ctrl+C back for a moment, here and in processes that are started meanwhile, until they are ready for it."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_with_parent() -> None:
    """Let this process end when Ctrl+C is pressed, and when the one that started it is gone, even if killed."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextlib.contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let processes started here use one thread: two with as many threads as cores would wait for each other."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(ONE_THREAD)
    try:
        yield
    finally:
        for name, given in before.items():
            if given is None:
                del os.environ[name]
            else:
                os.environ[name] = given


def _cluster(address: str) -> Iterator[tuple[Callable[[], Executor], int]]:
    try:
        from dask.distributed import Client
    except ModuleNotFoundError:
        raise CbeError.build(
            "A Dask cluster was named, but Dask is not installed", advice="pip install 'cbe-lib[scale]'"
        ) from None
    try:
        client = Client(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError) as problem:
        raise CbeError.build(
            f"No Dask scheduler answers at {address}",
            found=str(problem).splitlines()[0],
            advice="Start one with `dask scheduler`, and workers with `dask worker ADDRESS`",
        ) from None
    with client:
        threads: Any = client.nthreads()  # typed as what it is for clients that do not wait
        yield lambda: client.get_executor(retries=RETRIES, pure=False), max(1, sum(threads.values()))
