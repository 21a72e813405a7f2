"""What is done with one part; the same on this machine's processes and on a cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cbe_lib.dip import panel, pool
from cbe_lib.dip.panel_read import Batch, Panel, read_panel

Message = bytes
"""A table as Arrow IPC or Parquet, which is how parts travel between processes."""


@dataclass(frozen=True)
class Options:
    """How districts are fitted; see `cbe_lib.dip.fit_panel`."""

    scale: float | None
    pool: Literal["none", "empirical-bayes"]
    fdr: float
    level: float
    seed: int
    threads: int | None = 1


def packed(table: pa.Table) -> Message:
    """Put a part into a message."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue().to_pybytes()


def _panel(table: pa.Table, options: Options) -> Panel:
    frame = table.to_pandas()
    return read_panel(
        frame,
        district="district",
        year="year",
        value="value",
        n_tested="tested" if "tested" in frame else None,
        scale=options.scale,
        rollout="rollout",
    )


def _unpacked(message: Message) -> pa.Table:
    return pa.ipc.open_stream(message).read_all()


def tally_part(message: Message, options: Options) -> tuple[pool.Tally, list[str]]:
    """Sum up a part for pooling; return also its districts that can be estimated."""
    checked = _panel(_unpacked(message), options)
    places = np.concatenate([batch.place for batch in checked.batches]) if checked.batches else np.array([], int)
    return pool.Tally.of(checked.batches), [checked.names[place] for place in places]


def rows_of(message: Message, districts: list[str]) -> pa.Table:
    """Pick the rows of some districts out of a part."""
    return _unpacked(message).filter(pc.field("district").isin(districts))


def sample_batches(table: pa.Table, options: Options) -> list[Batch]:
    """Sort the districts to learn from into batches."""
    return _panel(table, options).batches


def fit_part(message: Message, options: Options, common: pool.Common | None) -> Message:
    """Fit the districts of a part; return `fit_panel`'s table without q-values, as Parquet."""
    checked = _panel(_unpacked(message), options)
    table = panel.terms_of(checked, common, level=options.level, seed=options.seed, threads=options.threads)
    return as_parquet(table.astype({"district": "str"}))


def as_parquet(table: pd.DataFrame) -> Message:
    """Write a table of terms as Parquet, the same bytes for the same numbers."""
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pandas(table, schema=_SCHEMA, preserve_index=False), sink, compression="zstd")
    return sink.getvalue().to_pybytes()


_NUMBERS = ("estimate", "conf_low", "conf_high", "p_value", "q_value")
_SCHEMA = pa.schema(
    [
        ("district", pa.string()),
        ("term", pa.string()),
        *((name, pa.float64()) for name in _NUMBERS),
        ("note", pa.string()),
    ]
)
