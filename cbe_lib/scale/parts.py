"""The work in parts: every district wholly in one part, a part small enough for memory, files never half written."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.ipc as ipc

from cbe_lib.errors import CbeError
from cbe_lib.scale.source import Source

ROWS_PER_PART = 120_000


def count(source: Source) -> int:
    """Say into how many parts the input is cut; depends on nothing but the input."""
    return max(1, -(-source.rows() // ROWS_PER_PART))


def name(number: int) -> str:
    """File name of a part, without its ending."""
    return f"part-{number:05d}"


def spill(source: Source, parts: int, folder: Path) -> None:
    """Deal the rows out to one file a part, by district; the folder appears only when it is complete."""
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    writers: dict[int, ipc.RecordBatchFileWriter] = {}
    with contextlib.ExitStack() as files:
        for table in source.tables():
            part = _part_of(table["district"], parts)
            order = np.argsort(part, kind="stable")
            edges = np.searchsorted(part[order], np.arange(parts + 1))
            dealt = table.take(pa.array(order))
            for number in np.flatnonzero(np.diff(edges)).tolist():
                if number not in writers:
                    path = str(unfinished / f"{name(number)}.arrow")
                    writers[number] = files.enter_context(ipc.new_file(path, table.schema))
                writers[number].write_table(dealt.slice(edges[number], edges[number + 1] - edges[number]))
    if not writers:
        shutil.rmtree(unfinished)
        raise CbeError.build(f"{source.name} has no rows", advice="Check the file, or the query")
    os.replace(unfinished, folder)


def _part_of(districts: pa.ChunkedArray, parts: int) -> np.ndarray:
    coded = districts.combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    names = np.array(coded.dictionary.to_pylist(), dtype=object)
    hashed = pd.util.hash_array(names, categorize=False) % np.uint64(parts)
    return hashed.astype(np.int64)[coded.indices.to_numpy()]


def read(path: Path) -> pa.Table:
    """Read a part that `spill` wrote."""
    with pa.memory_map(str(path)) as file:
        return ipc.open_file(file).read_all()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
