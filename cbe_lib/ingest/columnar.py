"""Parquet files: typed columns, written as text like every other source."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cbe_lib.errors import CbeError
from cbe_lib.ingest.grid import Grid, as_text, framed, refuse_size

_SIMPLE = (pa.types.is_integer, pa.types.is_decimal, pa.types.is_string, pa.types.is_large_string)


def read_parquet(path: Path) -> Grid:
    """Read a Parquet file into a grid; the names of its columns are the headings."""
    try:
        file = pq.ParquetFile(path)
        refuse_size(file.metadata.num_rows, file.metadata.num_columns, path.name)
        table = file.read()
        table.validate(full=True)  # text that is no UTF-8 among others
        return Grid("", framed([_texts(column) for column in table.columns]), tuple(map(str, table.column_names)))
    except CbeError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        raise CbeError.build(
            f"{path.name} cannot be read as a Parquet file",
            found=f"The file is damaged: {' '.join(str(error).split())[:200]}",
            advice="Write it again from where it came, or save the table as CSV",
        ) from None


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if any(simple(column.type) for simple in _SIMPLE):
        return _without(column.cast(pa.string()), "equal", pa.scalar(""))
    if pa.types.is_floating(column.type):
        # A missing number may be stored as NaN, which is no text to read.
        return _without(column, "is_nan").cast(pa.string())
    return pa.chunked_array([as_text(chunk.to_pylist()) for chunk in column.chunks], pa.string())


def _without(column: pa.ChunkedArray, test: str, *against: pa.Scalar) -> pa.ChunkedArray:
    """Make the cells missing for which `test` holds."""
    nothing = pa.scalar(None, column.type)
    return pc.call_function("if_else", [pc.call_function(test, [column, *against]), nothing, column])
